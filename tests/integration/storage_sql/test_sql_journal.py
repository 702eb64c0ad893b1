"""The journal's file: what somebody changed behind our back is found; neighbours and other processes do no harm."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing

import pytest

from order_sync.adapters.storage_sql import SqlJournal, SqlLedger
from order_sync.adapters.storage_sql.journal import append_entries
from order_sync.core.model.journal import JournalEntry
from tests.builders import NOW, a_record
from tests.fakes.clock import ManualClock


@pytest.fixture
def ledger(tmp_path):
    opened = SqlLedger(f"sqlite:///{tmp_path}/l.db", ManualClock())
    yield opened
    opened.close()


@pytest.fixture
def journal(ledger):
    return SqlJournal(ledger.database, ManualClock())


def fill(journal, count=6, connection="main"):
    for number in range(count):
        journal.append(a_record(order_id=str(number), connection=connection).key, JournalEntry("moved", {"n": number}))


def tamper(tmp_path, *statements):
    with closing(sqlite3.connect(tmp_path / "l.db", isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


SWAP = (
    "UPDATE journal SET id = 99 WHERE id = 2",
    "UPDATE journal SET id = 2 WHERE id = 4",
    "UPDATE journal SET id = 4 WHERE id = 99",
)
COPY = (
    "INSERT INTO journal SELECT 50, connection, order_id, share, mode, at, kind, payload, salt, payload_hash, hash "
    "FROM journal WHERE id = 6"
)


@pytest.mark.parametrize(
    ("statements", "broken_at", "problem"),
    [
        (["UPDATE journal SET payload = '{\"n\":7}' WHERE id = 3"], 3, "payload was changed"),
        (["UPDATE journal SET payload = NULL WHERE id = 3"], 3, "not by erasing"),
        (["UPDATE journal SET kind = 'called' WHERE id = 3"], 3, "changed"),
        (["UPDATE journal SET at = '2020-01-01T00:00:00.000000' WHERE id = 1"], 1, "changed"),
        (["UPDATE journal SET payload_hash = 'x', payload = NULL, salt = NULL WHERE id = 2"], 2, "changed"),
        (["DELETE FROM journal WHERE id = 3"], 4, "removed"),
        (["DELETE FROM journal WHERE id = 1"], 2, "removed"),
        (SWAP, 2, "moved"),
        ([COPY], 50, "added"),
        (["DELETE FROM journal WHERE id > 4"], 4, "2 rows after it were removed"),
        (["DELETE FROM journal"], 0, "6 rows after it were removed"),
        (["DELETE FROM journal_head"], 6, "nothing tells how many"),
        (["UPDATE journal_head SET rows = 5"], 5, "written last"),
        (["UPDATE journal_head SET hash = 'x'"], 6, "written last"),
    ],
)
def test_what_was_changed_behind_our_back_is_found(tmp_path, journal, statements, broken_at, problem):
    fill(journal)
    assert [check.broken_at for check in journal.verify()] == [None]
    tamper(tmp_path, *statements)
    (check,) = journal.verify()
    assert check.broken_at == broken_at
    assert problem in check.problem


def test_only_the_chain_that_was_changed_is_called_broken(tmp_path, journal):
    fill(journal, 2)
    fill(journal, 2, "second")
    tamper(tmp_path, "DELETE FROM journal WHERE id = 3")
    assert [(check.connection, check.broken_at) for check in journal.verify()] == [("main", None), ("second", 4)]


def test_a_chain_longer_than_a_page_is_verified_to_its_end(tmp_path, ledger, journal):
    entries = [JournalEntry("moved", {"n": number}) for number in range(4500)]
    journal.append(a_record().key, *entries)
    (check,) = journal.verify()
    assert (check.rows, check.broken_at) == (4500, None)
    tamper(tmp_path, "UPDATE journal SET payload = '{}' WHERE id = 4400")
    assert journal.verify()[0].broken_at == 4400


def test_rows_added_while_the_chain_is_verified_are_no_fault(journal, mocker):
    fill(journal)
    original, pages = journal._counted, []

    def counted(connection):
        found = original(connection)
        if not pages:
            pages.append(1)
            fill(journal, 3)
        return found

    mocker.patch.object(journal, "_counted", side_effect=counted)
    (check,) = journal.verify()
    assert (check.rows, check.broken_at) == (9, None)


def test_a_payload_that_was_erased_cannot_be_read_from_the_file(tmp_path, ledger, journal):
    from order_sync.adapters.storage_sql import SqlPersonalData

    journal.append(a_record(order_id="1").key, JournalEntry("operator", {"reason": "Dana-Quill-called"}))
    SqlPersonalData(ledger.database).erase("main", ["1"])
    assert not any(b"Dana-Quill-called" in path.read_bytes() for path in tmp_path.iterdir())


def test_a_neighbours_failed_write_in_the_same_transaction_does_not_break_the_chain(ledger, journal):
    failures = []

    def work(name):
        for number in range(10):
            key = a_record(order_id=f"{name}-{number}").key
            try:
                with ledger.database.write() as db:
                    append_entries(db, key, [JournalEntry("moved", {"n": number})], NOW)
                    if name % 2:
                        raise KeyError(name)
            except KeyError:
                failures.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (check,) = journal.verify()
    assert (check.rows, check.broken_at, len(failures)) == (40, None, 40)


APPEND = """
    import sys
    from order_sync.adapters.storage_sql import SqlJournal, SqlLedger
    from order_sync.adapters.system.clock import SystemClock
    from order_sync.core.model.journal import JournalEntry
    from order_sync.core.model.purchase_order import Mode
    from order_sync.core.model.sync_record import RecordKey
    ledger = SqlLedger(f"sqlite:///{sys.argv[1]}/l.db", SystemClock())
    journal = SqlJournal(ledger.database, SystemClock())
    for number in range(60):
        journal.append(RecordKey("main", sys.argv[2], "order", Mode.LIVE), JournalEntry("moved", {"n": number}))
    ledger.close()
"""


def test_processes_that_append_at_once_keep_the_chain_whole(tmp_path, journal):
    processes = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(APPEND), str(tmp_path), name]) for name in "abc"
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    (check,) = journal.verify()
    assert (check.rows, check.broken_at) == (180, None)
    for name in "abc":
        assert [row.payload["n"] for row in journal.rows(order_id=name)] == list(range(60))
