"""What every keeper of account gates promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from order_sync.core.model.account_gate import AccountGate
from order_sync.core.ports import AccountGates
from order_sync.plugins.contracts.builders import NOW
from order_sync.plugins.contracts.keeping import all_at_once

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


class AccountGatesContract:
    """What AccountGates promise: a gate is changed by one at a time, and comes back whole.

    The subclass gives:
        account_gates: AccountGates that have heard of no account, made anew for every test.
    """

    def test_an_account_never_heard_of_has_an_open_gate(self, account_gates: AccountGates) -> None:
        assert account_gates.read("ss:1") == AccountGate()
        assert account_gates.all() == {}

    def test_a_gate_comes_back_as_it_was_put(self, account_gates: AccountGates) -> None:
        put(account_gates, "ss:1", GATE)
        put(account_gates, "ss:2", AccountGate(failures=1))
        assert account_gates.read("ss:1") == GATE
        assert account_gates.all() == {"ss:1": GATE, "ss:2": AccountGate(failures=1)}

    def test_a_change_sees_the_gate_and_returns_the_other_part(self, account_gates: AccountGates) -> None:
        put(account_gates, "ss:1", GATE)
        assert account_gates.change("ss:1", lambda gate: (replace(gate, failures=0), gate.failures)) == 4
        assert account_gates.read("ss:1") == replace(GATE, failures=0)

    def test_a_change_that_raises_changes_nothing(self, account_gates: AccountGates) -> None:
        put(account_gates, "ss:1", GATE)

        def broken(gate: AccountGate) -> tuple[AccountGate, None]:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            account_gates.change("ss:1", broken)
        assert account_gates.read("ss:1") == GATE

    def test_changes_of_many_threads_at_once_are_all_kept(self, account_gates: AccountGates) -> None:
        def count(number: int) -> None:
            for _ in range(10):
                account_gates.change("ss:1", lambda gate: (replace(gate, failures=gate.failures + 1), None))

        all_at_once(count, threads=10)
        assert account_gates.read("ss:1").failures == 100


def put(account_gates: AccountGates, account: str, gate: AccountGate) -> None:
    """Replace the gate, whatever it was."""
    account_gates.change(account, lambda before: (gate, None))
