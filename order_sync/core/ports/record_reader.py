"""Reading many records: for exports, reports, and what people are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State, SyncRecord


class RecordReader(Protocol):
    """Reads the ledger's records. Raises StorageError when the storage fails."""

    def each(
        self,
        *,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        since: datetime | None = None,
    ) -> Iterator[SyncRecord]:
        """Records changed since a moment, oldest first, read page by page where the storage can."""
        ...

    def latest(
        self,
        *,
        limit: int,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        mode: Mode | None = None,
        offset: int = 0,
    ) -> tuple[SyncRecord, ...]:
        """The newest records of a connection, or of all, newest first.

        Args:
            offset: so many of the newest are left out.
        """
        ...

    def asking(self) -> tuple[SyncRecord, ...]:
        """Records that a person may have to see to: held, in doubt, or with a next action; oldest first."""
        ...
