"""The RecordReader port on the ledger's database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select

from order_sync.adapters.storage_sql.database import Database
from order_sync.adapters.storage_sql.ledger import with_parts
from order_sync.adapters.storage_sql.tables import ASKING, sync_record
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State, SyncRecord

PAGE = 500


class SqlRecordReader:
    """Pages by the record's id, each read on its own: a long export holds up nobody."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def each(
        self,
        *,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        since: datetime | None = None,
    ) -> Iterator[SyncRecord]:
        """See RecordReader."""
        record = sync_record.c
        conditions = _conditions(connection, states)
        if since is not None:
            conditions.append(record.updated_at >= since)
        query = select(sync_record).where(and_(*conditions)).order_by(record.id).limit(PAGE)
        after = 0
        while True:
            with self._db.read() as db:
                rows = db.execute(query.where(record.id > after)).mappings().all()
                page = with_parts(db, rows)
            yield from page
            if len(rows) < PAGE:
                return
            after = rows[-1]["id"]

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
        conditions = _conditions(connection, states)
        if mode is not None:
            conditions.append(sync_record.c.mode == str(mode))
        query = select(sync_record).where(and_(*conditions)).order_by(sync_record.c.id.desc())
        return self._read(query.limit(limit).offset(offset))

    def asking(self) -> tuple[SyncRecord, ...]:
        """See RecordReader."""
        return self._read(select(sync_record).where(ASKING).order_by(sync_record.c.id))

    def _read(self, query: Any) -> tuple[SyncRecord, ...]:
        with self._db.read() as db:
            return with_parts(db, db.execute(query).mappings().all())


def _conditions(connection: str | None, states: Iterable[State] | None) -> list[Any]:
    conditions: list[Any] = [True]
    if connection is not None:
        conditions.append(sync_record.c.connection == connection)
    if states is not None:
        conditions.append(sync_record.c.state.in_([str(state) for state in states]))
    return conditions
