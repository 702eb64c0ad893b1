"""The PersonalData port on the ledger's database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, not_, or_, select, update

from order_sync.adapters.storage_sql.database import Database
from order_sync.adapters.storage_sql.journal import erase_payloads, rows_of_orders
from order_sync.adapters.storage_sql.tables import attempt, history, record_line, supplier_order, sync_record
from order_sync.core.model.sync_record import ALARMS
from order_sync.core.policies.retention import REST

_IN_CHUNK = 300
_REST = sorted(str(state) for state in REST)
_PARTS = (("lines", record_line), ("supplier_orders", supplier_order), ("calls", attempt), ("history", history))
ERASED = "customers' data was erased"
"""The reason of a record of which nothing is left to erase."""


class SqlPersonalData:
    """Names and addresses are in the bodies of purchases, in reasons, and behind tracking numbers.

    The journal has none, but all of its payloads about a person's orders go too.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def export(self, connection: str, order_ids: Iterable[str]) -> list[dict[str, Any]]:
        """See PersonalData."""
        documents: list[dict[str, Any]] = []
        order_ids = tuple(order_ids)
        with self._db.read() as db:
            told = _told(db, connection, order_ids)
            for record_id, row in self._records(db, connection, order_ids):
                document = _plain(row)
                document["journal"] = told.pop((row["order_id"], row["share"], row["mode"]), [])
                for name, table in _PARTS:
                    parts = db.execute(select(table).where(table.c.record_id == record_id)).mappings()
                    document[name] = [_plain(part) for part in parts]
                documents.append(document)
        of_no_record = [
            {"order_id": key[0], "share": key[1], "mode": key[2], "journal": of} for key, of in told.items()
        ]
        return documents + of_no_record

    def erase(self, connection: str, order_ids: Iterable[str] | None) -> int:
        """See PersonalData."""
        order_ids = None if order_ids is None else tuple(order_ids)
        with self._db.write() as db:
            erase_payloads(db, connection, order_ids)
            ids = [record_id for record_id, _ in self._records(db, connection, order_ids)]
            erased = sum(_erase(db, record_id) for record_id in ids)
        self._db.forget_old_pages()
        return erased

    def at_rest(self, connection: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """See PersonalData."""
        record, other = sync_record.c, sync_record.alias("other")
        alarmed = and_(other.c.reason_code.in_(sorted(ALARMS)), other.c.next_action != "")
        rests = and_(other.c.state.in_(_REST), other.c.updated_at < before, other.c.due_at.is_(None), not_(alarmed))
        same_order = and_(other.c.connection == record.connection, other.c.order_id == record.order_id)
        kept = or_(record.intent_body.is_not(None), record.reason != ERASED)
        query = (
            select(record.order_id)
            .where(record.connection == connection, record.state.in_(_REST), record.updated_at < before, kept)
            .where(~select(other.c.id).where(same_order, not_(rests)).exists())
            .group_by(record.order_id)
            .limit(limit)
        )
        with self._db.read() as db:
            return tuple(db.execute(query).scalars())

    @staticmethod
    def _records(db: Connection, connection: str, order_ids: Iterable[str] | None) -> list[tuple[int, Any]]:
        mine: Select[Any] = select(sync_record).where(sync_record.c.connection == connection)
        if order_ids is None:
            return [(row["id"], row) for row in db.execute(mine).mappings()]
        wanted = sorted(set(order_ids))
        found = []
        for start in range(0, len(wanted), _IN_CHUNK):
            chunk = mine.where(sync_record.c.order_id.in_(wanted[start : start + _IN_CHUNK]))
            found += [(row["id"], row) for row in db.execute(chunk).mappings()]
        return found


def _told(db: Connection, connection: str, order_ids: Iterable[str]) -> dict[tuple[str, str, str], list[Any]]:
    """What the journal says of these orders, by order, share and mode."""
    told: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows_of_orders(db, connection, order_ids):
        told.setdefault((row.order_id, row.share, row.mode), []).append(_plain(asdict(row)))
    return told


def _erase(db: Connection, record_id: int) -> bool:
    record, line, call, entry = sync_record.c, record_line.c, attempt.c, history.c
    told = or_(record.intent_body.is_not(None), and_(record.reason != "", record.reason != ERASED))
    values = {"intent_body": None, "reason": ERASED}
    had = db.execute(update(sync_record).where(record.id == record_id, told).values(values)).rowcount
    # one that had no reason says so too: it is not looked at again
    db.execute(update(sync_record).where(record.id == record_id, record.reason == "").values(reason=ERASED))
    had += db.execute(
        update(record_line).where(line.record_id == record_id, line.reason != "").values(reason="")
    ).rowcount
    had += db.execute(update(attempt).where(call.record_id == record_id, call.error != "").values(error="")).rowcount
    told_then = (entry.record_id == record_id, entry.reason != "")
    had += db.execute(update(history).where(*told_then).values(reason="")).rowcount
    at_rest = db.execute(select(record.state).where(record.id == record_id)).scalar_one() in _REST
    return bool(had + _erase_tracking(db, record_id, at_rest=at_rest))


def _erase_tracking(db: Connection, record_id: int, *, at_rest: bool) -> int:
    """A parcel's number tells its carrier's customers where it went. One that the shop is still to be told of stays."""
    orders = supplier_order.c
    had = 0
    for row in db.execute(select(supplier_order).where(orders.record_id == record_id)).mappings().all():
        document = json.loads(row["document"])
        told = at_rest or document.get("fulfillment_ids") or document.get("fulfillment_id")
        if document.get("tracking") and told:
            mine = and_(orders.record_id == record_id, orders.position == row["position"])
            text = json.dumps({**document, "tracking": []}, ensure_ascii=False, separators=(",", ":"))
            db.execute(update(supplier_order).where(mine).values(document=text))
            had += 1
    return had


def _plain(row: Any) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
