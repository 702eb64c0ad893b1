"""By when a person should have acted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.model.task import TaskKind

BY_CODE: Mapping[str, timedelta] = {
    # money or goods are on the wrong way, and every hour counts
    "duplicate_at_supplier": timedelta(hours=4),
    "address_drift": timedelta(hours=4),
    "not_cancelled": timedelta(hours=4),
    "unrecorded_purchase": timedelta(hours=8),
    # nothing will be bought until it is mended
    "authentication": timedelta(hours=4),
    "access_denied": timedelta(hours=4),
    "settings": timedelta(hours=4),
    "configuration": timedelta(hours=4),
}
BY_KIND: Mapping[TaskKind, timedelta] = {
    TaskKind.IN_DOUBT: timedelta(hours=1),
    TaskKind.REJECTED: timedelta(hours=8),
    TaskKind.HELD: timedelta(days=1),
    TaskKind.ATTENTION: timedelta(days=1),
    TaskKind.OVERDUE: timedelta(0),
}
"""A customer has paid and waits: a day for what merely waits, less where harm is done meanwhile."""


def deadline(record: SyncRecord, kind: TaskKind, code: str, since: datetime) -> datetime:
    """What the record says itself, else so long after it began."""
    if record.act_by is not None and kind is not TaskKind.OVERDUE:
        return record.act_by
    return since + BY_CODE.get(code, BY_KIND[kind])
