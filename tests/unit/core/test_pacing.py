"""One account's gate: refusals, what is left, failures."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from order_sync.adapters.memory import InMemoryAccountGates
from order_sync.core.errors import CircuitOpenError, RateLimitedError
from order_sync.core.model.account_gate import AccountGate, Circuit
from order_sync.core.policies.pacing import Answer, answered, ask, look
from order_sync.core.use_cases.supplier_calls import CallReport, SupplierCalls
from tests.builders import NOW
from tests.fakes.clock import ManualClock

REFUSED, FINE, BROKEN, SILENT = Answer(429), Answer(200), Answer(503), Answer(None)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def after(*answers: Answer, gate: AccountGate | None = None, now=NOW) -> AccountGate:
    gate = gate or AccountGate()
    for answer in answers:
        gate = answered(gate, now, answer, per_minute=60)
    return gate


def test_refusals_in_a_row_back_off_to_a_minute_and_no_further():
    gate, now, waits = AccountGate(), NOW, []
    for _ in range(9):
        gate = after(REFUSED, gate=gate, now=now)
        waits.append(look(gate, now).wait_s)
        now += seconds(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_one_answer_after_the_pause_ends_the_back_off():
    gate = after(REFUSED)
    gate = after(REFUSED, gate=gate, now=NOW + seconds(1))
    gate = after(FINE, gate=gate, now=NOW + seconds(4))
    assert look(gate, NOW + seconds(4)).wait_s == 0
    gate = after(REFUSED, gate=gate, now=NOW + seconds(5))
    assert look(gate, NOW + seconds(5)).wait_s == 1


def test_calls_refused_at_the_same_moment_lengthen_the_pause_once():
    assert after(*[REFUSED] * 10) == after(REFUSED)


def test_an_answer_to_a_call_sent_before_the_refusal_does_not_end_the_pause():
    gate = after(REFUSED, FINE)
    assert look(gate, NOW).wait_s == 1


@pytest.mark.parametrize(("wanted_s", "waited_s"), [(7, 7), (90, 90), (3600, 3600), (86400, 3600)])
def test_the_pause_that_is_asked_for_is_kept_up_to_an_hour(wanted_s, waited_s):
    permit = look(after(Answer(429, retry_after_s=wanted_s)), NOW)
    assert (permit.granted, permit.wait_s, permit.circuit) == (False, waited_s, False)


def test_a_shorter_pause_asked_for_later_does_not_shorten_a_longer_one():
    gate = after(Answer(429, retry_after_s=90), Answer(429, retry_after_s=5))
    assert look(gate, NOW).wait_s == 90


def test_after_a_pause_calls_come_one_a_second_until_one_was_answered():
    gate = after(REFUSED)
    waits = []
    for _ in range(3):
        gate, permit = ask(gate, NOW + seconds(1), longest_wait_s=5, probe_s=30)
        waits.append(permit.wait_s)
    assert waits == [0, 1, 2]
    gate = after(FINE, gate=gate, now=NOW + seconds(2))
    assert look(gate, NOW + seconds(2)).wait_s == 0


def test_what_is_left_is_spread_over_the_rest_of_the_minute():
    gate = after(Answer(200, remaining=20))
    gate, first = ask(gate, NOW, longest_wait_s=5, probe_s=30)
    gate, second = ask(gate, NOW, longest_wait_s=5, probe_s=30)
    assert (first.wait_s, second.wait_s) == (0, 3)
    assert look(gate, NOW + seconds(61)).wait_s == 0


def test_a_place_too_far_back_in_the_row_is_not_taken():
    gate = after(Answer(200, remaining=1))
    for _ in range(2):
        gate, _ = ask(gate, NOW, longest_wait_s=5, probe_s=30)
    same, permit = ask(gate, NOW, longest_wait_s=5, probe_s=30)
    assert (permit.granted, same) == (False, gate)


def test_five_failures_in_a_row_open_the_circuit():
    gate = after(BROKEN, SILENT, BROKEN, SILENT)
    assert look(gate, NOW).granted
    permit = look(after(BROKEN, gate=gate), NOW)
    assert (permit.granted, permit.circuit, permit.wait_s) == (False, True, 2)


@pytest.mark.parametrize("answer", [FINE, Answer(404), Answer(401), REFUSED])
def test_any_proper_answer_begins_the_count_afresh(answer):
    gate = after(*[BROKEN] * 4, answer, *[BROKEN] * 4)
    assert gate.circuit(NOW) is Circuit.CLOSED


def test_every_failed_probe_doubles_the_opening_up_to_five_minutes():
    gate, now, waits = after(*[BROKEN] * 5), NOW, []
    for _ in range(10):
        waits.append(look(gate, now).wait_s)
        now += seconds(waits[-1])
        gate, permit = ask(gate, now, longest_wait_s=5, probe_s=30)
        assert permit.granted
        gate = after(BROKEN, gate=gate, now=now)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_failure_of_a_call_from_before_the_opening_does_not_lengthen_it():
    gate = after(*[BROKEN] * 5)
    assert after(*[BROKEN] * 5, gate=gate, now=NOW + seconds(1)) == gate


def test_one_success_closes_the_circuit_and_forgets_how_often_it_opened():
    gate = after(*[BROKEN] * 5)
    gate = after(BROKEN, gate=gate, now=NOW + seconds(2))
    gate = after(FINE, gate=gate, now=NOW + seconds(6))
    assert gate == AccountGate()


def test_a_probe_that_never_came_back_lets_another_follow():
    gate = after(*[BROKEN] * 5)
    gate, _ = ask(gate, NOW + seconds(2), longest_wait_s=5, probe_s=30)
    assert look(gate, NOW + seconds(3)).circuit
    assert look(gate, NOW + seconds(33)).granted


def test_with_the_clock_set_back_an_open_circuit_still_lets_only_one_at_a_time_find_out():
    gate, past = after(*[BROKEN] * 5), NOW - timedelta(days=1)
    gate, first = ask(gate, past, longest_wait_s=5, probe_s=30)
    gate, second = ask(gate, past, longest_wait_s=5, probe_s=30)
    assert (first.granted, second.granted) == (True, False)
    gate = after(BROKEN, gate=gate, now=past)
    assert look(gate, past).wait_s == 4


class Calls:
    """The gate of one account, with what was reported."""

    def __init__(self) -> None:
        self.clock, self.gates, self.reports = ManualClock(), InMemoryAccountGates(), list[CallReport]()
        self.calls = SupplierCalls(self.gates, self.clock, "s:1", report=self.reports.append)

    def enter(self) -> None:
        self.calls.enter("S", "find", longest_call_s=30)

    def answered(self, answer: Answer) -> float | None:
        return self.calls.answered("find", answer, seconds=0.5, per_minute=60)


def test_a_call_that_may_be_made_soon_is_waited_for():
    calls = Calls()
    calls.answered(Answer(200, remaining=20))
    calls.enter()
    calls.enter()
    assert calls.clock.slept == [3]


def test_a_call_that_may_not_be_made_is_not_sent_and_says_when():
    calls = Calls()
    assert calls.answered(Answer(429, retry_after_s=40)) == 40
    with pytest.raises(RateLimitedError, match="not sent") as caught:
        calls.enter()
    assert caught.value.retry_after_s == calls.calls.wait_s() == 40
    assert [report.outcome for report in calls.reports] == ["429", "not sent"]


def test_an_open_circuit_says_when_it_is_tried_again():
    calls = Calls()
    for _ in range(5):
        assert calls.answered(SILENT) is None
    with pytest.raises(CircuitOpenError) as caught:
        calls.enter()
    assert caught.value.retry_after_s == 2


def test_a_person_who_wants_to_know_now_gets_one_call_through_an_open_circuit():
    calls = Calls()
    for _ in range(5):
        calls.answered(BROKEN)
    calls.calls.try_now()
    calls.enter()
    with pytest.raises(CircuitOpenError):
        calls.enter()
    calls.answered(FINE)
    calls.enter()


def test_trying_now_changes_nothing_on_an_account_that_works():
    calls = Calls()
    calls.calls.try_now()
    assert calls.gates.all() == {}


def test_a_gate_that_is_open_is_passed_without_writing_it():
    calls = Calls()
    calls.answered(Answer(200, remaining=59))
    before = calls.gates.all()
    calls.gates.change = None
    for remaining in range(58, 40, -1):
        calls.enter()
        calls.answered(Answer(200, remaining=remaining))
    assert calls.gates.all() == before


def test_of_many_threads_exactly_one_finds_out_whether_the_supplier_works_again():
    calls = Calls()
    for _ in range(5):
        calls.answered(BROKEN)
    calls.clock.advance_s(2)
    start, let_in = threading.Barrier(12), []

    def race() -> None:
        start.wait()
        try:
            calls.enter()
        except CircuitOpenError:
            return
        let_in.append(1)

    threads = [threading.Thread(target=race) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert let_in == [1]
