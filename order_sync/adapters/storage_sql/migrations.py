"""The ledger's tables, made or brought up to date when it is opened."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Table, func, insert, inspect, select, update
from sqlalchemy.schema import CreateColumn

from order_sync.adapters.storage_sql.tables import (
    SCHEMA_VERSION,
    ledger_fact,
    metadata,
    order_lease,
    record_line,
    schema_info,
    sync_record,
)
from order_sync.core.errors import StorageCorruptError

TRUSTED_SINCE = "trusted_since"
"""Since when the ledger knows of every purchase. Orders older than that may have been bought without its knowledge."""
_ONE_AT_A_TIME = 0x0DE25
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def prepare_schema(db: Connection, where: str, *, now: datetime) -> None:
    """Make what is missing.

    Raises:
        StorageCorruptError: a newer Order Sync wrote it.
    """
    if db.dialect.name == "postgresql":  # several machines start at once; SQLite has one writer anyhow
        db.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    fresh = not inspect(db).has_table(schema_info.name)
    version = None if fresh else db.execute(select(schema_info.c.version)).scalar()
    if version is not None and not 1 <= version <= SCHEMA_VERSION:
        raise StorageCorruptError(
            f"The ledger {where} has version {version}; this Order Sync knows {SCHEMA_VERSION}.",
            next_step="Use the Order Sync version that wrote it, or a newer one.",
            path=where,
        )
    metadata.create_all(db)  # what a later version added is missing columns only
    if version is None:
        db.execute(insert(schema_info).values(version=SCHEMA_VERSION))
        db.execute(insert(ledger_fact).values(name=TRUSTED_SINCE, value=fact_of(now if fresh else _ALWAYS)))
        return
    for step in range(version, SCHEMA_VERSION):
        _STEPS[step](db)
    db.execute(update(schema_info).values(version=SCHEMA_VERSION))


def _to_2(db: Connection) -> None:
    for index in order_lease.indexes:
        index.create(db, checkfirst=True)
    db.execute(insert(ledger_fact).values(name=TRUSTED_SINCE, value=fact_of(_ALWAYS)))


def _to_3(db: Connection) -> None:
    _add_columns(db, sync_record, "reason_since", "act_by")
    for index in sync_record.indexes:
        index.create(db, checkfirst=True)
    _add_columns(db, record_line, "wanted", "unit_price", "currency")
    # what was to be bought is not known of old lines; what they were about is the best guess
    settled = record_line.c.outcome.in_(("bought", "to_buy", "waiting", "held", "skipped"))
    db.execute(update(record_line).where(settled).values(wanted=record_line.c.quantity))
    short = record_line.c.outcome == "short"
    db.execute(update(record_line).where(short).values(wanted=record_line.c.ordered))


_STEPS = {1: _to_2, 2: _to_3}
"""From each old version to the next."""


def _add_columns(db: Connection, table: Table, *names: str) -> None:
    known = {column["name"] for column in inspect(db).get_columns(table.name)}
    for name in names:
        if name not in known:
            definition = CreateColumn(table.c[name]).compile(dialect=db.dialect)
            db.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")


def is_current(db: Connection) -> bool:
    """Whether nothing is missing; asks without a writer's lock."""
    known = inspect(db).has_table(schema_info.name)
    return known and db.execute(select(schema_info.c.version)).scalar() == SCHEMA_VERSION


def fact_of(moment: datetime) -> str:
    """A time as the text of a fact."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(fact: str) -> datetime:
    """The time in such a text."""
    return datetime.fromisoformat(fact)
