"""Connections that do nothing for a while, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

BY_PERSON = "paused"
"""The code of a pause that a person asked for: nothing is bought. Looking, following and telling the shop go on."""


@dataclass(frozen=True, slots=True)
class Pause:
    """``until`` None: until a person resumes it. ``times``: pauses for the same reason in a row.

    Unless it is ``by_person`` nothing at all is done for the connection while it lasts.
    """

    connection: str
    code: str
    reason: str
    next_action: str
    since: datetime
    until: datetime | None
    times: int = 1

    @property
    def by_person(self) -> bool:
        """Whether a person asked for it, and only a person ends it."""
        return self.code == BY_PERSON


class Pauses(Protocol):
    """Keeps pauses. Safe between threads and processes. Raises StorageError when the storage fails."""

    def pause(self, pause: Pause) -> None:
        """Pause a connection, or replace its pause; a person's is replaced by a person's only."""
        ...

    def resume(self, connection: str, *, by_person: bool = False) -> bool:
        """End a connection's pause; tells whether there was one. A person's is ended only ``by_person``."""
        ...

    def all(self) -> dict[str, Pause]:
        """Every pause by connection, those that are over too: they tell how often in a row."""
        ...
