"""The ports that keep things, side by side in one storage: memory, SQLite, PostgreSQL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine

from order_sync.adapters.memory import (
    InMemoryAccountGates,
    InMemoryInbox,
    InMemoryJournal,
    InMemoryLedger,
    InMemoryNotices,
    InMemoryPauses,
    InMemoryPersonalData,
    InMemoryRecordReader,
)
from order_sync.adapters.storage_sql import (
    SqlAccountGates,
    SqlInbox,
    SqlJournal,
    SqlLedger,
    SqlNotices,
    SqlPauses,
    SqlPersonalData,
    SqlRecordReader,
)
from order_sync.adapters.storage_sql.tables import metadata
from order_sync.core.ports import AccountGates, Inbox, Journal, Ledger, Notices, Pauses, PersonalData, RecordReader
from tests.fakes.clock import ManualClock

POSTGRES = os.environ.get("ORDER_SYNC_TEST_POSTGRES_URL")
"""A PostgreSQL database that may be emptied, for example postgresql+psycopg://postgres@127.0.0.1/test."""
KINDS = ["memory", "sql", *(["postgres"] if POSTGRES else [])]


@dataclass(frozen=True)
class Storage:
    """Every port that keeps something."""

    ledger: Ledger
    inbox: Inbox
    gates: AccountGates
    pauses: Pauses
    personal_data: PersonalData
    journal: Journal
    reader: RecordReader
    notices: Notices
    clock: ManualClock


def a_storage(kind: str, folder: Path) -> Storage:
    """An empty storage of one of KINDS; close its ledger in the end."""
    clock = ManualClock()
    if kind == "memory":
        memory = InMemoryLedger()
        parts = (InMemoryInbox(), InMemoryAccountGates(), InMemoryPauses(), InMemoryPersonalData(memory))
        journal, reader = InMemoryJournal(clock, memory.journal), InMemoryRecordReader(memory)
        return Storage(memory, *parts, journal, reader, InMemoryNotices(), clock)
    if kind == "postgres":
        empty(str(POSTGRES))
    ledger = SqlLedger(str(POSTGRES) if kind == "postgres" else f"sqlite:///{folder}/l.db", clock)
    db = ledger.database
    parts = (SqlInbox(db), SqlAccountGates(db), SqlPauses(db), SqlPersonalData(db))
    return Storage(ledger, *parts, SqlJournal(db, clock), SqlRecordReader(db), SqlNotices(db), clock)


def empty(url: str) -> None:
    """Remove every table of ours."""
    engine = create_engine(url)
    metadata.drop_all(engine)
    engine.dispose()
