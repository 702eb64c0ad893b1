"""The journal: added to in the transaction of what it tells of; each row's hash covers the one before it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from order_sync.adapters.storage_sql.database import Database
from order_sync.adapters.storage_sql.tables import journal, journal_head
from order_sync.core.model.journal import JournalCheck, JournalEntry, JournalRow
from order_sync.core.model.sync_record import RecordKey
from order_sync.core.policies.journal_chain import ChainCheck, chained, payload_hash, payload_text
from order_sync.core.ports import Clock

_of, _head = journal.c, journal_head.c
HEAD = select(_head.rows, _head.hash).where(_head.connection == bindparam("c"))
APPEND = insert(journal)
FIRST_HEAD = insert(journal_head)
MOVE_HEAD = (
    update(journal_head).where(_head.connection == bindparam("c")).values(rows=bindparam("n"), hash=bindparam("h"))
)
NEXT_OF_CHAIN = (
    select(journal)
    .where(_of.connection == bindparam("c"), _of.id > bindparam("after"))
    .order_by(_of.id)
    .limit(bindparam("most"))
)
_CHAIN = 0x0DE26
_PAGE = 2000
_IN_CHUNK = 300


class SqlJournal:
    """The Journal port on the ledger's database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def append(self, key: RecordKey, *entries: JournalEntry) -> None:
        """See Journal."""
        with self._db.write() as db:
            append_entries(db, key, entries, self._clock.now())

    def rows(
        self,
        *,
        connection: str | None = None,
        order_id: str | None = None,
        after: int = 0,
        limit: int = 1000,
        newest: bool = False,
    ) -> tuple[JournalRow, ...]:
        """See Journal."""
        query: Select[Any] = select(journal).where(_of.id > after)
        if connection is not None:
            query = query.where(_of.connection == connection)
        if order_id is not None:
            query = query.where(_of.order_id == order_id)
        query = query.order_by(_of.id.desc() if newest else _of.id).limit(limit)
        with self._db.read() as db:
            found = [_row(row) for row in db.execute(query).mappings()]
        return tuple(reversed(found) if newest else found)

    def last_number(self) -> int:
        """See Journal."""
        with self._db.read() as db:
            return db.execute(select(func.max(_of.id))).scalar() or 0

    def verify(self) -> tuple[JournalCheck, ...]:
        """See Journal. A page at a time, so that nobody who writes is held up; rows added meanwhile are checked too."""
        with self._db.read() as db:
            names = {row[0] for row in db.execute(select(_head.connection))}
            names |= {row[0] for row in db.execute(select(_of.connection).distinct())}
        return tuple(self._verified(name) for name in sorted(names))

    def _verified(self, connection: str) -> JournalCheck:
        check = ChainCheck(connection, self._counted(connection))
        for row in self._chain(connection):
            if not check.add(row["id"], row):
                break
        counted = self._counted(connection)
        return check.ended(counted[0] if counted else 0)

    def _counted(self, connection: str) -> tuple[int, str] | None:
        with self._db.read() as db:
            row = db.execute(HEAD, {"c": connection}).one_or_none()
        return None if row is None else (row[0], row[1])

    def _chain(self, connection: str) -> Iterator[Any]:
        after = 0
        while True:
            with self._db.read() as db:
                asked = {"c": connection, "after": after, "most": _PAGE}
                page = db.execute(NEXT_OF_CHAIN, asked).mappings().all()
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1]["id"]


def append_entries(db: Connection, key: RecordKey, entries: Sequence[JournalEntry], now: datetime) -> None:
    """Add entries to the connection's chain. On PostgreSQL the writers of a chain take turns; SQLite has one anyhow."""
    if not entries:
        return
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_CHAIN, func.hashtext(key.connection))))
    head = db.execute(HEAD, {"c": key.connection}).one_or_none()
    count, before = (head[0], head[1]) if head else (0, "")
    rows = []
    for entry in entries:
        text, salt = payload_text(entry.payload), secrets.token_hex(16)
        row = {
            "connection": key.connection,
            "order_id": key.order_id,
            "share": key.share,
            "mode": str(key.mode),
            "at": now,
            "kind": entry.kind,
            "payload": text,
            "salt": salt,
            "payload_hash": payload_hash(salt, text),
        }
        before = chained(before, row)
        rows.append({**row, "hash": before})
    db.execute(APPEND, rows)
    if head:
        db.execute(MOVE_HEAD, {"c": key.connection, "n": count + len(rows), "h": before})
    else:
        db.execute(FIRST_HEAD, {"connection": key.connection, "rows": len(rows), "hash": before})


def erase_payloads(db: Connection, connection: str, order_ids: Iterable[str] | None) -> None:
    """Take the payloads, with their salts, out of the rows of these orders, or of all; the chain still holds."""
    mine = update(journal).where(_of.connection == connection, _of.payload.is_not(None))
    mine = mine.values(payload=None, salt=None)
    if order_ids is None:
        db.execute(mine)
        return
    wanted = sorted(set(order_ids))
    for start in range(0, len(wanted), _IN_CHUNK):
        db.execute(mine.where(_of.order_id.in_(wanted[start : start + _IN_CHUNK])))


def rows_of_orders(db: Connection, connection: str, order_ids: Iterable[str]) -> Iterator[JournalRow]:
    """Every row of these orders, oldest first."""
    wanted = sorted(set(order_ids))
    for start in range(0, len(wanted), _IN_CHUNK):
        chunk = _of.order_id.in_(wanted[start : start + _IN_CHUNK])
        query = select(journal).where(_of.connection == connection, chunk).order_by(_of.id)
        yield from (_row(row) for row in db.execute(query).mappings())


def _row(row: Any) -> JournalRow:
    return JournalRow(
        number=row["id"],
        at=row["at"],
        connection=row["connection"],
        order_id=row["order_id"],
        share=row["share"],
        mode=row["mode"],
        kind=row["kind"],
        payload=None if row["payload"] is None else json.loads(row["payload"]),
        hash=row["hash"],
    )
