"""Opening the ledger's database, and its errors turned into ours."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from order_sync.adapters.storage_sql.group_commit import GroupCommit, LostGroupError
from order_sync.adapters.storage_sql.migrations import is_current, prepare_schema
from order_sync.core.errors import ConfigurationError, StorageCorruptError, StorageError, StorageLockedError
from order_sync.core.ports import Clock

BUSY_WAIT_S = 30.0
"""How long a write waits for another process before StorageLockedError (seconds)."""
_READERS = 128
"""Connections kept open for reading: opening one costs more than ten reads."""
_RETRY_S = 0.005
_READ_AT_ONCE = 4
"""Reading SQLite is work of this process: with 64 threads at it, half of the time went into taking turns."""


class Database:
    """Reads and durable writes. Opened at first use; thread-safe.

    SQLite has one writer: a process's threads share its transactions (GroupCommit). PostgreSQL has many.

    Args:
        url: an SQLAlchemy URL, ``sqlite:///PATH`` or ``postgresql+psycopg://…``.
        clock: dates a new ledger.
        busy_wait_s: see BUSY_WAIT_S.
    """

    def __init__(self, url: str, clock: Clock, *, busy_wait_s: float = BUSY_WAIT_S) -> None:
        try:
            self._url = make_url(url)
        except SQLAlchemyError as exc:
            raise ConfigurationError(
                "ORDER_SYNC_DATABASE_URL is not a database URL.",
                next_step="Use sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
            ) from exc
        self.where = self._url.render_as_string(hide_password=True)
        self._clock = clock
        self._busy_wait_s = busy_wait_s
        self._engine: Engine | None = None
        self._group_commit: GroupCommit | None = None
        self._opening = threading.Lock()
        self._reading = threading.BoundedSemaphore(_READ_AT_ONCE if self.is_sqlite else _READERS)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file on this machine."""
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write, durable when the block ends without an error, undone when it raises."""
        engine = self._opened()
        with self._translated():
            if self._group_commit is not None:
                with self._group_commit.write() as connection:
                    yield connection
            else:
                with engine.begin() as connection:
                    yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """For reading. Each statement sees one moment; two of them may see two."""
        engine = self._opened()
        with self._translated(), self._reading, engine.connect() as connection:
            yield connection

    def forget_old_pages(self) -> None:
        """Have SQLite drop what its write-ahead log still holds of older contents, as far as no reader needs it."""
        if self.is_sqlite:
            with self._translated(), self._opened().connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give the file back."""
        with self._opening:
            if self._group_commit is not None:
                self._group_commit.close()
                self._group_commit = None
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _opened(self) -> Engine:
        if self._engine is None:
            with self._opening:
                if self._engine is None:
                    with self._translated():
                        self._engine = self._open()
        return self._engine

    def _open(self) -> Engine:
        if not self.is_sqlite:
            engine = create_engine(self._url, pool_pre_ping=True, pool_size=20, max_overflow=60, hide_parameters=True)
            self._prepare(engine, engine)
            return engine
        path = Path(self._url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)  # it holds customers' addresses
        reader = self._sqlite(pool_size=_READERS, max_overflow=-1)
        writer = self._sqlite(poolclass=NullPool)
        group_commit = GroupCommit(writer, busy_wait_s=self._busy_wait_s)
        self._prepare(reader, writer)
        self._group_commit = group_commit
        return reader

    def _sqlite(self, **pool: Any) -> Engine:
        arguments = {"timeout": self._busy_wait_s, "check_same_thread": False}
        # what is stored must not stand in errors and logs of statements: it holds customers' addresses
        engine = create_engine(self._url, connect_args=arguments, hide_parameters=True, **pool)
        event.listen(engine, "connect", partial(_prepare_sqlite, self._busy_wait_s))
        return engine

    def _prepare(self, reader: Engine, writer: Engine) -> None:
        try:
            with reader.connect() as connection:
                current = is_current(connection)
            if not current:
                with writer.begin() as connection:
                    prepare_schema(connection, self.where, now=self._clock.now())
        except BaseException:
            reader.dispose()
            writer.dispose()
            raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except LostGroupError as exc:
            raise self._translation(exc.__cause__ or exc) from exc
        except (OSError, SQLAlchemyError, ImportError) as exc:
            raise self._translation(exc) from exc

    def _translation(self, exc: BaseException) -> StorageError:
        if isinstance(exc, StorageError):
            return exc
        if isinstance(exc, OperationalError):
            return self._operational(exc)
        if isinstance(exc, DatabaseError):
            if "not a database" in str(exc.orig):
                return self._corrupt(str(exc.orig))
            return StorageError(f"The ledger {self.where} failed: {_first_line(exc)}", path=self.where)
        return StorageError(f"The ledger {self.where} cannot be opened: {exc}", path=self.where)

    def _operational(self, exc: OperationalError) -> StorageError:
        text = _first_line(exc)
        if "locked" in text or "busy" in text:
            return StorageLockedError(
                f"The ledger {self.where} is locked by another process for more than {self._busy_wait_s:g} s.",
                next_step="Try again; if it stays so, look which process holds it.",
                path=self.where,
            )
        if "malformed" in text or "not a database" in text:
            return self._corrupt(text)
        return StorageError(
            f"The ledger {self.where} cannot be used: {text}",
            next_step="Check that the disk has space and that the file may be written.",
            path=self.where,
        )

    def _corrupt(self, text: str) -> StorageCorruptError:
        return StorageCorruptError(
            f"The ledger {self.where} cannot be read: {text}.",
            next_step="Restore it from a backup; starting with an empty one would buy twice.",
            path=self.where,
        )


def _first_line(exc: DBAPIError) -> str:
    return str(exc.orig).splitlines()[0] if str(exc.orig) else type(exc.orig).__name__


def _prepare_sqlite(busy_wait_s: float, dbapi_connection: Any, _record: Any) -> None:
    # the driver must not begin transactions by itself: a writer needs its lock from the beginning
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    _use_write_ahead_log(cursor, busy_wait_s)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is erased must not stay readable in the file
    cursor.close()


def _use_write_ahead_log(cursor: Any, busy_wait_s: float) -> None:
    """SQLite's own waiting does not cover this switch: of two processes that open a new file, one failed at once."""
    deadline = time.monotonic() + busy_wait_s
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc) or time.monotonic() >= deadline:
                raise
        time.sleep(_RETRY_S)
