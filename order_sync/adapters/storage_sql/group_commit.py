"""Several threads' writes to SQLite in one transaction: one wait for the disk instead of one each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

MOST_IN_A_GROUP = 64
_RETRY_S = 0.001
_OWN_BUSY_WAIT_MS = 5
"""SQLite's own waiting grows to 100 ms between two looks; we look again sooner, for as long as the caller allows."""


class LostGroupError(Exception):
    """The transaction that the write was part of failed."""


class Group:
    """Writes that are committed together. ``error`` is why none of them is stored, once ``ended``."""

    def __init__(self) -> None:
        self.size = 0
        self.ended = threading.Event()
        self.error: BaseException | None = None

    def end(self, error: BaseException | None = None) -> None:
        """Let everybody who wrote go on."""
        self.error = error
        self.ended.set()


class GroupCommit:
    """One writer connection that threads take turns at. The last of those who wait commits for all.

    Args:
        engine: of this writer alone; its transactions begin as `BEGIN IMMEDIATE`.
        busy_wait_s: how long a write waits for another process that writes (seconds).
    """

    def __init__(self, engine: Engine, *, busy_wait_s: float) -> None:
        event.listen(engine, "connect", _look_again_soon)
        event.listen(engine, "begin", self._begin_immediate)
        self._engine = engine
        self._busy_wait_s = busy_wait_s
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._queued = 0
        self._group: Group | None = None
        self._connection: Connection | None = None
        self._deadline = time.monotonic() + busy_wait_s

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write; durable when the block ends without an error. What it did is undone when it raises.

        Raises:
            LostGroupError: none of the group is stored; its cause says why.
        """
        deadline = time.monotonic() + self._busy_wait_s
        with self._counting:
            self._queued += 1
        with self._turn:
            with self._counting:
                self._queued -= 1
            self._deadline = deadline
            group = self._group or self._begin()
            group.size += 1
            assert self._connection is not None
            alone = group.size == 1  # the first needs no savepoint: undoing it undoes the transaction
            try:
                if not alone:
                    self._connection.exec_driver_sql("SAVEPOINT one_write")
                yield self._connection
                if not alone:
                    self._connection.exec_driver_sql("RELEASE one_write")
            except BaseException as exc:
                self._undo(group, exc, alone=alone)
                raise
            finally:
                if self._group is not None and (not self._queued or group.size >= MOST_IN_A_GROUP):
                    self._commit(group)
        group.ended.wait()
        if group.error is not None:
            raise LostGroupError from group.error

    def close(self) -> None:
        """Give the connection back."""
        with self._turn:
            self._drop_connection()
        self._engine.dispose()

    def _begin(self) -> Group:
        if self._connection is None:
            self._connection = self._engine.connect()
        self._connection.begin()
        self._group = Group()
        return self._group

    def _begin_immediate(self, connection: Connection) -> None:
        # a writer that began as a reader would fail at once when another process writes in between
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as exc:
                if "locked" not in str(exc.orig) or time.monotonic() >= self._deadline:
                    raise
            time.sleep(_RETRY_S)

    def _undo(self, group: Group, exc: BaseException, *, alone: bool) -> None:
        """Take back one write. When SQLite gave up the whole transaction (disk full), all of its writes are lost."""
        assert self._connection is not None
        try:
            if alone:
                self._connection.rollback()
                self._group = None
                group.end(exc)
                return
            if _in_transaction(self._connection):
                self._connection.exec_driver_sql("ROLLBACK TO one_write")
                self._connection.exec_driver_sql("RELEASE one_write")
                return
        except Exception as undoing:
            exc.add_note(f"and it could not be undone: {undoing}")
        self._end(group, exc)

    def _commit(self, group: Group) -> None:
        assert self._connection is not None
        try:
            self._connection.commit()
        except BaseException as exc:
            self._end(group, exc)
            return
        self._group = None
        group.end()

    def _end(self, group: Group, error: BaseException) -> None:
        self._group = None
        self._drop_connection()
        group.end(error)

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _look_again_soon(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.execute(f"PRAGMA busy_timeout={_OWN_BUSY_WAIT_MS}")


def _in_transaction(connection: Connection) -> bool:
    dbapi: Any = connection.connection.dbapi_connection
    return bool(dbapi.in_transaction)
