"""What is known about when a supplier account may be called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_OPENING_S = 300.0
"""However often in a row the circuit opens, it is never open for longer than this."""


class Circuit(StrEnum):
    """Whether calls go through: closed as long as the supplier works, open after failures in a row."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"  # one call at a time finds out


@dataclass(frozen=True, slots=True)
class AccountGate:
    """The state of one supplier account's gate, shared by every process. Times are aware UTC.

    Attributes:
        next_at: no call before this moment (GCRA's theoretical arrival time).
        remaining: calls left in the supplier's window, as it said last; stored when few are.
        window_from: since when that window runs, as far as can be seen.
        blocked_until: the supplier refused (429) and asked for, or was given, a pause until then.
        refusals: refusals in a row; the last at ``refused_at``.
        failures: calls in a row that got no proper answer.
        openings: how often in a row the circuit opened; each lasts longer than the one before.
        open_until: no call before this moment, then one that finds out.
        probe_until: somebody is finding out, until then at most.
    """

    next_at: datetime | None = None
    remaining: int | None = None
    window_from: datetime | None = None
    blocked_until: datetime | None = None
    refusals: int = 0
    refused_at: datetime | None = None
    failures: int = 0
    openings: int = 0
    open_until: datetime | None = None
    probe_until: datetime | None = None

    def circuit(self, now: datetime) -> Circuit:
        """Whether calls go through."""
        if self.open_until is None:
            return Circuit.CLOSED
        # further ahead than any opening lasts: the clock was set back meanwhile, so somebody had better find out
        opens = timedelta() < self.open_until - now <= timedelta(seconds=LONGEST_OPENING_S)
        return Circuit.OPEN if opens else Circuit.HALF_OPEN
