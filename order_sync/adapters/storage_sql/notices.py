"""The Notices port on the ledger's database."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import ColumnElement, and_, delete, insert, select

from order_sync.adapters.storage_sql.database import Database
from order_sync.adapters.storage_sql.tables import notice as table
from order_sync.core.model.notice import Notice


class SqlNotices:
    """One row a cause."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> tuple[Notice, ...]:
        """See Notices."""
        with self._db.read() as db:
            return tuple(Notice(**row) for row in db.execute(select(table)).mappings())

    def put(self, *notices: Notice) -> None:
        """See Notices."""
        if notices:
            with self._db.write() as db:
                for notice in notices:
                    db.execute(delete(table).where(_is(notice)))
                    db.execute(insert(table).values(asdict(notice)))

    def remove(self, *notices: Notice) -> None:
        """See Notices."""
        if notices:
            with self._db.write() as db:
                for notice in notices:
                    db.execute(delete(table).where(_is(notice)))


def _is(notice: Notice) -> ColumnElement[bool]:
    return and_(table.c.connection == notice.connection, table.c.cause == notice.cause)
