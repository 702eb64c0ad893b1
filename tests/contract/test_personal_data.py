"""What every keeper of customers' data promises."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from order_sync.adapters.memory import InMemoryLedger, InMemoryPersonalData
from order_sync.core.errors import StorageLockedError
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State
from order_sync.core.ports import Attempt
from tests.builders import NOW, a_record

SECRETS = ("Dana Quill", "418 Larch Ave", "1Z999")


def an_order_of_dana(**overrides):
    placed = SupplierOrder(
        order_number="71000101",
        po_number="DEMO-1001",
        status=SupplierOrderStatus.SHIPPED,
        tracking=(TrackingInfo("1Z999", "UPS"),),
        fulfillment_ids=("gid://shopify/Fulfillment/1",),
    )
    values = {
        "state": State.COMPLETED,
        "po_number": "DEMO-1001",
        "reason": "Bought for Dana Quill.",
        "lines": (RecordLine("L1", "B00760004", 2, 2, LineOutcome.BOUGHT, "", "B00760004"),),
        "supplier_orders": (placed,),
        "intent_at": NOW,
        "intent_body": '{"customer": "Dana Quill", "address": "418 Larch Ave"}',
        "sends": 1,
    }
    return a_record(**{**values, **overrides})


def put(storage, record):
    claim = storage.ledger.claim(record.key.connection, record.key.order_id, now=NOW, lease_s=60)
    call = Attempt("send", NOW, NOW, "placed 1", 400, "no such street: 418 Larch Ave", claim.fence)
    storage.ledger.save(claim, record, attempt=call)
    storage.ledger.give_back(claim)
    return record.key


def kept_of(storage, record_key):
    """All that is kept of an order, as text."""
    (record,) = storage.ledger.records_of_order(record_key.connection, record_key.order_id)
    return repr(record)


def test_an_export_has_everything_kept_of_the_orders_asked_for(storage):
    put(storage, an_order_of_dana())
    put(storage, a_record(order_id="2", order_name="#2", reason="somebody else"))
    put(storage, an_order_of_dana(connection="second", supplier_account="memory:2"))
    (document,) = storage.personal_data.export("main", ["gid://shopify/Order/1", "no such order"])
    text = json.dumps(document)
    for kept in (*SECRETS, "DEMO-1001", "71000101", "B00760004", "no such street", "completed"):
        assert kept in text
    assert "somebody else" not in text


def test_an_export_of_nothing_is_empty(storage):
    put(storage, an_order_of_dana())
    assert storage.personal_data.export("main", []) == []
    assert storage.personal_data.export("other", ["gid://shopify/Order/1"]) == []


def test_erasing_takes_names_addresses_and_tracking_and_leaves_what_was_bought(storage):
    key = put(storage, an_order_of_dana())
    assert storage.personal_data.erase("main", [key.order_id]) == 1
    assert not any(secret in kept_of(storage, key) for secret in SECRETS)
    (after,) = storage.ledger.records_of_order("main", key.order_id)
    before = an_order_of_dana()
    assert (after.state, after.po_number, after.sends, after.lines) == (
        before.state,
        before.po_number,
        before.sends,
        before.lines,
    )
    assert after.supplier_orders == (replace(before.supplier_orders[0], tracking=()),)
    assert after.due_at == before.due_at


def test_a_parcel_on_its_way_that_the_shop_does_not_know_yet_keeps_its_number(storage):
    order = an_order_of_dana().supplier_orders[0]
    key = put(storage, an_order_of_dana(state=State.PLACED, supplier_orders=(replace(order, fulfillment_ids=()),)))
    storage.personal_data.erase("main", [key.order_id])
    assert storage.ledger.records_of_order("main", key.order_id)[0].tracking[0].number == "1Z999"


def test_erasing_counts_only_records_that_had_something(storage):
    key = put(storage, an_order_of_dana())
    assert storage.personal_data.erase("main", [key.order_id, "no such order"]) == 1
    assert storage.personal_data.erase("main", [key.order_id]) == 0


def test_erasing_a_shop_takes_every_order_of_that_connection_and_no_other(storage):
    one = put(storage, an_order_of_dana())
    two = put(storage, an_order_of_dana(order_id="2", po_number="DEMO-2"))
    other = put(storage, an_order_of_dana(connection="second", supplier_account="memory:2"))
    assert storage.personal_data.erase("main", None) == 2
    assert "Larch" not in kept_of(storage, one) + kept_of(storage, two)
    assert "Larch" in kept_of(storage, other)


def test_many_orders_are_erased_and_exported_at_once(storage):
    keys = [put(storage, an_order_of_dana(order_id=str(n), po_number=f"DEMO-{n}")) for n in range(3)]
    asked = [str(n) for n in range(700)]
    assert len(storage.personal_data.export("main", asked)) == 3
    assert storage.personal_data.erase("main", asked) == 3
    assert "Larch" not in "".join(kept_of(storage, key) for key in keys)


def test_a_record_that_is_worked_on_meanwhile_is_erased_or_the_erasure_fails(storage):
    key = put(storage, an_order_of_dana())
    claim = storage.ledger.claim("main", key.order_id, now=NOW, lease_s=60)
    try:
        storage.personal_data.erase("main", [key.order_id])
    except StorageLockedError:
        storage.ledger.give_back(claim)
        storage.personal_data.erase("main", [key.order_id])
    assert "Larch" not in kept_of(storage, key)


def test_what_sql_keeps_of_calls_and_moves_is_erased_too(storage):
    key = put(storage, an_order_of_dana())
    storage.personal_data.erase("main", [key.order_id])
    if type(storage.ledger).__name__ == "InMemoryLedger":
        pytest.skip("a host's own ledger keeps its history")
    assert [call.error for call in storage.ledger.attempts(key)] == [""]
    assert {entry.reason for entry in storage.ledger.history(key)} == {""}


def test_a_record_that_moved_on_after_it_was_found_is_not_put_back():
    class Racing(InMemoryLedger):
        def find(self, **kwargs):
            found = super().find(**kwargs)
            claim = self.claim("main", found[0].key.order_id, now=NOW, lease_s=60)
            self.save(claim, replace(found[0], state=State.PLACED))
            self.give_back(claim)
            return found

    ledger = Racing([an_order_of_dana(state=State.PLANNED, updated_at=NOW)])
    assert InMemoryPersonalData(ledger).erase("main", None) == 1
    (record,) = ledger.records_of_order("main", "gid://shopify/Order/1")
    assert (record.state, record.intent_body) == (State.PLACED, None)


LATER = NOW + timedelta(days=100)


def resting(storage, **more):
    return storage.personal_data.at_rest("main", **{"before": LATER, "limit": 10, **more})


@pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED, State.IGNORED])
def test_an_order_at_rest_is_found_until_it_is_erased(storage, state):
    key = put(storage, an_order_of_dana(state=state))
    assert resting(storage) == (key.order_id,)
    assert resting(storage, before=NOW - timedelta(days=1)) == ()
    assert storage.personal_data.at_rest("other", before=LATER, limit=10) == ()
    assert storage.personal_data.erase("main", resting(storage)) == 1
    assert resting(storage) == ()
    assert not any(secret in kept_of(storage, key) for secret in SECRETS)


@pytest.mark.parametrize("state", sorted(set(State) - {State.COMPLETED, State.CANCELLED, State.IGNORED}))
def test_an_order_under_way_keeps_its_data(storage, state):
    put(storage, an_order_of_dana(state=state))
    assert resting(storage) == ()


def test_an_order_with_one_share_under_way_keeps_the_data_of_all(storage):
    put(storage, an_order_of_dana())
    put(storage, an_order_of_dana(share="fulfillment-2", po_number="DEMO-1001-2", state=State.SHIPPED))
    assert resting(storage) == ()


def test_an_order_that_is_due_or_raises_an_alarm_keeps_its_data(storage):
    put(storage, an_order_of_dana(order_id="1", po_number="A", state=State.IGNORED, due_at=NOW))
    alarm = {"reason_code": "missing_at_supplier", "next_action": "Ask the supplier."}
    put(storage, an_order_of_dana(order_id="2", po_number="B", **alarm))
    assert resting(storage) == ()


def test_orders_at_rest_are_found_some_at_a_time(storage):
    for n in range(5):
        put(storage, an_order_of_dana(order_id=str(n), po_number=f"DEMO-{n}"))
    first = resting(storage, limit=3)
    storage.personal_data.erase("main", first)
    rest = resting(storage, limit=3)
    assert (len(first), len(rest)) == (3, 2) and not set(first) & set(rest)


def test_tracking_of_an_order_at_rest_goes_though_the_shop_was_never_told(storage):
    order = an_order_of_dana().supplier_orders[0]
    put(storage, an_order_of_dana(reason="", intent_body=None, supplier_orders=(replace(order, fulfillment_ids=()),)))
    storage.personal_data.erase("main", resting(storage))
    assert storage.ledger.find()[0].tracking == () and resting(storage) == ()


def test_words_about_a_line_are_erased_too(storage):
    line = RecordLine("L1", "B00760004", 2, 0, LineOutcome.SHORT, "none left for Dana Quill", "B00760004")
    key = put(storage, an_order_of_dana(lines=(line,)))
    storage.personal_data.erase("main", [key.order_id])
    assert storage.ledger.find()[0].lines == (replace(line, reason=""),)
