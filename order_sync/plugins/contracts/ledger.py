"""What every ledger promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from order_sync.core.errors import ConcurrentUpdateError, PoNumberTakenError
from order_sync.core.model.money import Money
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.purchase_order import Mode, SupplierSku
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderLine, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State, SyncRecord
from order_sync.core.ports import Attempt, Claim, Ledger
from order_sync.plugins.contracts.builders import NOW, a_record
from order_sync.plugins.contracts.keeping import all_at_once, claimed
from order_sync.plugins.contracts.ledger_for_workers import LedgerForWorkersContract

ORDER = "gid://shopify/Order/1"


class LedgerContract(LedgerForWorkersContract):
    """What a Ledger promises: one claim at a time, a fence that grows, records that come back whole.

    The subclass gives:
        ledger: an empty Ledger, made anew for every test and closed after it. If it tells the time by itself, it does
            so by the fixture ``clock``, which is given here and stands at `builders.NOW`.
    """

    def test_a_record_comes_back_as_it_was_saved(self, ledger: Ledger) -> None:
        stored = ledger.save(claim(ledger), full_record())
        (loaded,) = ledger.records_of_order("main", ORDER)
        assert loaded == stored
        assert replace(loaded, created_at=None, updated_at=None) == full_record()

    def test_saving_again_replaces_the_record_with_its_lines(self, ledger: Ledger) -> None:
        mine = claim(ledger)
        ledger.save(mine, full_record())
        ledger.save(mine, full_record(lines=(), supplier_orders=(), state=State.COMPLETED))
        (loaded,) = ledger.records_of_order("main", ORDER)
        assert (loaded.state, loaded.lines, loaded.supplier_orders) == (State.COMPLETED, (), ())

    def test_an_order_is_claimed_by_one_at_a_time(self, ledger: Ledger) -> None:
        first = claim(ledger)
        assert not is_free(ledger)
        ledger.give_back(first)
        assert claim(ledger).fence == first.fence + 1

    def test_an_expired_claim_is_taken_over_and_called_orphaned(self, ledger: Ledger) -> None:
        claim(ledger, lease_s=10)
        second = claim(ledger, now=NOW + timedelta(seconds=11))
        assert second.orphaned
        ledger.give_back(second)
        assert not claim(ledger, now=NOW + timedelta(seconds=12)).orphaned

    def test_a_clock_that_is_set_back_does_not_bring_an_expired_claim_back(self, ledger: Ledger) -> None:
        first = claim(ledger, lease_s=10)
        second = claim(ledger, now=NOW + timedelta(seconds=20), lease_s=10)
        assert not is_free(ledger, now=NOW - timedelta(hours=1))
        assert not ledger.still_mine(first) and ledger.still_mine(second)

    def test_who_lost_the_claim_writes_nothing(self, ledger: Ledger) -> None:
        first = claim(ledger, lease_s=10)
        claim(ledger, now=NOW + timedelta(seconds=11))
        with pytest.raises(ConcurrentUpdateError):
            ledger.save(first, full_record())
        with pytest.raises(ConcurrentUpdateError):
            ledger.remove_placeholder(first, full_record().key)
        assert ledger.records_of_order("main", ORDER) == ()

    def test_giving_back_a_lost_claim_does_not_free_the_new_one(self, ledger: Ledger) -> None:
        first = claim(ledger, lease_s=10)
        claim(ledger, now=NOW + timedelta(seconds=11))
        ledger.give_back(first)
        assert not is_free(ledger, now=NOW + timedelta(seconds=12))

    def test_a_po_number_belongs_to_one_record_of_a_supplier_account(self, ledger: Ledger) -> None:
        ledger.save(claim(ledger), full_record())
        other = claim(ledger, "gid://shopify/Order/2")
        with pytest.raises(PoNumberTakenError, match="#1001"):
            ledger.save(other, full_record(order_id="gid://shopify/Order/2", order_name="#9"))
        elsewhere = full_record(order_id="gid://shopify/Order/2", supplier_account="memory:999")
        assert ledger.save(other, elsewhere).po_number == "DEMO-1001"

    def test_records_are_kept_apart_by_share_and_mode(self, ledger: Ledger) -> None:
        mine = claim(ledger)
        ledger.save(mine, a_record())
        ledger.save(mine, a_record(mode=Mode.TEST))
        ledger.save(mine, a_record(share="fulfillment-1"))
        assert len(ledger.records_of_order("main", ORDER)) == 3

    def test_only_a_record_without_a_po_number_can_be_removed(self, ledger: Ledger) -> None:
        mine = claim(ledger)
        ledger.save(mine, full_record())
        ledger.save(mine, a_record(share="fulfillment-1"))
        ledger.remove_placeholder(mine, full_record().key)
        ledger.remove_placeholder(mine, a_record(share="fulfillment-1").key)
        assert [r.key.share for r in ledger.records_of_order("main", ORDER)] == ["order"]

    def test_records_are_found_by_state_name_po_number_and_supplier_order_number(self, ledger: Ledger) -> None:
        ledger.save(claim(ledger), full_record())
        ledger.save(
            claim(ledger, "gid://shopify/Order/2"), a_record(order_id="gid://shopify/Order/2", order_name="#1002")
        )
        assert [r.order_name for r in ledger.find()] == ["#1002", "#1001"]
        assert [r.order_name for r in ledger.find(states=[State.SHIPPED])] == ["#1001"]
        for text in ("#1001", "DEMO-1001", "71000102", ORDER):
            assert [r.order_name for r in ledger.find(text=text)] == ["#1001"]
        assert ledger.find(connection="other") == () and ledger.find(text="100") == ()

    def test_due_orders_come_earliest_first_and_once_each(self, ledger: Ledger) -> None:
        first, second = claim(ledger), claim(ledger, "gid://shopify/Order/2")
        ledger.save(first, a_record(due_at=NOW + timedelta(minutes=2)))
        ledger.save(first, a_record(share="fulfillment-1", due_at=NOW + timedelta(minutes=5)))
        ledger.save(second, a_record(order_id="gid://shopify/Order/2", due_at=NOW + timedelta(minutes=1)))
        assert ledger.due("main", until=NOW) == ()
        assert ledger.due("main", until=NOW + timedelta(hours=1)) == (
            ("gid://shopify/Order/2", NOW + timedelta(minutes=1)),
            (ORDER, NOW + timedelta(minutes=2)),
        )

    def test_calls_and_moves_are_kept_in_order(self, ledger: Ledger) -> None:
        mine = claim(ledger)
        call = Attempt("send", NOW, NOW + timedelta(seconds=1), "no answer", None, "cut", mine.fence)
        ledger.save(mine, a_record(state=State.PLANNED))
        ledger.save(mine, a_record(state=State.SUBMITTING))
        ledger.save(mine, a_record(state=State.IN_DOUBT, reason="cut"), attempt=call)
        ledger.save(mine, a_record(state=State.IN_DOUBT, reason="cut"), attempt=replace(call, kind="look_up"))
        assert [a.kind for a in ledger.attempts(a_record().key)] == ["send", "look_up"]
        assert ledger.attempts(a_record().key)[0] == call
        assert [(h.state, h.reason) for h in ledger.history(a_record().key)] == [
            (State.PLANNED, ""),
            (State.SUBMITTING, ""),
            (State.IN_DOUBT, "cut"),
        ]

    def test_the_cursor_never_goes_back(self, ledger: Ledger) -> None:
        assert ledger.cursor("main") is None
        ledger.set_cursor("main", NOW)
        ledger.set_cursor("main", NOW - timedelta(days=1))
        assert ledger.cursor("main") == NOW
        ledger.set_cursor("main", NOW + timedelta(days=1))
        assert ledger.cursor("main") == NOW + timedelta(days=1)

    def test_of_many_threads_that_claim_at_once_one_wins(self, ledger: Ledger) -> None:
        won: list[int] = []

        def race(number: int) -> None:
            if is_free(ledger):
                won.append(number)

        all_at_once(race, threads=12)
        assert len(won) == 1

    def test_what_was_intended_since_a_moment_is_found_by_connection_and_mode(self, ledger: Ledger) -> None:
        def put(order_id: str, intent_at: datetime | None, mode: Mode = Mode.LIVE, connection: str = "main") -> None:
            held = claimed(ledger, order_id, connection=connection)
            record = a_record(order_id=order_id, connection=connection, mode=mode, po_number=f"{connection}-{order_id}")
            ledger.save(held, replace(record, intent_at=intent_at))

        put("1", NOW - timedelta(seconds=1))
        put("2", NOW)
        put("3", NOW + timedelta(hours=1))
        put("4", NOW, Mode.TEST)
        put("5", NOW, connection="second")
        put("6", None)
        assert [r.key.order_id for r in ledger.intended_since("main", Mode.LIVE, NOW)] == ["2", "3"]
        assert [r.key.order_id for r in ledger.intended_since("main", Mode.TEST, NOW)] == ["4"]


def claim(ledger: Ledger, order_id: str = ORDER, *, now: datetime = NOW, lease_s: float = 60.0) -> Claim:
    """The claim of an order that is free."""
    return claimed(ledger, order_id, now=now, lease_s=lease_s)


def is_free(ledger: Ledger, *, now: datetime = NOW) -> bool:
    """Whether the order can be claimed; it then is."""
    return ledger.claim("main", ORDER, now=now, lease_s=60) is not None


def full_record(**overrides: Any) -> SyncRecord:
    """A record with a value in every field, but for when it was stored."""
    supplier_order = SupplierOrder(
        order_number="71000101",
        po_number="DEMO-1001",
        status=SupplierOrderStatus.SHIPPED,
        warehouse="IL",
        raw_status="Shipped",
        lines=(SupplierOrderLine(SupplierSku("B00760004"), 2, 1, ("00821780001001",)),),
        tracking=(TrackingInfo("1Z1", "UPS", "https://example.com/1Z1"),),
        ordered_at=NOW,
        total=Money(Decimal("17.72"), "USD"),
        costs={"shipping": "11.42"},
        found_by="look-up",
        fulfillment_ids=("gid://shopify/Fulfillment/1",),
    )
    values = {
        "state": State.SHIPPED,
        "po_number": "DEMO-1001",
        "reason_code": "short",
        "reason": "ünïcode “text”",
        "next_action": "Call the supplier.",
        "lines": (RecordLine("L1", "B00760004", 3, 2, LineOutcome.BOUGHT, "1 of 3 refunded", "B00760004"),),
        "supplier_orders": (supplier_order, replace(supplier_order, order_number="71000102", lines=None, total=None)),
        "intent_at": NOW,
        "intent_body": '{"poNumber": "DEMO-1001"}',
        "due_at": NOW + timedelta(hours=1),
        "sends": 2,
        "attempts": 3,
        "doubt_since": NOW - timedelta(minutes=3),
        "absent_since": NOW - timedelta(minutes=2),
        "admitted": True,
        "released": True,
        "fulfillment_id": "gid://shopify/Fulfillment/1",
        "estimate": Money(Decimal("12.30"), "USD"),
        "shop_updated_at": NOW,
        "reason_since": NOW - timedelta(minutes=1),
        "act_by": NOW + timedelta(days=1),
        "decision": "7f3a",
    }
    return a_record(**{**values, **overrides})
