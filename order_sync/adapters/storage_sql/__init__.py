"""The ledger in a database: SQLite by default, PostgreSQL by URL, written in SQLAlchemy Core."""

from order_sync.adapters.storage_sql.ledger import SqlLedger

__all__ = ["SqlLedger"]
