"""Time, so that tests own it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of day and waiting."""

    def now(self) -> datetime:
        """The present moment, aware UTC; never earlier than the last one told by this clock."""
        ...

    def sleep_s(self, seconds: float) -> None:
        """Wait that long (seconds)."""
        ...
