"""The Ledger port on a database."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from order_sync.adapters.storage_sql import rows
from order_sync.adapters.storage_sql.database import BUSY_WAIT_S, Database
from order_sync.adapters.storage_sql.migrations import TRUSTED_SINCE, moment_of
from order_sync.adapters.storage_sql.owner import is_dead, this_process
from order_sync.adapters.storage_sql.tables import (
    attempt,
    history,
    ledger_fact,
    look_cursor,
    order_lease,
    record_line,
    shop_look,
    supplier_order,
    sync_record,
)
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

    # ------------------------------------------------------------------ claims

    def claim(self, connection: str, order_id: str, *, now: datetime, lease_s: float) -> Claim | None:
        """See Ledger. The claim of a process of this machine that died is taken over at once."""
        lease = order_lease.c
        mine = and_(lease.connection == connection, lease.order_id == order_id)
        with self._db.write() as db:
            row = db.execute(select(order_lease).where(mine).with_for_update()).mappings().one_or_none()
            # a clock that was set back must not bring an expired lease back to life
            now = max(now, row["last_seen"]) if row else now
            held = row is not None and row["lease_until"] is not None
            if row is not None and held and row["lease_until"] > now and not is_dead(row["owner"]):
                return None
            fence = row["fence"] + 1 if row else 1
            until = now + timedelta(seconds=lease_s)
            values = {"fence": fence, "owner": self._me, "lease_until": until, "last_seen": now}
            if row:
                db.execute(update(order_lease).where(mine).values(values))
            elif not _inserted_lease(db, {"connection": connection, "order_id": order_id, **values}):
                return None
        return Claim(connection, order_id, fence, until, orphaned=held)

    def give_back(self, claim: Claim) -> None:
        """See Ledger."""
        with self._db.write() as db:
            db.execute(update(order_lease).where(_held_by(claim)).values(lease_until=None))

    def free_dead_claims(self, *, now: datetime) -> int:
        """See Ledger."""
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
            return db.execute(select(order_lease.c.fence).where(_held_by(claim))).first() is not None

    # ------------------------------------------------------------------ records

    def records_of_order(self, connection: str, order_id: str) -> tuple[SyncRecord, ...]:
        """See Ledger."""
        with self._db.read() as db:
            return self._load(
                db, and_(sync_record.c.connection == connection, sync_record.c.order_id == order_id), newest=False
            )

    def save(self, claim: Claim, record: SyncRecord, *, attempt: Attempt | None = None) -> SyncRecord:
        """See Ledger."""
        with self._db.write() as db:
            self._require(db, claim)
            now = self._clock.now()
            before = self._row_of(db, record.key)
            stored = replace(record, created_at=before["created_at"] if before else now, updated_at=now)
            self._refuse_taken_po(db, stored)
            record_id = self._store(db, before, stored)
            self._store_parts(db, record_id, stored)
            if attempt is not None:
                _insert_attempt(db, record_id, attempt)
            if before is None or (before["state"], before["reason"]) != (stored.state, stored.reason):
                entry = {"at": now, "state": str(stored.state), "reason": stored.reason}
                db.execute(insert(history).values(record_id=record_id, **entry))
        return stored

    def remove_placeholder(self, claim: Claim, key: RecordKey) -> None:
        """See Ledger."""
        with self._db.write() as db:
            self._require(db, claim)
            row = self._row_of(db, key)
            if row is not None and row["po_number"] is None:
                for table in (record_line, supplier_order, attempt, history):
                    db.execute(delete(table).where(table.c.record_id == row["id"]))
                db.execute(delete(sync_record).where(sync_record.c.id == row["id"]))

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
            return self._load(db, and_(True, *conditions), newest=True)

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
        record = sync_record.c
        order = (record.connection, record.order_id)
        query = select(*order).where(record.due_at <= until, ~_is_claimed(until))
        if without:
            query = query.where(record.connection.not_in(sorted(without)))
        # grouped, so that an order with many due shares takes one place of the limit
        query = query.group_by(*order).order_by(func.min(record.due_at)).limit(limit)
        with self._db.read() as db:
            return tuple((row[0], row[1]) for row in db.execute(query))

    def next_due_at(self, *, after: datetime) -> datetime | None:
        """See Ledger."""
        due_at = sync_record.c.due_at
        query = select(due_at).where(due_at > after).order_by(due_at).limit(1)
        with self._db.read() as db:
            found: datetime | None = db.execute(query).scalar()
            return found

    def count_by_state(self) -> dict[tuple[str, Mode, State], int]:
        """See Ledger."""
        columns = (sync_record.c.connection, sync_record.c.mode, sync_record.c.state)
        with self._db.read() as db:
            found = db.execute(select(*columns, func.count()).group_by(*columns))
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
        with self._db.read() as db:
            query = select(ledger_fact.c.value).where(ledger_fact.c.name == TRUSTED_SINCE)
            return moment_of(db.execute(query).scalar_one())

    def close(self) -> None:
        """See Ledger."""
        self._db.close()

    # ------------------------------------------------------------------ parts of a write

    def _require(self, db: Connection, claim: Claim) -> None:
        if db.execute(select(order_lease.c.fence).where(_held_by(claim)).with_for_update()).first() is None:
            raise claim_lost(claim)

    def _row_of(self, db: Connection, key: RecordKey) -> Any:
        return db.execute(select(sync_record).where(_is(key))).mappings().one_or_none()

    def _refuse_taken_po(self, db: Connection, record: SyncRecord) -> None:
        if record.po_number is None:
            return
        columns = sync_record.c
        same = (columns.supplier_account == record.supplier_account, columns.po_number == record.po_number)
        other = db.execute(select(sync_record).where(*same)).mappings().one_or_none()
        if other is not None and rows.record_from(other, (), ()).key != record.key:
            raise po_number_taken(record, other["order_name"])

    def _store(self, db: Connection, before: Any, record: SyncRecord) -> int:
        values = rows.record_values(record)
        if before is None:
            inserted = db.execute(insert(sync_record).values(values).returning(sync_record.c.id))
            return int(inserted.scalar_one())
        db.execute(update(sync_record).where(sync_record.c.id == before["id"]).values(values))
        return int(before["id"])

    def _store_parts(self, db: Connection, record_id: int, record: SyncRecord) -> None:
        db.execute(delete(record_line).where(record_line.c.record_id == record_id))
        db.execute(delete(supplier_order).where(supplier_order.c.record_id == record_id))
        lines = [
            {"record_id": record_id, "position": position, **rows.line_values(line)}
            for position, line in enumerate(record.lines)
        ]
        orders = [
            {
                "record_id": record_id,
                "position": position,
                "order_number": order.order_number,
                "document": rows.order_document(order),
            }
            for position, order in enumerate(record.supplier_orders)
        ]
        if lines:
            db.execute(insert(record_line), lines)
        if orders:
            db.execute(insert(supplier_order), orders)

    def _load(self, db: Connection, condition: Any, *, newest: bool) -> tuple[SyncRecord, ...]:
        order = sync_record.c.id.desc() if newest else sync_record.c.id.asc()
        found = db.execute(select(sync_record).where(condition).order_by(order)).mappings().all()
        lines: dict[int, list[RecordLine]] = {}
        orders: dict[int, list[SupplierOrder]] = {}
        ids = [row["id"] for row in found]
        for start in range(0, len(ids), _IN_CHUNK):
            chunk = ids[start : start + _IN_CHUNK]
            for part in _parts(db, record_line, chunk):
                lines.setdefault(part["record_id"], []).append(rows.line_from(part))
            for part in _parts(db, supplier_order, chunk):
                orders.setdefault(part["record_id"], []).append(rows.order_from(part["document"]))
        return tuple(
            rows.record_from(row, tuple(lines.get(row["id"], ())), tuple(orders.get(row["id"], ()))) for row in found
        )


def _parts(db: Connection, table: Any, ids: list[int]) -> Iterable[Any]:
    query = select(table).where(table.c.record_id.in_(ids)).order_by(table.c.record_id, table.c.position)
    return db.execute(query).mappings()


def _insert_attempt(db: Connection, record_id: int, made: Attempt) -> None:
    names = ("kind", "started_at", "ended_at", "outcome", "status", "error", "fence")
    db.execute(insert(attempt).values(record_id=record_id, **{name: getattr(made, name) for name in names}))


def _inserted_lease(db: Connection, values: dict[str, Any]) -> bool:
    """False on PostgreSQL when somebody else inserted it meanwhile."""
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    inserted = db.execute(dialect.insert(order_lease).values(values).on_conflict_do_nothing())
    return inserted.rowcount == 1


def _is_claimed(now: datetime) -> Any:
    lease, record = order_lease.c, sync_record.c
    same = and_(lease.connection == record.connection, lease.order_id == record.order_id)
    return exists().where(same, lease.lease_until > now)


def _held_by(claim: Claim) -> Any:
    lease = order_lease.c
    return and_(lease.connection == claim.connection, lease.order_id == claim.order_id, lease.fence == claim.fence)


def _is(key: RecordKey) -> Any:
    record = sync_record.c
    return and_(
        record.connection == key.connection,
        record.order_id == key.order_id,
        record.share == key.share,
        record.mode == str(key.mode),
    )
