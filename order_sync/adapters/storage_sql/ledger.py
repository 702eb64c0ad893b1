"""The Ledger port on a database."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from order_sync.adapters.storage_sql import rows
from order_sync.adapters.storage_sql import statements as q
from order_sync.adapters.storage_sql.database import BUSY_WAIT_S, Database
from order_sync.adapters.storage_sql.journal import append_entries
from order_sync.adapters.storage_sql.migrations import TRUSTED_SINCE, moment_of
from order_sync.adapters.storage_sql.owner import is_dead, this_process
from order_sync.adapters.storage_sql.tables import (
    attempt,
    history,
    ledger_fact,
    look_cursor,
    order_lease,
    shop_look,
    supplier_order,
    sync_record,
)
from order_sync.core.errors import StorageError
from order_sync.core.model.journal import JournalEntry
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import RecordKey, RecordLine, State, SyncRecord
from order_sync.core.ports import Attempt, Claim, Clock, HistoryEntry, LookSummary, claim_lost, po_number_taken

_IN_CHUNK = 500


class SqlLedger:
    """The Ledger port on SQLite (WAL, synchronous=FULL) or PostgreSQL.

    Args:
        database: where it is kept, or its URL.
        clock: dates what is stored.
    """

    def __init__(self, database: Database | str, clock: Clock, *, busy_wait_s: float = BUSY_WAIT_S) -> None:
        if isinstance(database, str):
            database = Database(database, clock, busy_wait_s=busy_wait_s)
        self.database = self._db = database
        self._clock = clock
        self._me = this_process()
        self._trusted_since: datetime | None = None
        self._not_given_back: deque[Claim] = deque()

    # ------------------------------------------------------------------ claims

    def claim(self, connection: str, order_id: str, *, now: datetime, lease_s: float) -> Claim | None:
        """See Ledger. The claim of a process of this machine that died is taken over at once."""
        order = {"c": connection, "o": order_id}
        with self._db.write() as db:
            row = db.execute(q.LEASE, order).mappings().one_or_none()
            # a clock that was set back must not bring an expired lease back to life
            now = max(now, row["last_seen"]) if row else now
            held = row is not None and row["lease_until"] is not None
            if row is not None and held and row["lease_until"] > now and not is_dead(row["owner"]):
                return None
            fence = row["fence"] + 1 if row else 1
            until = now + timedelta(seconds=lease_s)
            if row:
                taken = {"new_fence": fence, "new_owner": self._me, "new_until": until, "new_seen": now}
                db.execute(q.TAKE_LEASE, {**order, **taken})
            elif not _inserted_lease(db, connection, order_id, self._me, until, now):
                return None
        return Claim(connection, order_id, fence, until, orphaned=held)

    def give_back(self, claim: Claim) -> None:
        """See Ledger. A claim that cannot be given back now (disk full) is given back with the dead ones, later."""
        try:
            with self._db.write() as db:
                db.execute(q.GIVE_BACK, _held_by(claim))
        except StorageError:
            self._not_given_back.append(claim)
            raise

    def free_dead_claims(self, *, now: datetime) -> int:
        """See Ledger."""
        return self._give_back_late() + self._free_dead(now)

    def _give_back_late(self) -> int:
        count = 0
        for _ in range(len(self._not_given_back)):
            self.give_back(self._not_given_back.popleft())
            count += 1
        return count

    def _free_dead(self, now: datetime) -> int:
        lease = order_lease.c
        with self._db.read() as db:
            owners = [row[0] for row in db.execute(select(lease.owner).where(lease.lease_until > now).distinct())]
        dead = [owner for owner in owners if is_dead(owner)]
        if not dead:
            return 0
        with self._db.write() as db:
            # ended, not given back: the next claim must know that it takes over from somebody who died
            ended = update(order_lease).where(lease.owner.in_(dead), lease.lease_until > now).values(lease_until=now)
            return db.execute(ended).rowcount

    def still_mine(self, claim: Claim) -> bool:
        """See Ledger."""
        with self._db.read() as db:
            return db.execute(q.STILL_HELD, _held_by(claim)).first() is not None

    # ------------------------------------------------------------------ records

    def records_of_order(self, connection: str, order_id: str) -> tuple[SyncRecord, ...]:
        """See Ledger."""
        with self._db.read() as db:
            rows_found = db.execute(q.RECORDS_OF_ORDER, {"c": connection, "o": order_id}).mappings().all()
            return with_parts(db, rows_found)

    def save(
        self,
        claim: Claim,
        record: SyncRecord,
        *,
        attempt: Attempt | None = None,
        known: SyncRecord | None = None,
        entries: Sequence[JournalEntry] = (),
    ) -> SyncRecord:
        """See Ledger."""
        with self._db.write() as db:
            _require(db, claim)
            now = self._clock.now()
            before = db.execute(q.STORED, _key(record.key)).mappings().one_or_none()
            stored = replace(record, created_at=before["created_at"] if before else now, updated_at=now)
            if before is None or before["po_number"] != stored.po_number:
                _refuse_taken_po(db, stored)
            record_id = _store(db, before, stored)
            _store_parts(db, record_id, stored, known if before is not None else None)
            if attempt is not None:
                db.execute(q.INSERT_ATTEMPT, {"record_id": record_id, **asdict(attempt)})
            if before is None or (before["state"], before["reason"]) != (stored.state, stored.reason):
                entry = {"at": now, "state": str(stored.state), "reason": stored.reason}
                db.execute(q.INSERT_HISTORY, {"record_id": record_id, **entry})
            if entries:
                append_entries(db, stored.key, entries, now)
        return stored

    def remove_placeholder(self, claim: Claim, key: RecordKey) -> None:
        """See Ledger."""
        with self._db.write() as db:
            _require(db, claim)
            row = db.execute(q.STORED, _key(key)).mappings().one_or_none()
            if row is not None and row["po_number"] is None:
                parts = (q.DELETE_LINES, q.DELETE_ORDERS, q.DELETE_ATTEMPTS, q.DELETE_HISTORY, q.DELETE_RECORD)
                for statement in parts:
                    db.execute(statement, {"record": row["id"]})

    def find(
        self,
        *,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        text: str | None = None,
    ) -> tuple[SyncRecord, ...]:
        """See Ledger."""
        record = sync_record.c
        conditions: list[Any] = []
        if connection is not None:
            conditions.append(record.connection == connection)
        if states is not None:
            conditions.append(record.state.in_([str(state) for state in states]))
        if text is not None:
            numbered = select(supplier_order.c.record_id).where(supplier_order.c.order_number == text)
            named = (record.order_id == text, record.order_name == text, record.po_number == text)
            conditions.append(or_(*named, record.id.in_(numbered)))
        with self._db.read() as db:
            query = select(sync_record).where(and_(True, *conditions)).order_by(record.id.desc())
            return with_parts(db, db.execute(query).mappings().all())

    def intended_since(self, connection: str, mode: Mode, at: datetime) -> tuple[SyncRecord, ...]:
        """See Ledger."""
        with self._db.read() as db:
            found = db.execute(q.INTENDED_SINCE, {"c": connection, "m": str(mode), "at": at}).mappings().all()
            return with_parts(db, found)

    def due(self, connection: str, *, until: datetime) -> tuple[tuple[str, datetime], ...]:
        """See Ledger."""
        record = sync_record.c
        first = func.min(record.due_at, type_=record.due_at.type).label("first")
        query = (
            select(record.order_id, first)
            .where(record.connection == connection, record.due_at <= until)
            .group_by(record.order_id)
            .order_by(first)
        )
        with self._db.read() as db:
            return tuple((row[0], row[1]) for row in db.execute(query))

    def due_orders(self, *, until: datetime, limit: int, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """See Ledger."""
        asked: dict[str, Any] = {"at": until, "most": limit}
        with self._db.read() as db:
            if without:
                found = db.execute(q.DUE_ORDERS_WITHOUT, {**asked, "without": sorted(without)})
            else:
                found = db.execute(q.DUE_ORDERS, asked)
            return tuple((row[0], row[1]) for row in found)

    def is_due(self, connection: str, order_id: str, *, until: datetime) -> bool:
        """See Ledger."""
        with self._db.read() as db:
            return db.execute(q.IS_DUE, {"c": connection, "o": order_id, "at": until}).first() is not None

    def due_purchases(self, account: str, *, until: datetime, limit: int) -> tuple[str, ...]:
        """See Ledger."""
        with self._db.read() as db:
            return tuple(db.execute(q.DUE_PURCHASES, {"account": account, "at": until, "most": limit}).scalars())

    def next_due_at(self, *, after: datetime) -> datetime | None:
        """See Ledger."""
        with self._db.read() as db:
            found: datetime | None = db.execute(q.NEXT_DUE, {"at": after}).scalar()
            return found

    def count_by_state(self) -> dict[tuple[str, Mode, State], int]:
        """See Ledger."""
        with self._db.read() as db:
            found = db.execute(q.COUNT_BY_STATE)
            return {(row[0], Mode(row[1]), State(row[2])): row[3] for row in found}

    # ------------------------------------------------------------------ what happened

    def attempts(self, key: RecordKey) -> tuple[Attempt, ...]:
        """See Ledger."""
        query = select(attempt).join(sync_record).where(_is(key)).order_by(attempt.c.id)
        names = ("kind", "started_at", "ended_at", "outcome", "status", "error", "fence")
        with self._db.read() as db:
            return tuple(Attempt(**{name: row[name] for name in names}) for row in db.execute(query).mappings())

    def history(self, key: RecordKey) -> tuple[HistoryEntry, ...]:
        """See Ledger."""
        query = select(history).join(sync_record).where(_is(key)).order_by(history.c.id)
        with self._db.read() as db:
            return tuple(
                HistoryEntry(row["at"], State(row["state"]), row["reason"]) for row in db.execute(query).mappings()
            )

    def cursor(self, connection: str) -> datetime | None:
        """See Ledger."""
        query = select(look_cursor.c.looked_until).where(look_cursor.c.connection == connection)
        with self._db.read() as db:
            found: datetime | None = db.execute(query).scalar()
            return found

    def set_cursor(self, connection: str, at: datetime) -> None:
        """See Ledger."""
        mine = look_cursor.c.connection == connection
        with self._db.write() as db:
            known = db.execute(select(look_cursor.c.looked_until).where(mine).with_for_update()).scalar()
            if known is None:
                db.execute(insert(look_cursor).values(connection=connection, looked_until=at))
            elif known < at:
                db.execute(update(look_cursor).where(mine).values(looked_until=at))

    def note_look(self, look: LookSummary) -> None:
        """See Ledger."""
        values = asdict(look)
        with self._db.write() as db:
            db.execute(delete(shop_look).where(shop_look.c.connection == look.connection))
            db.execute(insert(shop_look).values(values))

    def last_looks(self) -> dict[str, LookSummary]:
        """See Ledger."""
        with self._db.read() as db:
            return {row["connection"]: LookSummary(**row) for row in db.execute(select(shop_look)).mappings()}

    def trusted_since(self) -> datetime:
        """See Ledger. Of the ledger of an earlier version: since ever."""
        if self._trusted_since is None:
            with self._db.read() as db:
                query = select(ledger_fact.c.value).where(ledger_fact.c.name == TRUSTED_SINCE)
                self._trusted_since = moment_of(db.execute(query).scalar_one())
        return self._trusted_since

    def close(self) -> None:
        """See Ledger."""
        self._db.close()


def _inserted_lease(db: Connection, connection: str, order_id: str, owner: str, until: datetime, now: datetime) -> bool:
    """False on PostgreSQL when somebody else inserted it meanwhile."""
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    values = {"connection": connection, "order_id": order_id, "fence": 1, "owner": owner}
    first = dialect.insert(order_lease).on_conflict_do_nothing().returning(order_lease.c.fence)
    return db.execute(first, {**values, "lease_until": until, "last_seen": now}).first() is not None


def _held_by(claim: Claim) -> dict[str, Any]:
    return {"c": claim.connection, "o": claim.order_id, "f": claim.fence}


def _key(key: RecordKey) -> dict[str, Any]:
    return {"c": key.connection, "o": key.order_id, "s": key.share, "m": str(key.mode)}


def _require(db: Connection, claim: Claim) -> None:
    if db.execute(q.STILL_HELD_LOCKED, _held_by(claim)).first() is None:
        raise claim_lost(claim)


def _refuse_taken_po(db: Connection, record: SyncRecord) -> None:
    if record.po_number is None:
        return
    same = {"account": record.supplier_account, "po": record.po_number}
    other = db.execute(q.SAME_PO, same).mappings().one_or_none()
    if other is not None and rows.record_from(other, (), ()).key != record.key:
        raise po_number_taken(record, other["order_name"])


def _store(db: Connection, before: Any, record: SyncRecord) -> int:
    values = rows.record_values(record)
    if before is None:
        return int(db.execute(q.INSERT_RECORD, values).scalar_one())
    db.execute(q.UPDATE_RECORD, {**values, "record": before["id"]})
    return int(before["id"])


def _store_parts(db: Connection, record_id: int, record: SyncRecord, known: SyncRecord | None) -> None:
    """Lines and supplier orders, unless they are what is stored."""
    if known is None or known.lines != record.lines:
        if known is None or known.lines:
            db.execute(q.DELETE_LINES, {"record": record_id})
        lines = [
            {"record_id": record_id, "position": position, **rows.line_values(line)}
            for position, line in enumerate(record.lines)
        ]
        if lines:
            db.execute(q.INSERT_LINES, lines)
    if known is None or known.supplier_orders != record.supplier_orders:
        if known is None or known.supplier_orders:
            db.execute(q.DELETE_ORDERS, {"record": record_id})
        orders = [
            {
                "record_id": record_id,
                "position": position,
                "order_number": order.order_number,
                "document": rows.order_document(order),
            }
            for position, order in enumerate(record.supplier_orders)
        ]
        if orders:
            db.execute(q.INSERT_ORDERS, orders)


def with_parts(db: Connection, found: Sequence[Any]) -> tuple[SyncRecord, ...]:
    """Records from their rows, with lines and supplier orders."""
    lines: dict[int, list[RecordLine]] = {}
    orders: dict[int, list[SupplierOrder]] = {}
    ids = [row["id"] for row in found]
    for start in range(0, len(ids), _IN_CHUNK):
        chunk = {"ids": ids[start : start + _IN_CHUNK]}
        for part in db.execute(q.LINES_OF, chunk).mappings():
            lines.setdefault(part["record_id"], []).append(rows.line_from(part))
        for part in db.execute(q.ORDERS_OF, chunk).mappings():
            orders.setdefault(part["record_id"], []).append(rows.order_from(part["document"]))
    return tuple(
        rows.record_from(row, tuple(lines.get(row["id"], ())), tuple(orders.get(row["id"], ()))) for row in found
    )


def _is(key: RecordKey) -> Any:
    record = sync_record.c
    return and_(
        record.connection == key.connection,
        record.order_id == key.order_id,
        record.share == key.share,
        record.mode == str(key.mode),
    )
