"""People are told once for each cause: not for each order, not again and again, and never of nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

import pytest

from order_sync.adapters.memory import InMemoryNotices, InMemoryRecordReader, RecordingMessenger
from order_sync.core.model.account_gate import AccountGate
from order_sync.core.model.money import Money
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State
from order_sync.core.policies.causes import message_of
from order_sync.core.ports import Pause
from order_sync.core.use_cases.tell_people import CLAIM, FAILED, SENT, TellPeople
from tests.builders import NOW, a_record
from tests.fakes.workshop import Workshop

MINUTE_S, DAY_S = 60.0, 86400.0


class Office(Workshop):
    """A workshop with somebody to tell."""

    def __init__(self, digest_at: time | None = None) -> None:
        super().__init__()
        self.notices, self.messenger, self.outcomes = InMemoryNotices(), RecordingMessenger(), []
        self.digest_at = digest_at
        self.restart()

    def restart(self) -> None:
        self.tell = TellPeople(
            InMemoryRecordReader(self.ledger),
            self.ledger,
            self.pauses,
            self.gates,
            self.notices,
            self.messenger,
            self.clock,
            digest_at=self.digest_at,
            report=self.outcomes.append,
        )

    def has(self, number: int = 1, **values) -> None:
        """The ledger has a record, held for an unknown SKU unless said otherwise."""
        line = RecordLine("L", values.pop("sku", "B0"), 1, 1, LineOutcome.HELD)
        held = {"state": State.HELD, "reason_code": "unknown_sku", "reason": "Held.", "next_action": "Correct it."}
        record = a_record(order_id=str(number), order_name=f"#{number}", **{**held, "lines": (line,), **values})
        claim = self.ledger.claim("main", str(number), now=self.clock.now(), lease_s=60)
        self.ledger.save(claim, replace(record, reason_since=values.get("reason_since") or self.clock.now()))
        self.ledger.give_back(claim)

    def after(self, seconds: float) -> list[str]:
        """The bodies that go out within this time, looking every 15 seconds."""
        before = len(self.messenger.sent)
        for _ in range(int(seconds // 15)):
            self.clock.advance_s(15)
            self.tell()
        return [body for _, body in self.messenger.sent[before:]]


def test_a_hundred_orders_with_one_cause_give_one_message():
    office = Office()
    for number in range(100):
        office.has(number)
        office.tell()
    (body,) = office.after(5 * MINUTE_S)
    assert body.splitlines() == [
        "100 orders of main are held: unknown_sku B0.",
        "Not items of the supplier: B0.",
        "Next: Correct it.",
        "#0, #1, #2 and 97 more.",
    ]
    assert office.messenger.sent[0][0] == "Order Sync: 100 orders of main are held"


def test_a_cause_is_gathered_for_a_minute_and_told_once_while_it_stands():
    office = Office()
    office.has(1)
    assert office.after(45) == []
    assert len(office.after(30)) == 1
    assert office.after(3 * DAY_S / 24) == []


def test_a_look_that_is_over_is_told_at_once():
    office = Office()
    office.has(1)
    assert office.tell(gathered=True).sent == 1
    assert office.tell(gathered=True).sent == 0


def test_different_skus_are_different_causes_in_one_message():
    office = Office()
    for number in range(6):
        office.has(number, sku=f"SKU-{number}")
    (body,) = office.after(2 * MINUTE_S)
    assert body.startswith("6 orders of main are held: unknown_sku SKU-") and "and 3 more." in body
    office.has(7, sku="SKU-NEW")
    assert "1 order of main is held: unknown_sku SKU-NEW." in office.after(2 * MINUTE_S)[0]


def test_one_more_order_of_a_told_cause_is_no_news_and_tenfold_is():
    office = Office()
    office.has(1)
    office.after(2 * MINUTE_S)
    for number in range(2, 10):
        office.has(number)
    assert office.after(2 * MINUTE_S) == []
    office.has(10)
    assert office.after(2 * MINUTE_S)[0].startswith("10 orders of main")
    assert office.after(2 * MINUTE_S) == []


def test_a_cause_that_ended_and_came_back_is_told_again():
    office = Office()
    office.has(1)
    office.after(2 * MINUTE_S)
    office.has(1, state=State.IGNORED, reason_code="skipped", next_action="")
    assert office.after(30) == [] and [n for n in office.notices.all() if not n.cause.startswith("#")] == []
    office.has(1)
    assert len(office.after(2 * MINUTE_S)) == 1


def test_after_a_restart_nothing_is_told_again():
    office = Office()
    office.has(1)
    office.after(2 * MINUTE_S)
    office.restart()
    assert office.after(10 * MINUTE_S) == []


def test_messages_that_no_service_takes_are_tried_again_later_and_later():
    office = Office()
    office.has(1)
    office.messenger.problem = "down"
    assert office.after(10 * MINUTE_S) == []
    assert 3 <= len(office.outcomes) <= 6 and set(office.outcomes) == {"failed"}
    failed = next(n for n in office.notices.all() if n.cause == FAILED)
    assert failed.count == len(office.outcomes)
    office.restart()
    office.messenger.problem = ""
    assert len(office.after(20 * MINUTE_S)) == 1
    assert {n.cause for n in office.notices.all() if n.cause.startswith("#")} == {SENT}


def test_what_a_service_said_is_given_back():
    office = Office()
    office.has(1)
    office.messenger.problem = "401 Unauthorized"
    assert [d.problem for d in office.tell(gathered=True).problems] == ["401 Unauthorized"]


def test_one_process_sends():
    office = Office()
    office.has(1)
    claim = office.ledger.claim("", CLAIM, now=office.clock.now(), lease_s=600)
    assert office.tell(gathered=True).sent == 0
    office.ledger.give_back(claim)
    assert office.tell(gathered=True).sent == 1


def test_a_doubt_is_told_when_it_lasts_and_at_once_when_nobody_can_be_asked():
    office = Office()
    office.has(1, state=State.IN_DOUBT, reason_code="no_answer", lines=(), doubt_since=NOW)
    assert office.after(14 * MINUTE_S) == []
    assert office.after(2 * MINUTE_S)[0].startswith("1 order of main is in doubt: no_answer.")
    office.has(2, state=State.IN_DOUBT, reason_code="cannot_look_up", lines=())
    assert "cannot_look_up" in office.after(2 * MINUTE_S)[0]


def test_a_pause_is_told_with_what_to_do_and_one_that_a_person_made_is_not():
    office = Office()
    pause = Pause("main", "authentication", "The key was refused.", "Give it again.", NOW, NOW + timedelta(minutes=1))
    office.pauses.pause(pause)
    office.pauses.pause(replace(pause, connection="second", code="paused", until=None))
    assert office.after(2 * MINUTE_S) == ["main is paused: authentication.\nThe key was refused.\nNext: Give it again."]
    office.pauses.pause(replace(pause, times=2))
    assert office.after(5 * MINUTE_S) == []


def test_a_supplier_that_fails_for_long_is_told():
    office = Office()
    broken = AccountGate(failures=9, openings=3, open_until=NOW)
    office.gates.change("ss:12345", lambda gate: (broken, None))
    assert office.after(4 * MINUTE_S) == []
    (body,) = office.after(2 * MINUTE_S)
    assert body.startswith("ss:12345 is failing: circuit_open ss:12345.")


def test_refusals_that_differ_in_numbers_only_are_one_cause():
    office = Office()
    for number in (1, 2, 3):
        said = f"The supplier refused PO DEMO-{1000 + number}: the profile is not valid"
        office.has(number, reason_code="rejected", reason=said, lines=(), po_number=f"DEMO-{1000 + number}")
    (body,) = office.after(2 * MINUTE_S)
    assert body.startswith("3 orders of main are held: rejected The supplier refused PO …")


def test_what_is_bought_and_done_is_nobodys_business():
    office = Office()
    office.has(1, state=State.PLACED, reason_code="", next_action="")
    office.has(2, state=State.PLANNED, reason_code="service_unavailable", next_action="It is tried again.")
    assert office.after(5 * MINUTE_S) == [] and office.notices.all() == ()


def test_a_short_purchase_waits_for_a_person():
    office = Office()
    office.has(1, state=State.PLACED, reason_code="short", reason="Not everything: B1: 1 of 2.", lines=())
    assert office.after(2 * MINUTE_S)[0].startswith("1 order of main is waiting for a person: short")


# ---------------------------------------------------------------------- the message of the day


def bought(office, number, **values):
    total = Money(Decimal("12.50"), "USD")
    placed = SupplierOrder(str(number), f"P{number}", SupplierOrderStatus.IN_PROGRESS, total=total)
    line = RecordLine("L", "B0", 2, 2, LineOutcome.BOUGHT)
    plain = {"reason_code": "", "next_action": "", "reason": "", "lines": (line,), "supplier_orders": (placed,)}
    office.has(number, **{"state": State.PLACED, "intent_at": office.clock.now(), **plain, **values})


def test_the_digest_goes_out_once_a_day_at_its_time_and_restarts_do_not_repeat_it():
    office = Office(digest_at=time(16, 0))  # it is 15:00
    office.tell()
    bought(office, 1)
    bought(office, 2, state=State.SHIPPED)
    assert office.after(59 * MINUTE_S) == []
    office.has(3)
    sent = office.after(2 * MINUTE_S)
    assert sent[0].splitlines() == [
        "Bought: 2 orders, 4 pieces, 25.00 USD.",
        "Shipped: 1; completed: 0.",
        "Needs a person:",
        "- main: 1 held, unknown_sku B0",
        "The oldest: #3 since 2026-03-03 15:59 UTC (unknown_sku).",
    ]
    office.restart()
    assert not any("Bought" in body for body in office.after(3600))
    office.clock.advance_s(DAY_S)
    (body,) = [body for body in office.after(30) if "Bought" in body]
    assert body.startswith("Bought: 0 orders")


def test_a_digest_set_up_after_its_time_begins_the_next_day():
    office = Office(digest_at=time(8, 0))
    assert office.after(3600) == []
    office.clock.advance_s(17 * 3600)
    assert "Nothing needs a person." in office.after(30)[0]


def test_a_digest_missed_while_nothing_ran_comes_late():
    office = Office(digest_at=time(16, 0))
    office.tell()
    office.clock.advance_s(5 * 3600)
    office.restart()
    assert len(office.after(30)) == 1


def test_a_digest_that_no_service_takes_is_tried_again():
    office = Office(digest_at=time(15, 1))
    office.tell()
    office.messenger.problem = "down"
    assert office.after(5 * MINUTE_S) == []
    office.messenger.problem = ""
    assert len(office.after(20 * MINUTE_S)) == 1


def test_a_digest_asked_for_does_not_replace_the_one_of_the_day():
    office = Office(digest_at=time(16, 0))
    office.tell()
    assert [delivery.problem for delivery in office.tell.digest()] == [""]
    assert len(office.after(61 * MINUTE_S)) == 1


@pytest.mark.parametrize("count", [1, 4])
def test_a_message_says_how_many_and_names_three(count):
    office = Office()
    for number in range(count):
        office.has(number)
    title, body = message_of(tuple(office.tell._causes()))
    assert title.startswith(f"Order Sync: {count} order")
    assert ("and 1 more" in body) is (count == 4)
