"""The journal: added to in the transaction of what it tells of; each row's hash covers the one before it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from order_sync.adapters.storage_sql.tables import journal
from order_sync.core.model.journal import JournalEntry
from order_sync.core.model.sync_record import RecordKey

_of = journal.c
LAST_HASH = select(_of.hash).where(_of.connection == bindparam("c")).order_by(_of.id.desc()).limit(1)
APPEND = insert(journal)
_CHAIN = 0x0DE26


def append_entries(db: Connection, key: RecordKey, entries: Sequence[JournalEntry], now: datetime) -> None:
    """Add entries to the connection's chain. On PostgreSQL the writers of a chain take turns; SQLite has one anyhow."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_CHAIN, func.hashtext(key.connection))))
    before = db.execute(LAST_HASH, {"c": key.connection}).scalar() or ""
    rows = []
    for entry in entries:
        payload = json.dumps(entry.payload, sort_keys=True, separators=(",", ":"))
        salt = secrets.token_hex(16)
        row = {
            "connection": key.connection,
            "order_id": key.order_id,
            "share": key.share,
            "mode": str(key.mode),
            "at": now,
            "kind": entry.kind,
            "payload": payload,
            "salt": salt,
            "payload_hash": hashlib.sha256(f"{salt}{payload}".encode("utf-8", "surrogatepass")).hexdigest(),
        }
        before = chained(before, row)
        rows.append({**row, "hash": before})
    db.execute(APPEND, rows)


def chained(before: str, row: dict[str, object]) -> str:
    """The hash of a row after the one before it. Everything but the payload itself, which may be erased, is in it."""
    at = row["at"]
    assert isinstance(at, datetime)
    named = ("connection", "order_id", "share", "mode", "kind", "payload_hash")
    parts = [before, at.astimezone(UTC).isoformat(timespec="microseconds"), *(str(row[name]) for name in named)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
