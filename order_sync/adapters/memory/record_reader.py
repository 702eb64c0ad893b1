"""The RecordReader port over any ledger: everything is read at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.ports import Ledger


class InMemoryRecordReader:
    """Reads through the Ledger port, for ledgers in memory and those that a host brought."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def each(
        self,
        *,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        since: datetime | None = None,
    ) -> Iterator[SyncRecord]:
        """See RecordReader."""
        for record in reversed(self._ledger.find(connection=connection, states=states)):
            if since is None or (record.updated_at is not None and record.updated_at >= since):
                yield record

    def latest(
        self,
        *,
        limit: int,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        mode: Mode | None = None,
        offset: int = 0,
    ) -> tuple[SyncRecord, ...]:
        """See RecordReader."""
        found = self._ledger.find(connection=connection, states=states)
        return tuple(r for r in found if mode in (None, r.key.mode))[offset : offset + limit]

    def asking(self) -> tuple[SyncRecord, ...]:
        """See RecordReader."""
        return tuple(r for r in self.each() if r.next_action or r.state in (State.HELD, State.IN_DOUBT))
