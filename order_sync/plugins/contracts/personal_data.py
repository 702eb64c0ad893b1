"""What every keeper of customers' data promises."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from order_sync.core.errors import StorageLockedError
from order_sync.core.model.journal import JournalEntry
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordKey, RecordLine, State, SyncRecord
from order_sync.core.ports import Attempt, Claim, Journal, Ledger, PersonalData
from order_sync.plugins.contracts.builders import NOW, a_record
from order_sync.plugins.contracts.journal import entry, n_of
from order_sync.plugins.contracts.journal import put as tell
from order_sync.plugins.contracts.keeping import claimed, stored

SECRETS = ("Dana Quill", "418 Larch Ave", "1Z999")
LATER = NOW + timedelta(days=100)


class PersonalDataContract:
    """What PersonalData promises: everything of a person is given out, and erased; what was bought stays.

    The subclass gives:
        ledger: an empty Ledger; what it saves is personal data, with the calls and the entries saved beside it.
        journal: the Journal beside it.
        personal_data: what keeps both.
        erases_history: given here as True. False: the reasons of past moves and the errors of past calls stay, because
            the ledger is of another maker.
    """

    @pytest.fixture
    def erases_history(self) -> bool:
        """Whether the reasons of past moves and the errors of past calls are erased too."""
        return True

    def test_an_export_has_everything_kept_of_the_orders_asked_for(
        self, ledger: Ledger, personal_data: PersonalData
    ) -> None:
        put(ledger, an_order_of_dana())
        put(ledger, a_record(order_id="2", order_name="#2", reason="somebody else"))
        put(ledger, an_order_of_dana(connection="second", supplier_account="memory:2"))
        (document,) = personal_data.export("main", ["gid://shopify/Order/1", "no such order"])
        text = json.dumps(document)
        for kept in (*SECRETS, "DEMO-1001", "71000101", "B00760004", "no such street", "completed"):
            assert kept in text
        assert "somebody else" not in text

    def test_an_export_of_nothing_is_empty(self, ledger: Ledger, personal_data: PersonalData) -> None:
        put(ledger, an_order_of_dana())
        assert personal_data.export("main", []) == []
        assert personal_data.export("other", ["gid://shopify/Order/1"]) == []

    def test_erasing_takes_names_addresses_and_tracking_and_leaves_what_was_bought(
        self, ledger: Ledger, personal_data: PersonalData
    ) -> None:
        key = put(ledger, an_order_of_dana())
        assert personal_data.erase("main", [key.order_id]) == 1
        assert not any(secret in kept_of(ledger, key) for secret in SECRETS)
        (after,) = ledger.records_of_order("main", key.order_id)
        before = an_order_of_dana()
        assert (after.state, after.po_number, after.sends, after.lines) == (
            before.state,
            before.po_number,
            before.sends,
            before.lines,
        )
        assert after.supplier_orders == (replace(before.supplier_orders[0], tracking=()),)
        assert after.due_at == before.due_at

    def test_a_parcel_on_its_way_that_the_shop_does_not_know_yet_keeps_its_number(
        self, ledger: Ledger, personal_data: PersonalData
    ) -> None:
        order = an_order_of_dana().supplier_orders[0]
        key = put(ledger, an_order_of_dana(state=State.PLACED, supplier_orders=(replace(order, fulfillment_ids=()),)))
        personal_data.erase("main", [key.order_id])
        assert ledger.records_of_order("main", key.order_id)[0].tracking[0].number == "1Z999"

    def test_erasing_counts_only_records_that_had_something(self, ledger: Ledger, personal_data: PersonalData) -> None:
        key = put(ledger, an_order_of_dana())
        assert personal_data.erase("main", [key.order_id, "no such order"]) == 1
        assert personal_data.erase("main", [key.order_id]) == 0

    def test_erasing_a_shop_takes_every_order_of_that_connection_and_no_other(
        self, ledger: Ledger, personal_data: PersonalData
    ) -> None:
        one = put(ledger, an_order_of_dana())
        two = put(ledger, an_order_of_dana(order_id="2", po_number="DEMO-2"))
        other = put(ledger, an_order_of_dana(connection="second", supplier_account="memory:2"))
        assert personal_data.erase("main", None) == 2
        assert "Larch" not in kept_of(ledger, one) + kept_of(ledger, two)
        assert "Larch" in kept_of(ledger, other)

    def test_many_orders_are_erased_and_exported_at_once(self, ledger: Ledger, personal_data: PersonalData) -> None:
        keys = [put(ledger, an_order_of_dana(order_id=str(n), po_number=f"DEMO-{n}")) for n in range(3)]
        asked = [str(n) for n in range(700)]
        assert len(personal_data.export("main", asked)) == 3
        assert personal_data.erase("main", asked) == 3
        assert "Larch" not in "".join(kept_of(ledger, key) for key in keys)

    def test_a_record_that_is_worked_on_meanwhile_is_erased_or_the_erasure_fails(
        self, ledger: Ledger, personal_data: PersonalData
    ) -> None:
        key = put(ledger, an_order_of_dana())
        claim = claimed(ledger, key.order_id)
        try:
            personal_data.erase("main", [key.order_id])
        except StorageLockedError:
            ledger.give_back(claim)
            personal_data.erase("main", [key.order_id])
        assert "Larch" not in kept_of(ledger, key)

    def test_what_is_kept_of_calls_and_moves_is_erased_too(
        self, ledger: Ledger, personal_data: PersonalData, erases_history: bool
    ) -> None:
        if not erases_history:
            pytest.skip("such a ledger keeps its history")
        key = put(ledger, an_order_of_dana())
        personal_data.erase("main", [key.order_id])
        assert [call.error for call in ledger.attempts(key)] == [""]
        assert {entry.reason for entry in ledger.history(key)} == {""}

    @pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED, State.IGNORED])
    def test_an_order_at_rest_is_found_until_it_is_erased(
        self, ledger: Ledger, personal_data: PersonalData, state: State
    ) -> None:
        key = put(ledger, an_order_of_dana(state=state))
        assert resting(personal_data) == (key.order_id,)
        assert resting(personal_data, before=NOW - timedelta(days=1)) == ()
        assert personal_data.at_rest("other", before=LATER, limit=10) == ()
        assert personal_data.erase("main", resting(personal_data)) == 1
        assert resting(personal_data) == ()
        assert not any(secret in kept_of(ledger, key) for secret in SECRETS)

    @pytest.mark.parametrize("state", sorted(set(State) - {State.COMPLETED, State.CANCELLED, State.IGNORED}))
    def test_an_order_under_way_keeps_its_data(self, ledger: Ledger, personal_data: PersonalData, state: State) -> None:
        put(ledger, an_order_of_dana(state=state))
        assert resting(personal_data) == ()

    def test_an_order_with_one_share_under_way_keeps_the_data_of_all(
        self, ledger: Ledger, personal_data: PersonalData
    ) -> None:
        put(ledger, an_order_of_dana())
        put(ledger, an_order_of_dana(share="fulfillment-2", po_number="DEMO-1001-2", state=State.SHIPPED))
        assert resting(personal_data) == ()

    def test_an_order_that_is_due_or_raises_an_alarm_keeps_its_data(
        self, ledger: Ledger, personal_data: PersonalData
    ) -> None:
        put(ledger, an_order_of_dana(order_id="1", po_number="A", state=State.IGNORED, due_at=NOW))
        alarm = {"reason_code": "missing_at_supplier", "next_action": "Ask the supplier."}
        put(ledger, an_order_of_dana(order_id="2", po_number="B", **alarm))
        assert resting(personal_data) == ()

    def test_orders_at_rest_are_found_some_at_a_time(self, ledger: Ledger, personal_data: PersonalData) -> None:
        for n in range(5):
            put(ledger, an_order_of_dana(order_id=str(n), po_number=f"DEMO-{n}"))
        first = resting(personal_data, limit=3)
        personal_data.erase("main", first)
        rest = resting(personal_data, limit=3)
        assert (len(first), len(rest)) == (3, 2) and not set(first) & set(rest)

    def test_tracking_of_an_order_at_rest_goes_though_the_shop_was_never_told(
        self, ledger: Ledger, personal_data: PersonalData
    ) -> None:
        order = an_order_of_dana().supplier_orders[0]
        put(
            ledger, an_order_of_dana(reason="", intent_body=None, supplier_orders=(replace(order, fulfillment_ids=()),))
        )
        personal_data.erase("main", resting(personal_data))
        assert ledger.find()[0].tracking == () and resting(personal_data) == ()

    def test_words_about_a_line_are_erased_too(self, ledger: Ledger, personal_data: PersonalData) -> None:
        line = RecordLine("L1", "B00760004", 2, 0, LineOutcome.SHORT, "none left for Dana Quill", "B00760004")
        key = put(ledger, an_order_of_dana(lines=(line,)))
        personal_data.erase("main", [key.order_id])
        assert ledger.find()[0].lines == (replace(line, reason=""),)

    def test_erasing_a_persons_data_takes_the_payloads_and_the_chain_still_holds(
        self, ledger: Ledger, journal: Journal, personal_data: PersonalData
    ) -> None:
        for number in range(4):
            tell(ledger, entry(number), order_id=str(number % 2))
        personal_data.erase("main", ["1"])
        assert [n_of(row) for row in journal.rows()] == [0, None, 2, None]
        tell(ledger, entry(9), order_id="1")
        (check,) = journal.verify()
        assert (check.rows, check.erased, check.broken_at) == (5, 2, None)

    def test_erasing_a_shop_takes_every_payload_of_that_connection_and_of_no_other(
        self, ledger: Ledger, journal: Journal, personal_data: PersonalData
    ) -> None:
        tell(ledger, entry(1))
        tell(ledger, entry(2), order_id="2")
        tell(ledger, entry(3), connection="second")
        personal_data.erase("main", None)
        assert [row.payload for row in journal.rows()] == [None, None, {"n": 3}]
        assert [check.erased for check in journal.verify()] == [2, 0]

    def test_an_export_has_what_the_journal_says_of_the_orders(
        self, ledger: Ledger, journal: Journal, personal_data: PersonalData
    ) -> None:
        tell(ledger, JournalEntry("operator", {"reason": "Dana called"}))
        tell(ledger, JournalEntry("operator", {"reason": "somebody else"}), order_id="2")
        journal.append(a_record(order_id="3").key, JournalEntry("operator", {"reason": "without a record"}))
        text = json.dumps(personal_data.export("main", ["1", "3"]))
        assert "Dana called" in text and "without a record" in text and "somebody else" not in text


def an_order_of_dana(**overrides: Any) -> SyncRecord:
    """A completed order that says something of a person in every place where a record can."""
    placed = SupplierOrder(
        order_number="71000101",
        po_number="DEMO-1001",
        status=SupplierOrderStatus.SHIPPED,
        tracking=(TrackingInfo("1Z999", "UPS"),),
        fulfillment_ids=("gid://shopify/Fulfillment/1",),
    )
    values: dict[str, Any] = {
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


def put(ledger: Ledger, record: SyncRecord) -> RecordKey:
    """Save it with a call whose error quotes an address."""

    def call(claim: Claim) -> Attempt:
        return Attempt("send", NOW, NOW, "placed 1", 400, "no such street: 418 Larch Ave", claim.fence)

    return stored(ledger, record, calls=call)


def kept_of(ledger: Ledger, key: RecordKey) -> str:
    """All that is kept of an order, as text."""
    (record,) = ledger.records_of_order(key.connection, key.order_id)
    return repr(record)


def resting(personal_data: PersonalData, *, before: datetime = LATER, limit: int = 10) -> tuple[str, ...]:
    """The orders of the connection at rest."""
    return personal_data.at_rest("main", before=before, limit=limit)
