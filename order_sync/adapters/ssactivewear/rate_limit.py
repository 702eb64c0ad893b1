"""When the next call may be made: what 429 and the remaining-calls header say, remembered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

from order_sync.adapters.http_support import retry_after_s
from order_sync.core.ports import Clock

REMAINING_HEADER = "x-rate-limit-remaining"
"""On every answer, counts down from 60 a minute (seen in client code; no page of S&S states it)."""

BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""After 429 without Retry-After, which S&S is not known to send."""

EMPTY_PAUSE_S = 1.0
"""Pause when nothing remains. Assumed: the window and its reset are not documented."""


class RateLimit:
    """The gate in front of every call of one account. Thread-safe.

    Ask `wait_s` before a call, tell `answered` after it. `answered` takes the ticket of `ticket()` from before
    the call, so that ten calls refused at the same moment lengthen the pause once, not ten times.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._not_before: datetime | None = None
        self._refusals = 0
        self._generation = 0
        self.remaining: int | None = None

    def ticket(self) -> int:
        """A mark of what is known now, to be handed back with the answer."""
        with self._lock:
            return self._generation

    def wait_s(self) -> float:
        """Seconds until a call may be made; 0 when it may be made now."""
        with self._lock:
            if self._not_before is None:
                return 0.0
            return max(0.0, (self._not_before - self._clock.now()).total_seconds())

    def answered(self, status: int, headers: Mapping[str, str], ticket: int) -> float | None:
        """Remember an answer. For a 429 the pause in seconds, else None."""
        now = self._clock.now()
        with self._lock:
            self._note_remaining(headers, now)
            if status == 429:
                return self._refused(headers, now, ticket)
            if ticket == self._generation and (status < 400 or status in (400, 404, 422)):
                self._refusals = 0
            return None

    def _note_remaining(self, headers: Mapping[str, str], now: datetime) -> None:
        text = next((value for name, value in headers.items() if name.lower() == REMAINING_HEADER), "").strip()
        if not re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII):
            return
        self.remaining = int(text)
        if self.remaining <= 0:
            self._pause(now, EMPTY_PAUSE_S)

    def _refused(self, headers: Mapping[str, str], now: datetime, ticket: int) -> float:
        if ticket == self._generation:
            self._refusals += 1
            self._generation += 1
        wanted = retry_after_s(headers, now)
        if wanted is None:
            wanted = BACK_OFF_S[min(max(self._refusals, 1), len(BACK_OFF_S)) - 1]
        self._pause(now, wanted)
        return wanted

    def _pause(self, now: datetime, seconds: float) -> None:
        until = now + timedelta(seconds=seconds)
        if self._not_before is None or until > self._not_before:
            self._not_before = until
