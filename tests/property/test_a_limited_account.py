"""However calls come, one account's clients share what the supplier allows in a minute."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.core.model.account_gate import LONGEST_OPENING_S, AccountGate
from order_sync.core.policies.pacing import (
    LONGEST_PAUSE_S,
    WINDOW_S,
    Answer,
    answered,
    ask,
    look,
)
from tests.builders import NOW
from tests.fakes.limited_supplier import FixedMinutes, simulate

LOADS = {
    "clients": st.integers(1, 16),
    "calls": st.integers(1, 250),
    "latency_s": st.sampled_from([0.02, 0.1, 0.4, 2.0]),
    "phase_s": st.floats(0, 59.9),
}


@settings(max_examples=60, deadline=None)
@given(**LOADS)
def test_with_what_is_left_told_hardly_a_call_is_refused_and_none_takes_longer_than_the_limit_needs(
    clients, calls, latency_s, phase_s
):
    outcome = simulate(FixedMinutes(phase_s=phase_s), clients=clients, calls=calls, latency_s=latency_s)
    assert len(outcome.ended_s) == calls
    assert outcome.refused <= 8
    needed_s = max(calls - 60, calls * latency_s / clients, 0)
    assert outcome.ended_s[-1] <= needed_s + 75
    assert max(outcome.waits_s) <= 90


@settings(max_examples=30, deadline=None)
@given(**LOADS)
def test_without_it_every_call_goes_through_all_the_same(clients, calls, latency_s, phase_s):
    supplier = FixedMinutes(phase_s=phase_s, tells=False)
    outcome = simulate(supplier, clients=clients, calls=calls, latency_s=latency_s)
    assert len(outcome.ended_s) == calls
    assert outcome.ended_s[-1] <= max(calls - 60, calls * latency_s / clients, 0) + 150
    assert max(outcome.waits_s) <= 90


def test_fewer_calls_than_half_the_limit_are_not_spread_at_all():
    outcome = simulate(FixedMinutes(), clients=4, calls=30, latency_s=0.1)
    assert max(outcome.waits_s) == 0


ANSWERS = st.builds(
    Answer,
    status=st.sampled_from([200, 200, 404, 429, 500, None]),
    remaining=st.none() | st.integers(0, 60),
    retry_after_s=st.none() | st.floats(0, 1e6),
)
STEPS = st.lists(st.tuples(st.sampled_from(["ask", "answer"]), st.floats(0, 90), ANSWERS), max_size=30)


def lived_through(steps):
    gate, now = AccountGate(), NOW
    for what, passed_s, answer in steps:
        now += timedelta(seconds=passed_s)
        if what == "ask":
            gate, _ = ask(gate, now, longest_wait_s=5, probe_s=30)
        else:
            gate = answered(gate, now, answer, per_minute=60)
    return gate, now


@settings(max_examples=200, deadline=None)
@given(STEPS, st.floats(0, 1e7))
def test_a_clock_set_back_never_blocks_for_longer_than_was_meant(steps, back_s):
    gate, now = lived_through(steps)
    permit = look(gate, now - timedelta(seconds=back_s))
    longest_s = LONGEST_OPENING_S if permit.circuit else WINDOW_S if permit.granted else LONGEST_PAUSE_S
    assert 0 <= permit.wait_s <= longest_s + 0.01


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_whoever_waits_as_told_is_let_in_at_last(steps):
    gate, now = lived_through(steps)
    for _ in range(80):
        gate, permit = ask(gate, now, longest_wait_s=5, probe_s=30)
        if permit.granted:
            return
        assert permit.wait_s > 0
        now += timedelta(seconds=permit.wait_s)
    raise AssertionError(gate)
