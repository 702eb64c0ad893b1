"""Threads that share SQLite's transactions: each write is kept or undone by itself, and nobody waits in vain."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing

import pytest
from sqlalchemy import insert, text

from order_sync.adapters.storage_sql.database import Database
from order_sync.adapters.storage_sql.tables import ledger_fact
from order_sync.core.errors import StorageError, StorageLockedError
from tests.fakes.clock import ManualClock


@pytest.fixture
def database(tmp_path):
    opened = Database(f"sqlite:///{tmp_path}/l.db", ManualClock(), busy_wait_s=1.0)
    yield opened
    opened.close()


def names(tmp_path):
    with closing(sqlite3.connect(tmp_path / "l.db")) as db:
        return {row[0] for row in db.execute("SELECT name FROM ledger_fact WHERE value = 'test'")}


def put(database, name, *, then=None):
    with database.write() as db:
        db.execute(insert(ledger_fact).values(name=name, value="test"))
        if then is not None:
            raise then


def in_threads(count, work):
    """What each thread raised, or None."""
    outcomes = [None] * count

    def run(number):
        try:
            work(number)
        except Exception as exc:
            outcomes[number] = exc

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_every_write_that_returned_is_on_disk_and_the_failed_ones_left_nothing(database, tmp_path):
    def work(number):
        for turn in range(10):
            put(database, f"{number}-{turn}", then=KeyError(number) if number % 3 == 0 else None)

    outcomes = in_threads(12, work)
    assert [type(exc) for exc in outcomes] == [KeyError if n % 3 == 0 else type(None) for n in range(12)]
    assert names(tmp_path) == {f"{n}-{turn}" for n in range(12) if n % 3 for turn in range(10)}


def test_a_transaction_that_cannot_be_stored_fails_everybody_in_it(database, tmp_path):
    put(database, "first")
    with database.write() as db:
        pages = db.execute(text("PRAGMA page_count")).scalar_one()
        db.execute(text(f"PRAGMA max_page_count = {pages}"))  # the disk is full from now on
    outcomes = in_threads(6, lambda number: put(database, "x" * 50 + str(number) * 5000))
    assert all(isinstance(exc, StorageError) for exc in outcomes)
    assert names(tmp_path) == {"first"}
    put(database, "small again")
    assert names(tmp_path) == {"first", "small again"}


def test_a_ledger_that_another_process_holds_is_waited_for_and_then_named(database, tmp_path):
    put(database, "first")
    with closing(sqlite3.connect(tmp_path / "l.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        outcomes = in_threads(4, lambda number: put(database, str(number)))
        took_s = time.monotonic() - began
        other.execute("ROLLBACK")
    assert all(isinstance(exc, StorageLockedError) for exc in outcomes)
    assert took_s < 3  # all of them at once, not one after the other
    put(database, "again")
    assert names(tmp_path) == {"first", "again"}


def test_a_lock_that_is_given_back_in_time_is_waited_for(database, tmp_path):
    put(database, "first")
    other = sqlite3.connect(tmp_path / "l.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
    timer.start()
    put(database, "second")
    timer.join()
    other.close()
    assert names(tmp_path) == {"first", "second"}
