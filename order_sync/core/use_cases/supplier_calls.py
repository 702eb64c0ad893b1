"""Every call to a supplier account passes here: asked before, told after, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from order_sync.core.errors import CircuitOpenError, RateLimitedError
from order_sync.core.model.account_gate import AccountGate, Circuit
from order_sync.core.policies.pacing import Answer, Permit, answered, ask, interval_s, look
from order_sync.core.ports import AccountGates, Clock

LONGEST_WAIT_S = 5.0
"""A call that may be made this soon is waited for; one that may not is put off."""


@dataclass(frozen=True, slots=True)
class CallReport:
    """A call that ended. ``outcome``: the status, "no answer", or "not sent"."""

    account: str
    operation: str
    outcome: str
    seconds: float


class SupplierCalls:
    """The gate in front of every call of one account, for all threads and processes. Thread-safe.

    Args:
        account: what the limit counts for.
        report: is told about every call.
    """

    def __init__(
        self,
        gates: AccountGates,
        clock: Clock,
        account: str,
        *,
        report: Callable[[CallReport], None] | None = None,
    ) -> None:
        self._gates = gates
        self._clock = clock
        self._account = account
        self._report = report or (lambda report: None)

    def wait_s(self) -> float:
        """Seconds until a call may be made, as far as known; 0: now."""
        return look(self._gates.read(self._account), self._clock.now()).wait_s

    def spread_s(self) -> float:
        """Seconds between two calls at present; 0: they need not be spread."""
        return interval_s(self._gates.read(self._account), self._clock.now())

    def try_now(self) -> None:
        """Somebody wants to know now: an open circuit lets one call through, which finds out."""

        def step(gate: AccountGate) -> tuple[AccountGate, None]:
            now = self._clock.now()
            return (replace(gate, open_until=now) if gate.circuit(now) is Circuit.OPEN else gate), None

        if self._gates.read(self._account).open_until is not None:
            self._gates.change(self._account, step)

    def enter(self, service: str, operation: str, *, longest_call_s: float) -> None:
        """Return when the call may be made; waits up to LONGEST_WAIT_S for that.

        Raises:
            RateLimitedError: the account may not call for longer than that; nothing was sent.
            CircuitOpenError: the supplier failed too often; nothing was sent.
        """
        permit = self._ask(longest_call_s)
        if not permit.granted:
            self._report(CallReport(self._account, operation, "not sent", 0.0))
            raise _not_sent(permit, service, operation)
        if permit.wait_s:
            self._clock.sleep_s(permit.wait_s)

    def answered(self, operation: str, answer: Answer, *, seconds: float, per_minute: int) -> float | None:
        """Tell what a call brought, and how long it took; for a 429 the seconds to wait, else None.

        Args:
            per_minute: calls that the account may make in a minute.
        """
        self._report(CallReport(self._account, operation, str(answer.status or "no answer"), seconds))
        now = self._clock.now()

        def step(gate: AccountGate) -> tuple[AccountGate, AccountGate]:
            after = answered(gate, now, answer, per_minute=per_minute)
            return after, after

        gate = self._gates.read(self._account)
        if step(gate)[0] != gate:
            gate = self._gates.change(self._account, step)
        if answer.status != 429 or gate.blocked_until is None:
            return None
        return max(0.0, (gate.blocked_until - now).total_seconds())

    def _ask(self, longest_call_s: float) -> Permit:
        now = self._clock.now()

        def step(gate: AccountGate) -> tuple[AccountGate, Permit]:
            return ask(gate, now, longest_wait_s=LONGEST_WAIT_S, probe_s=longest_call_s)

        before = self._gates.read(self._account)
        after, permit = step(before)
        # an open gate is passed without a write, and a refusal needs none
        return permit if after == before else self._gates.change(self._account, step)


def _not_sent(refused: Permit, service: str, operation: str) -> RateLimitedError | CircuitOpenError:
    if refused.circuit:
        return CircuitOpenError(
            f"{service} failed too often; {operation} was not sent. It is tried again in {refused.wait_s:.0f} s.",
            retry_after_s=refused.wait_s,
            next_step="It is tried again by itself.",
            service=service,
            operation=operation,
        )
    return RateLimitedError(
        f"{service} allows no call for another {refused.wait_s:.1f} s; {operation} was not sent.",
        retry_after_s=refused.wait_s,
        next_step="It is tried again later.",
        service=service,
        operation=operation,
    )
