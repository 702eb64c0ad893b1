"""Connections that do nothing for a while, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pause:
    """``until`` None: until a person resumes it. ``times``: pauses for the same reason in a row."""

    connection: str
    code: str
    reason: str
    next_action: str
    since: datetime
    until: datetime | None
    times: int = 1


class Pauses(Protocol):
    """Keeps pauses. Safe between threads and processes. Raises StorageError when the storage fails."""

    def pause(self, pause: Pause) -> None:
        """Pause a connection, or replace its pause."""
        ...

    def resume(self, connection: str) -> bool:
        """End a connection's pause; tells whether there was one."""
        ...

    def all(self) -> dict[str, Pause]:
        """Every pause by connection, those that are over too: they tell how often in a row."""
        ...
