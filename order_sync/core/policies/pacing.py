"""When a supplier account may be called: spread by what it says is left, paused by refusals, cut off by failures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from order_sync.core.model.account_gate import LONGEST_OPENING_S, AccountGate, Circuit

WINDOW_S = 60.0
"""What the supplier says is left counts for this long (S&S counts requests per minute, API v2)."""
BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""After a refusal that does not say how long (S&S is not known to send Retry-After)."""
LONGEST_INTERVAL_S = 5.0
"""Nobody says when the window began, so an account that is used up is asked again this often."""
AFTER_REFUSAL_S = 1.0
"""Between two calls until one after a refusal was answered, so that not all come at once."""
FAILURES_TO_OPEN = 5
FIRST_OPENING_S = 2.0
LONGEST_PAUSE_S = 3600.0
"""No supplier is believed that asks for more."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a call may be made, and after how many seconds. ``circuit``: refused because of failures."""

    granted: bool
    wait_s: float = 0.0
    circuit: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call brought. ``status`` None: no proper answer. ``remaining``, ``retry_after_s``: if told."""

    status: int | None
    remaining: int | None = None
    retry_after_s: float | None = None


def ask(gate: AccountGate, now: datetime, *, longest_wait_s: float, probe_s: float) -> tuple[AccountGate, Permit]:
    """Whether a call may be made, and the gate after that.

    Args:
        longest_wait_s: a place in the row is taken when it comes within that time.
        probe_s: the longest a call takes; after that another may find out whether the supplier works.
    """
    permit = look(gate, now)
    if not permit.granted or permit.wait_s > longest_wait_s:
        return gate, Permit(False, permit.wait_s, permit.circuit)
    if gate.circuit(now) is Circuit.HALF_OPEN:
        gate = replace(gate, probe_until=now + timedelta(seconds=probe_s))
    if interval := interval_s(gate, now):
        gate = replace(gate, next_at=now + timedelta(seconds=permit.wait_s + interval))
    return gate, permit


def look(gate: AccountGate, now: datetime) -> Permit:
    """When the next call may be made, without taking the place."""
    if wait := _ahead(gate.open_until, now, at_most_s=LONGEST_OPENING_S):
        return Permit(False, wait, circuit=True)
    probe = _ahead(gate.probe_until, now, at_most_s=LONGEST_PAUSE_S)
    if probe and gate.circuit(now) is Circuit.HALF_OPEN:
        return Permit(False, min(1.0, probe), circuit=True)
    if wait := _ahead(gate.blocked_until, now, at_most_s=LONGEST_PAUSE_S):
        return Permit(False, wait)
    spread = interval_s(gate, now)
    return Permit(True, _ahead(gate.next_at, now, at_most_s=WINDOW_S) if spread else 0.0)


def interval_s(gate: AccountGate, now: datetime) -> float:
    """Seconds between two calls at present, so that what is left lasts as long as the window; 0: no need."""
    interval = AFTER_REFUSAL_S if gate.refusals else 0.0
    if gate.remaining is None or gate.window_from is None:
        return interval
    left_s = WINDOW_S - (now - gate.window_from).total_seconds()
    if not 0 < left_s <= WINDOW_S:
        return interval
    return max(interval, min(LONGEST_INTERVAL_S, left_s / max(1, gate.remaining)))


def answered(gate: AccountGate, now: datetime, answer: Answer, *, per_minute: int) -> AccountGate:
    """The gate after a call.

    Args:
        per_minute: what the account may do in a minute. While half of that is left, calls are not spread.
    """
    if answer.status is None or answer.status >= 500:
        return _failed(gate, now)
    gate = replace(gate, failures=0, openings=0, open_until=None, probe_until=None)
    if answer.remaining is not None:
        gate = _told(gate, now, answer.remaining, per_minute)
    if answer.status == 429:
        return _refused(gate, now, answer.retry_after_s)
    return replace(gate, refusals=0) if gate.blocked_until is None or now >= gate.blocked_until else gate


def _told(gate: AccountGate, now: datetime, remaining: int, per_minute: int) -> AccountGate:
    """A window is new when the old one must be over, or when far more is left than was.

    Answers overtake one another, so a little more is no sign. Without scarcity, one write a window is enough.
    """
    age_s = (now - gate.window_from).total_seconds() if gate.window_from else WINDOW_S
    known = gate.remaining if gate.remaining is not None else per_minute
    if not 0 <= age_s < WINDOW_S or remaining > known + per_minute / 3:
        gate = replace(gate, window_from=now, remaining=None)
    return replace(gate, remaining=remaining) if remaining < per_minute / 2 else gate


def _refused(gate: AccountGate, now: datetime, wanted_s: float | None) -> AccountGate:
    blocked = gate.blocked_until is not None and now < gate.blocked_until
    # ten calls refused at the same moment lengthen the pause once, not ten times
    refusals = gate.refusals if blocked and gate.refusals else gate.refusals + 1
    pause = BACK_OFF_S[min(refusals, len(BACK_OFF_S)) - 1] if wanted_s is None else min(wanted_s, LONGEST_PAUSE_S)
    until = now + timedelta(seconds=pause)
    if blocked and gate.blocked_until is not None and wanted_s is None:
        until = gate.blocked_until
    elif gate.blocked_until is not None:
        until = max(until, gate.blocked_until)
    return replace(gate, refusals=refusals, refused_at=now, blocked_until=until)


def _failed(gate: AccountGate, now: datetime) -> AccountGate:
    if gate.circuit(now) is Circuit.OPEN:
        return gate  # it was under way when the circuit opened
    failures = gate.failures + 1
    if failures < FAILURES_TO_OPEN and gate.open_until is None:
        return replace(gate, failures=failures)
    length = min(LONGEST_OPENING_S, FIRST_OPENING_S * 2.0 ** min(gate.openings, 20))
    return replace(
        gate,
        failures=failures,
        openings=gate.openings + 1,
        open_until=now + timedelta(seconds=length),
        probe_until=None,
    )


def _ahead(until: datetime | None, now: datetime, *, at_most_s: float) -> float:
    """Seconds until then; 0 when it is past, or so far ahead that the clock must have been set back meanwhile."""
    wait = 0.0 if until is None else (until - now).total_seconds()
    return wait if 0 < wait <= at_most_s + 0.001 else 0.0
