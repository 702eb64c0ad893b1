"""The ledger in a database: SQLite by default, PostgreSQL by URL, written in SQLAlchemy Core."""

from order_sync.adapters.storage_sql.database import Database
from order_sync.adapters.storage_sql.inbox import SqlInbox
from order_sync.adapters.storage_sql.journal import SqlJournal
from order_sync.adapters.storage_sql.ledger import SqlLedger
from order_sync.adapters.storage_sql.notices import SqlNotices
from order_sync.adapters.storage_sql.personal_data import SqlPersonalData
from order_sync.adapters.storage_sql.record_reader import SqlRecordReader
from order_sync.adapters.storage_sql.standing import SqlAccountGates, SqlPauses

__all__ = [
    "Database",
    "SqlAccountGates",
    "SqlInbox",
    "SqlJournal",
    "SqlLedger",
    "SqlNotices",
    "SqlPauses",
    "SqlPersonalData",
    "SqlRecordReader",
]
