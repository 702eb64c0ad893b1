"""What every ledger promises to workers: what is due and free, and what happened to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State
from order_sync.core.ports import Ledger, LookSummary
from order_sync.plugins.contracts.builders import NOW, a_record
from order_sync.plugins.contracts.keeping import stored
from order_sync.plugins.contracts.manual_clock import ManualClock

LATER = NOW + timedelta(minutes=1)


class LedgerForWorkersContract:
    """The part of `LedgerContract` that worker threads rely on; subclass that one."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The time, for ledgers that tell it by themselves."""
        return ManualClock()

    def test_due_orders_come_from_all_connections_earliest_first_and_once_each(self, ledger: Ledger) -> None:
        put(ledger, "1", due_at=NOW - timedelta(seconds=1))
        put(ledger, "1", share="fulfillment-1", due_at=NOW - timedelta(seconds=2))
        put(ledger, "2", connection="second", due_at=NOW - timedelta(seconds=3))
        put(ledger, "3", due_at=NOW)
        put(ledger, "4", due_at=LATER)
        put(ledger, "5")
        assert ledger.due_orders(until=NOW, limit=10) == (("second", "2"), ("main", "1"), ("main", "3"))

    def test_due_orders_that_somebody_claims_are_left_out_until_the_claim_ends(self, ledger: Ledger) -> None:
        put(ledger, "1", free=False, due_at=NOW)
        assert ledger.due_orders(until=NOW, limit=10) == ()
        assert ledger.due_orders(until=NOW + timedelta(seconds=61), limit=10) == (("main", "1"),)

    def test_due_orders_of_connections_left_out_take_no_place_within_the_limit(self, ledger: Ledger) -> None:
        for n in range(10):
            put(ledger, str(n), connection="resting", due_at=NOW - timedelta(seconds=10))
        put(ledger, "a", free=False, due_at=NOW - timedelta(seconds=5))
        put(ledger, "b", due_at=NOW)
        assert ledger.due_orders(until=NOW, limit=2, without=["resting"]) == (("main", "b"),)
        assert len(ledger.due_orders(until=NOW, limit=2)) == 2

    def test_an_order_with_many_due_shares_does_not_crowd_out_the_others(self, ledger: Ledger) -> None:
        for n in range(5):
            put(ledger, "1", share=f"fulfillment-{n}", due_at=NOW - timedelta(seconds=9 - n))
        put(ledger, "2", due_at=NOW)
        assert ledger.due_orders(until=NOW, limit=2) == (("main", "1"), ("main", "2"))

    def test_the_next_due_time_is_the_first_one_after_a_moment(self, ledger: Ledger) -> None:
        assert ledger.next_due_at(after=NOW) is None
        put(ledger, "1", due_at=NOW)
        put(ledger, "2", due_at=LATER)
        put(ledger, "3", due_at=LATER + timedelta(hours=1))
        assert ledger.next_due_at(after=NOW) == LATER
        assert ledger.next_due_at(after=LATER + timedelta(days=1)) is None

    def test_claims_of_the_living_are_never_freed(self, ledger: Ledger) -> None:
        put(ledger, "1", free=False, due_at=NOW)
        assert ledger.free_dead_claims(now=NOW) == 0
        assert ledger.claim("main", "1", now=NOW, lease_s=60) is None

    def test_records_are_counted_by_connection_mode_and_state(self, ledger: Ledger) -> None:
        assert ledger.count_by_state() == {}
        put(ledger, "1", state=State.PLACED)
        put(ledger, "2", state=State.PLACED)
        put(ledger, "3", state=State.PLACED, mode=Mode.TEST)
        put(ledger, "4", state=State.HELD, connection="second")
        assert ledger.count_by_state() == {
            ("main", Mode.LIVE, State.PLACED): 2,
            ("main", Mode.TEST, State.PLACED): 1,
            ("second", Mode.LIVE, State.HELD): 1,
        }

    def test_a_new_ledger_knows_of_every_purchase_since_it_was_made_at_the_latest(
        self, ledger: Ledger, clock: ManualClock
    ) -> None:
        since = ledger.trusted_since()
        assert since.tzinfo is not None and since <= clock.now()
        assert ledger.trusted_since() == since

    def test_the_last_look_of_every_connection_is_remembered(self, ledger: Ledger) -> None:
        assert ledger.last_looks() == {}
        first = LookSummary("main", NOW, NOW + timedelta(seconds=3), 10, 4)
        ledger.note_look(LookSummary("main", NOW - timedelta(hours=1), None, 1, 1, "broke off"))
        ledger.note_look(first)
        ledger.note_look(LookSummary("second", NOW, problem="refused"))
        assert ledger.last_looks() == {"main": first, "second": LookSummary("second", NOW, problem="refused")}

    def test_due_purchases_are_the_po_numbers_of_bought_records_of_one_account_earliest_first(
        self, ledger: Ledger
    ) -> None:
        put(ledger, "1", state=State.PLACED, po_number="A-1", due_at=NOW)
        put(ledger, "2", state=State.SHIPPED, po_number="A-2", due_at=NOW - timedelta(seconds=1))
        put(ledger, "3", state=State.PLACED, po_number="A-3", due_at=LATER)
        put(ledger, "4", state=State.COMPLETED, po_number="A-4", due_at=NOW)
        put(ledger, "5", state=State.PLANNED, po_number="A-5", due_at=NOW)
        put(ledger, "6", state=State.PLACED, po_number="A-6", due_at=NOW, supplier_account="other:1")
        assert ledger.due_purchases("memory:12345", until=NOW, limit=10) == ("A-2", "A-1")
        assert ledger.due_purchases("memory:12345", until=NOW, limit=1) == ("A-2",)

    def test_when_a_person_should_act_and_since_when_comes_back(self, ledger: Ledger) -> None:
        put(ledger, "1", reason_since=NOW, act_by=LATER)
        (stored,) = ledger.records_of_order("main", "1")
        assert (stored.reason_since, stored.act_by) == (NOW, LATER)


def put(ledger: Ledger, order_id: str, *, free: bool = True, **values: Any) -> None:
    """A record of that order."""
    stored(ledger, a_record(order_id=order_id, **values), free=free)
