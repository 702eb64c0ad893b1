"""A clock that the test owns: sleeping moves it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from tests.builders import NOW


class ManualClock:
    """Stands still until `advance_s` or `sleep_s`; remembers in ``slept`` how long it was asked to sleep."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def sleep_s(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance_s(seconds)

    def advance_s(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)
