"""The time both simulators live by."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _real_now() -> datetime:
    return datetime.now(UTC)


class SandboxClock:
    """Aware UTC time that a test can push forward; reads real time unless told otherwise.

    `now` may be any callable that returns an aware datetime, for instance a manual clock of the tests.
    """

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now or _real_now
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return self._now().astimezone(UTC) + self._ahead

    def advance(self, seconds: float) -> datetime:
        """Let time pass at once; returns the new now."""
        with self._lock:
            self._ahead += timedelta(seconds=seconds)
        return self()
