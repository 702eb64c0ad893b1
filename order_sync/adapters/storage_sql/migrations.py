"""The ledger's tables, made or brought up to date when it is opened."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, inspect, select, update

from order_sync.adapters.storage_sql.tables import (
    SCHEMA_VERSION,
    ledger_fact,
    metadata,
    order_lease,
    schema_info,
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
    metadata.create_all(db)
    version = db.execute(select(schema_info.c.version)).scalar()
    if version is None:
        db.execute(insert(schema_info).values(version=SCHEMA_VERSION))
        since = now if fresh else _ALWAYS
        db.execute(insert(ledger_fact).values(name=TRUSTED_SINCE, value=fact_of(since)))
    elif version == 1:
        for index in order_lease.indexes:
            index.create(db, checkfirst=True)
        db.execute(insert(ledger_fact).values(name=TRUSTED_SINCE, value=fact_of(_ALWAYS)))
        db.execute(update(schema_info).values(version=SCHEMA_VERSION))
    elif version != SCHEMA_VERSION:
        raise StorageCorruptError(
            f"The ledger {where} has version {version}; this Order Sync knows {SCHEMA_VERSION}.",
            next_step="Use the Order Sync version that wrote it, or a newer one.",
            path=where,
        )


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
