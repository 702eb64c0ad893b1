"""When a supplier account may be called: spread, paused, cut off; one gate for all who call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.adapters.memory import InMemoryAccountGates
from order_sync.core.errors import CircuitOpenError, RateLimitedError
from order_sync.core.model.account_gate import AccountGate, Circuit
from order_sync.core.policies.pacing import BACK_OFF_S, Answer, answered, look
from order_sync.core.use_cases.supplier_calls import CallReport, SupplierCalls
from tests.builders import NOW
from tests.fakes.clock import ManualClock

FAILED, FINE = Answer(None), Answer(200)


class Account:
    """A supplier that allows so many calls per minute of its own clock, and says what is left."""

    def __init__(self, per_minute: int = 60, *, tells: bool = True, offset_s: float = 0.0) -> None:
        self.clock = ManualClock()
        self.gates = InMemoryAccountGates()
        self.reports: list[CallReport] = []
        self._per_minute, self._tells, self._offset_s = per_minute, tells, offset_s
        self._minute, self._used = -1, 0
        self.refused = self.served = 0

    def calls(self) -> SupplierCalls:
        return SupplierCalls(self.gates, self.clock, "ss:1", report=self.reports.append)

    def call(self, calls: SupplierCalls) -> bool:
        """One call from beginning to end; whether it was served."""
        calls.enter("S", "GET", longest_call_s=5.0)
        minute = int(((self.clock.now() - NOW).total_seconds() + self._offset_s) // 60)
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        left = self._per_minute - self._used
        self.clock.advance_s(0.05)
        answer = Answer(429 if left < 0 else 200, max(left, 0) if self._tells else None)
        calls.answered("GET", answer, seconds=0.05, per_minute=self._per_minute)
        self.refused += left < 0
        self.served += left >= 0
        return left >= 0

    def serve(self, count: int, *, callers: int = 3) -> float:
        """Have so many calls served by several clients in turn; how long that took (seconds)."""
        clients = [self.calls() for _ in range(callers)]
        began = self.clock.now()
        for number in range(100 * count):
            if self.served >= count:
                break
            try:
                self.call(clients[number % callers])
            except RateLimitedError as exc:
                assert exc.retry_after_s is not None and exc.retry_after_s <= 90
                self.clock.advance_s(exc.retry_after_s)
        assert self.served == count
        return (self.clock.now() - began).total_seconds()


@settings(max_examples=30, deadline=None)
@given(offset_s=st.floats(0, 59), count=st.integers(1, 240))
def test_calls_are_spread_by_what_is_left_so_that_hardly_any_is_refused(offset_s, count):
    account = Account(offset_s=offset_s)
    took_s = account.serve(count)
    assert account.refused <= 3
    assert took_s <= 60 * (count / 30 + 1)


def test_a_few_calls_are_not_slowed_down():
    account = Account()
    assert account.serve(30) < 5


@settings(max_examples=20, deadline=None)
@given(count=st.integers(60, 200))
def test_a_supplier_that_says_nothing_is_backed_off_from_when_it_refuses(count):
    account = Account(tells=False)
    took_s = account.serve(count)
    assert account.refused <= 8 * (count / 60 + 1)
    assert took_s <= 70 * (count / 60 + 1)


def refusals(*answers: Answer) -> list[float]:
    """The pause after each answer; the next call is made when it is over."""
    gate, now, pauses = AccountGate(), NOW, []
    for answer in answers:
        gate = answered(gate, now, answer, per_minute=60)
        permit = look(gate, now)
        pauses.append(permit.wait_s)
        now += timedelta(seconds=permit.wait_s)
    return pauses


def test_refusals_in_a_row_double_the_pause_and_an_answer_ends_it():
    assert refusals(*[Answer(429)] * 8) == [*BACK_OFF_S, 60.0]
    assert refusals(Answer(429), Answer(429), FINE, Answer(429)) == [1, 2, 0, 1]


def test_what_the_supplier_asks_for_is_kept_to_but_no_longer_than_an_hour():
    assert refusals(Answer(429, retry_after_s=7.0)) == [7]
    assert refusals(Answer(429, retry_after_s=86_400.0)) == [3600]


def test_ten_calls_refused_at_once_lengthen_the_pause_once():
    gate = AccountGate()
    for _ in range(10):
        gate = answered(gate, NOW, Answer(429), per_minute=60)
    assert (gate.refusals, look(gate, NOW).wait_s) == (1, 1)


def test_a_clock_that_was_set_back_blocks_nobody_for_longer_than_was_meant():
    gate = answered(AccountGate(), NOW, Answer(429, retry_after_s=600), per_minute=60)
    assert look(gate, NOW - timedelta(days=1)).granted
    for _ in range(5):
        gate = answered(gate, NOW, FAILED, per_minute=60)
    assert look(gate, NOW - timedelta(days=1)).granted


def fail(calls: SupplierCalls, times: int = 5) -> None:
    for _ in range(times):
        calls.enter("S", "GET", longest_call_s=5.0)
        calls.answered("GET", FAILED, seconds=1.0, per_minute=60)


def test_five_failures_in_a_row_open_the_circuit_and_one_probe_closes_it():
    account = Account()
    calls, others = account.calls(), account.calls()
    fail(calls)
    with pytest.raises(CircuitOpenError) as refused:
        others.enter("S", "GET", longest_call_s=5.0)
    assert refused.value.retry_after_s == 2
    account.clock.advance_s(2)
    calls.enter("S", "GET", longest_call_s=5.0)
    assert account.gates.read("ss:1").circuit(account.clock.now()) is Circuit.HALF_OPEN
    with pytest.raises(CircuitOpenError):
        others.enter("S", "GET", longest_call_s=5.0)
    calls.answered("GET", FINE, seconds=1.0, per_minute=60)
    others.enter("S", "GET", longest_call_s=5.0)


def test_a_probe_that_fails_leaves_the_supplier_alone_for_twice_as_long_up_to_five_minutes():
    account = Account()
    calls = account.calls()
    fail(calls)
    waits = []
    for _ in range(9):
        waits.append(calls.wait_s())
        account.clock.advance_s(waits[-1])
        fail(calls, 1)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300]


def test_a_probe_that_never_came_back_is_followed_by_another():
    account = Account()
    fail(account.calls())
    account.clock.advance_s(2)
    account.calls().enter("S", "GET", longest_call_s=5.0)
    account.clock.advance_s(5.1)
    account.calls().enter("S", "GET", longest_call_s=5.0)


def test_failures_with_an_answer_between_them_open_nothing():
    account = Account()
    calls = account.calls()
    for _ in range(5):
        fail(calls, 4)
        calls.answered("GET", Answer(404), seconds=0.1, per_minute=60)
    assert calls.wait_s() == 0


def test_calls_that_were_under_way_when_the_circuit_opened_do_not_lengthen_it():
    account = Account()
    calls = account.calls()
    fail(calls)
    for _ in range(20):
        calls.answered("GET", FAILED, seconds=1.0, per_minute=60)
    assert calls.wait_s() == 2


def test_a_person_who_asks_now_lets_one_call_through():
    account = Account()
    fail(account.calls())
    account.calls().try_now()
    account.calls().enter("S", "GET", longest_call_s=5.0)
    with pytest.raises(CircuitOpenError):
        account.calls().enter("S", "GET", longest_call_s=5.0)


def test_every_call_is_reported_also_those_that_were_not_sent():
    account = Account()
    calls = account.calls()
    account.call(calls)
    fail(calls)
    with pytest.raises(CircuitOpenError):
        calls.enter("S", "GET", longest_call_s=5.0)
    assert [report.outcome for report in account.reports] == ["200", *["no answer"] * 5, "not sent"]
