"""When the next request may be made: Shopify's bucket of points, remembered and refilled.

A request costs points that are asked for before it runs (requested cost); the bucket refills by a fixed rate.
Source: Shopify Admin API 2026-10, extensions.cost of every answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from order_sync.core.errors import RateLimitedError, ServiceError
from order_sync.core.ports import Clock

LEAST_WAIT_S = 1.0
LONGEST_PACING_S = 30.0
"""Before a request; a bucket that is emptier than this is answered by Shopify, not by us."""
WAITED_IN_TOTAL_S = 60.0
TRIES = 8
WITHOUT_ADVICE_S = 2.0
"""Pause after a refusal that says nothing about when to come back."""
READ_PAUSES_S = (0.3, 1.0)
"""Before the second and the third try of a read that failed."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer says about points: asked for by this request, left, most there can be, new ones a second."""

    requested: float
    available: float
    maximum: float
    restore_rate: float

    def shortage_s(self, wanted: float) -> float:
        """Seconds until that many points are there; a request above the maximum waits for a full bucket."""
        return max(0.0, (min(wanted, self.maximum) - self.available) / self.restore_rate)


def cost_of(extensions: Any) -> Cost | None:
    """The cost in an answer's extensions, or None when it is not stated in full."""
    try:
        cost = extensions["cost"]
        status = cost["throttleStatus"]
        found = Cost(
            float(cost["requestedQueryCost"]),
            float(status["currentlyAvailable"]),
            float(status["maximumAvailable"]),
            float(status["restoreRate"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    numbers = (found.requested, found.available, found.maximum, found.restore_rate)
    return found if all(map(math.isfinite, numbers)) and found.restore_rate > 0 else None


class CostGate:
    """Spreads the requests of one shop over time. Thread-safe.

    Ask `reserve` before a request, tell `note` what the answer said. Points are taken at `reserve`, so that
    ten threads that ask together do not all see the same points.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._requested: dict[str, float] = {}
        self._last: Cost | None = None
        self._as_of: datetime | None = None

    def reserve(self, operation: str) -> float:
        """Take the points of an operation; returns the seconds to wait before sending it."""
        with self._lock:
            wanted = self._requested.get(operation)
            if wanted is None or self._last is None or self._as_of is None:
                return 0.0
            now = self._clock.now()
            elapsed_s = max(0.0, (now - self._as_of).total_seconds())
            refilled = min(self._last.maximum, self._last.available + elapsed_s * self._last.restore_rate)
            full = Cost(wanted, refilled, self._last.maximum, self._last.restore_rate)
            self._last = Cost(wanted, refilled - wanted, full.maximum, full.restore_rate)
            self._as_of = now
            return min(full.shortage_s(wanted), LONGEST_PACING_S)

    def note(self, operation: str, cost: Cost) -> None:
        """Remember what an answer says."""
        with self._lock:
            self._requested[operation] = cost.requested
            self._last = cost
            self._as_of = self._clock.now()


class Patience:
    """How long one question may go on: refusals for too many requests are waited out, failed reads repeated."""

    def __init__(self, *, write: bool) -> None:
        self._write = write
        self._tries = 1
        self._waited_s = 0.0
        self._failures = 0

    def pause_s(self, error: ServiceError) -> float | None:
        """Seconds to wait before the next try, or None: give up.

        A request that was refused for its cost was not carried out, so a write may be repeated after it; after
        any other error a write never is.
        """
        if isinstance(error, RateLimitedError):
            wanted = WITHOUT_ADVICE_S if error.retry_after_s is None else error.retry_after_s
            wanted = max(LEAST_WAIT_S, wanted)
            if self._tries >= TRIES or self._waited_s + wanted > WAITED_IN_TOTAL_S:
                return None
            self._tries += 1
            self._waited_s += wanted
            return wanted
        if self._write or self._failures >= len(READ_PAUSES_S):
            return None
        self._failures += 1
        return READ_PAUSES_S[self._failures - 1]
