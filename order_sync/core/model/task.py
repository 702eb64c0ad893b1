"""Something that a person has to see to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from order_sync.core.model.sync_record import RecordLine, SyncRecord


class TaskKind(StrEnum):
    """What kind of trouble it is."""

    IN_DOUBT = "in_doubt"  # nobody knows yet whether it was bought
    REJECTED = "rejected"  # the supplier refused it
    HELD = "held"  # a person must decide before it is bought
    ATTENTION = "attention"  # bought, and something about it needs a person
    OVERDUE = "overdue"  # something should have happened by now


@dataclass(frozen=True)
class Task:
    """One record that needs a person.

    Attributes:
        reason_code, reason: the record's own, or why it is overdue.
        lines: the lines at fault; empty when it is the order as a whole.
        since: since when it stands so.
        deadline: by when somebody should have acted.
    """

    record: SyncRecord
    kind: TaskKind
    reason_code: str
    reason: str
    lines: tuple[RecordLine, ...]
    next_action: str
    since: datetime
    deadline: datetime

    def is_late(self, now: datetime) -> bool:
        """Whether the deadline has passed."""
        return now > self.deadline
