"""Which records are at rest: nothing more is expected of them, so customers' data need not be kept for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from order_sync.core.model.sync_record import State, SyncRecord

REST = frozenset({State.COMPLETED, State.CANCELLED, State.IGNORED})
"""Every other state is under way, in doubt, bought but not shipped, or asks something of a person."""


def at_rest(record: SyncRecord) -> bool:
    """Whether nothing more is expected of a record, by itself or by a person."""
    return record.state in REST and record.due_at is None and not record.needs_person


def are_at_rest(records: Iterable[SyncRecord], *, before: datetime) -> bool:
    """Whether all records of an order are at rest since before a moment: one that is not keeps the others' data."""
    return all(at_rest(r) and r.updated_at is not None and r.updated_at < before for r in records)
