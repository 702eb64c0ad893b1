"""What every keeper of account gates and pauses promises."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from order_sync.core.model.account_gate import AccountGate
from order_sync.core.ports import BY_PERSON, Pause
from tests.builders import NOW

GATE = AccountGate(
    next_at=NOW,
    remaining=3,
    window_from=NOW - timedelta(seconds=30),
    blocked_until=NOW + timedelta(seconds=1.25),
    refusals=2,
    refused_at=NOW,
    failures=4,
    openings=1,
    open_until=NOW + timedelta(seconds=2),
    probe_until=NOW + timedelta(seconds=9),
)


def put(gates, account, gate):
    gates.change(account, lambda before: (gate, None))


def test_an_account_never_heard_of_has_an_open_gate(storage):
    assert storage.gates.read("ss:1") == AccountGate()
    assert storage.gates.all() == {}


def test_a_gate_comes_back_as_it_was_put(storage):
    put(storage.gates, "ss:1", GATE)
    put(storage.gates, "ss:2", AccountGate(failures=1))
    assert storage.gates.read("ss:1") == GATE
    assert storage.gates.all() == {"ss:1": GATE, "ss:2": AccountGate(failures=1)}


def test_a_change_sees_the_gate_and_returns_the_other_part(storage):
    put(storage.gates, "ss:1", GATE)
    assert storage.gates.change("ss:1", lambda gate: (replace(gate, failures=0), gate.failures)) == 4
    assert storage.gates.read("ss:1") == replace(GATE, failures=0)


def test_a_change_that_raises_changes_nothing(storage):
    put(storage.gates, "ss:1", GATE)

    def broken(gate):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        storage.gates.change("ss:1", broken)
    assert storage.gates.read("ss:1") == GATE


def test_changes_of_many_threads_at_once_are_all_kept(storage):
    start = threading.Barrier(10)

    def count() -> None:
        start.wait()
        for _ in range(10):
            storage.gates.change("ss:1", lambda gate: (replace(gate, failures=gate.failures + 1), None))

    threads = [threading.Thread(target=count) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage.gates.read("ss:1").failures == 100


def a_pause(**overrides):
    values = {
        "connection": "main",
        "code": "authentication",
        "reason": "Refused.",
        "next_action": "Mend it.",
        "since": NOW,
        "until": NOW + timedelta(minutes=1),
        "times": 1,
    }
    return Pause(**{**values, **overrides})


def test_a_pause_comes_back_as_it_was_put(storage):
    forever = a_pause(connection="second", until=None, times=3)
    storage.pauses.pause(a_pause())
    storage.pauses.pause(forever)
    assert storage.pauses.all() == {"main": a_pause(), "second": forever}


def test_a_new_pause_replaces_the_one_before(storage):
    storage.pauses.pause(a_pause())
    storage.pauses.pause(a_pause(times=2))
    assert storage.pauses.all() == {"main": a_pause(times=2)}


def test_a_pause_that_is_over_is_still_told_of_until_it_is_resumed(storage):
    storage.pauses.pause(a_pause(until=NOW - timedelta(days=1)))
    assert set(storage.pauses.all()) == {"main"}
    assert storage.pauses.resume("main") is True
    assert storage.pauses.resume("main") is False
    assert storage.pauses.all() == {}


def a_persons_pause(**overrides):
    return a_pause(code=BY_PERSON, until=None, reason="Stocktaking.", **overrides)


def test_a_persons_pause_is_replaced_by_a_person_only(storage):
    storage.pauses.pause(a_pause())
    storage.pauses.pause(a_persons_pause())
    storage.pauses.pause(a_pause(code="uninstalled"))
    assert storage.pauses.all() == {"main": a_persons_pause()}
    storage.pauses.pause(a_persons_pause(since=NOW + timedelta(hours=1)))
    assert storage.pauses.all()["main"].since == NOW + timedelta(hours=1)


def test_a_persons_pause_is_ended_by_a_person_only(storage):
    storage.pauses.pause(a_persons_pause())
    assert storage.pauses.resume("main") is False
    assert set(storage.pauses.all()) == {"main"}
    assert storage.pauses.resume("main", by_person=True) is True
    assert storage.pauses.all() == {}


def test_a_person_ends_any_pause(storage):
    storage.pauses.pause(a_pause())
    assert storage.pauses.resume("main", by_person=True) is True
    assert storage.pauses.all() == {}
