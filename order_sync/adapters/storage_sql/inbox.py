"""The Inbox port on the ledger's database."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from order_sync.adapters.storage_sql.database import Database
from order_sync.adapters.storage_sql.tables import inbox
from order_sync.core.model.shop_event import EventKind, InboxEntry, ShopEvent
from order_sync.core.ports import InboxStats

_WAITING = inbox.c.applied_at.is_(None)
_IN_CHUNK = 300
_LONGEST_OUTCOME = 255


class SqlInbox:
    """Events in the table ``inbox``. What was applied stays for a while, so that repeats are known."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, events: Sequence[tuple[str, ShopEvent]], *, now: datetime) -> tuple[bool, ...]:
        """See Inbox."""
        rows = [_row(connection, event, now) for connection, event in events]
        with self._db.write() as db:
            seen = _known(db, rows)
            fresh: dict[tuple[str, str, str], dict[str, Any]] = {}
            repeats: list[dict[str, str]] = []
            new = []
            for row in rows:
                key = _key(row)
                new.append(key not in seen and key not in fresh)
                if new[-1]:
                    fresh[key] = row
                else:
                    repeats.append({"c": key[0], "t": key[1], "k": key[2]})
            if fresh:
                db.execute(_insert(db), list(fresh.values()))
            if repeats:
                db.execute(_COUNT_REPEAT, repeats)
        return tuple(new)

    def waiting_orders(self, *, limit: int, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """See Inbox."""
        columns = inbox.c
        query = select(columns.connection, columns.order_id).where(_WAITING)
        if without:
            query = query.where(or_(columns.connection.not_in(sorted(without)), columns.order_id == ""))
        query = query.group_by(columns.connection, columns.order_id).order_by(func.min(columns.id)).limit(limit)
        with self._db.read() as db:
            return tuple((row[0], row[1]) for row in db.execute(query))

    def waiting(self, connection: str, order_id: str) -> tuple[InboxEntry, ...]:
        """See Inbox."""
        with self._db.read() as db:
            found = db.execute(_WAITING_OF_ORDER, {"c": connection, "o": order_id}).mappings()
            return tuple(_entry(row) for row in found)

    def applied(self, entry_ids: Iterable[int], *, now: datetime, outcome: str) -> None:
        """See Inbox."""
        ids = list(entry_ids)
        if not ids:
            return
        values = {"applied_at": now, "outcome": outcome[:_LONGEST_OUTCOME]}
        with self._db.write() as db:
            for start in range(0, len(ids), _IN_CHUNK):
                chunk = ids[start : start + _IN_CHUNK]
                db.execute(update(inbox).where(inbox.c.id.in_(chunk)).values(values))

    def prune(self, *, before: datetime) -> int:
        """See Inbox."""
        with self._db.write() as db:
            return db.execute(delete(inbox).where(inbox.c.applied_at < before)).rowcount

    def stats(self) -> InboxStats:
        """See Inbox."""
        columns = inbox.c
        first = func.min(columns.received_at, type_=columns.received_at.type)
        query = select(columns.connection, func.count(), first).where(_WAITING).group_by(columns.connection)
        with self._db.read() as db:
            found = list(db.execute(query))
        return InboxStats({row[0]: row[1] for row in found}, {row[0]: row[2] for row in found})


_COUNT_REPEAT = (
    update(inbox)
    .where(
        inbox.c.connection == bindparam("c"), inbox.c.topic == bindparam("t"), inbox.c.delivery_key == bindparam("k")
    )
    .values(repeats=inbox.c.repeats + 1)
)
_WAITING_OF_ORDER = (
    select(inbox)
    .where(_WAITING, inbox.c.connection == bindparam("c"), inbox.c.order_id == bindparam("o"))
    .order_by(inbox.c.id)
)


def _insert(db: Connection) -> Any:
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    return dialect.insert(inbox).on_conflict_do_nothing()


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return (row["connection"], row["topic"], row["delivery_key"])


def _known(db: Connection, rows: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    columns = (inbox.c.connection, inbox.c.topic, inbox.c.delivery_key)
    known: set[tuple[str, str, str]] = set()
    keys = list(dict.fromkeys(_key(row) for row in rows))
    for start in range(0, len(keys), _IN_CHUNK):
        query = select(*columns).where(tuple_(*columns).in_(keys[start : start + _IN_CHUNK]))
        known |= {(row[0], row[1], row[2]) for row in db.execute(query)}
    return known


def _row(connection: str, event: ShopEvent, now: datetime) -> dict[str, Any]:
    return {
        "connection": connection,
        "topic": event.topic,
        "delivery_key": event.delivery_key,
        "kind": str(event.kind),
        "order_id": event.order_id,
        "detail": json.dumps({"order_ids": event.order_ids, "reference": event.reference}),
        "triggered_at": event.triggered_at,
        "received_at": now,
        "repeats": 0,
        "applied_at": None,
        "outcome": "",
    }


def _entry(row: Any) -> InboxEntry:
    detail = json.loads(row["detail"])
    event = ShopEvent(
        topic=row["topic"],
        kind=EventKind(row["kind"]),
        delivery_key=row["delivery_key"],
        order_id=row["order_id"],
        order_ids=tuple(detail["order_ids"]),
        reference=detail["reference"],
        triggered_at=row["triggered_at"],
    )
    return InboxEntry(row["id"], row["connection"], event, row["received_at"])
