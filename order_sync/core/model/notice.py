"""What people were told of, so that one cause is told once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A cause that stands, or a mark of ours (its ``cause`` begins with ``#``).

    Attributes:
        connection: empty for what concerns all.
        since: when it was first seen.
        told_at: when a message about it went out; None: not yet.
        count: how many orders it concerned when it was told.
    """

    connection: str
    cause: str
    since: datetime
    told_at: datetime | None = None
    count: int = 0
