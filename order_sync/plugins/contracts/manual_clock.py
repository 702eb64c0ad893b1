"""A clock that the test owns: sleeping moves it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from order_sync.plugins.contracts.builders import NOW


class ManualClock:
    """The Clock port, standing still until `advance_s` or `sleep_s`; remembers in ``slept`` what it was asked for."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        """See Clock."""
        return self._now

    def sleep_s(self, seconds: float) -> None:
        """See Clock. It is over at once."""
        self.slept.append(seconds)
        self.advance_s(max(0.0, seconds))

    def advance_s(self, seconds: float) -> None:
        """Let time pass (seconds)."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
