"""Opening the ledger's database, and its errors turned into ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, SQLAlchemyError

from order_sync.adapters.storage_sql.tables import SCHEMA_VERSION, metadata, schema_info
from order_sync.core.errors import ConfigurationError, StorageCorruptError, StorageError, StorageLockedError

BUSY_WAIT_S = 30.0
"""How long a write waits for another process before StorageLockedError (seconds)."""
_WRITE = "order_sync_write"


class Database:
    """Reads and durable writes. Opened at first use; thread-safe; one writer at a time in a process.

    Args:
        url: an SQLAlchemy URL, ``sqlite:///PATH`` or ``postgresql+psycopg://…``.
        busy_wait_s: see BUSY_WAIT_S.
    """

    def __init__(self, url: str, *, busy_wait_s: float = BUSY_WAIT_S) -> None:
        try:
            self._url = make_url(url)
        except SQLAlchemyError as exc:
            raise ConfigurationError(
                "ORDER_SYNC_DATABASE_URL is not a database URL.",
                next_step="Use sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
            ) from exc
        self.where = self._url.render_as_string(hide_password=True)
        self._busy_wait_s = busy_wait_s
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        # SQLite has one writer; waiting for it inside a process by busy-wait costs far more than a lock
        self._writing = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file on this machine."""
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, durable when the block ends without an error."""
        engine = self._opened()
        with self._translated(), self._writing, engine.connect() as raw:
            connection = raw.execution_options(**{_WRITE: True})
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view."""
        engine = self._opened()
        with self._translated(), engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Give the file back."""
        with self._opening:
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
        arguments: dict[str, Any] = {}
        if self.is_sqlite:
            path = Path(self._url.database or "")
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)  # it holds customers' addresses
            arguments = {"timeout": self._busy_wait_s, "check_same_thread": False}
        engine = create_engine(self._url, connect_args=arguments, pool_pre_ping=not self.is_sqlite)
        if self.is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        try:
            self._prepare_schema(engine)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _prepare_schema(self, engine: Engine) -> None:
        with engine.connect() as raw:
            connection = raw.execution_options(**{_WRITE: True})
            with connection.begin():
                metadata.create_all(connection)
                version = connection.execute(select(schema_info.c.version)).scalar()
                if version is None:
                    connection.execute(insert(schema_info).values(version=SCHEMA_VERSION))
                elif version != SCHEMA_VERSION:
                    raise StorageCorruptError(
                        f"The ledger {self.where} has version {version}; this Order Sync knows {SCHEMA_VERSION}.",
                        next_step="Use the Order Sync version that wrote it, or a newer one.",
                        path=self.where,
                    )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as exc:
            raise self._operational(exc) from exc
        except DatabaseError as exc:
            if isinstance(exc.orig, Exception) and "not a database" in str(exc.orig):
                raise self._corrupt(str(exc.orig)) from exc
            raise StorageError(f"The ledger {self.where} failed: {_first_line(exc)}", path=self.where) from exc
        except (OSError, SQLAlchemyError, ImportError) as exc:
            raise StorageError(f"The ledger {self.where} cannot be opened: {exc}", path=self.where) from exc

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


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # the driver must not begin transactions by itself: _begin_sqlite does, with the lock a writer needs
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # a writer that began as a reader would fail at once when another process writes in between
    writes = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
