"""Opening a ledger: a new one, one of an earlier version, several processes at the same moment."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from order_sync.adapters.storage_sql import SqlInbox, SqlLedger
from order_sync.core.errors import StorageLockedError
from order_sync.core.model.sync_record import State
from tests.builders import NOW, a_record
from tests.fakes.clock import ManualClock

DATA = Path(__file__).resolve().parents[2] / "data" / "ledgers"
TRUSTED = {
    "version_1": datetime(1970, 1, 1, tzinfo=UTC),
    "version_2": datetime(2026, 2, 1, tzinfo=UTC),
}
OPEN = """
    import sys, time
    from order_sync.adapters.storage_sql import SqlLedger
    from order_sync.adapters.system.clock import SystemClock
    ledger = SqlLedger(f"sqlite:///{sys.argv[1]}", SystemClock())
    print("ready", flush=True)
    sys.stdin.readline()
    print(len(ledger.find()), ledger.trusted_since().isoformat(), flush=True)
    ledger.close()
"""


def old_ledger(tmp_path, version, *, log="delete"):
    path = tmp_path / "l.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA journal_mode={log}")
        db.executescript((DATA / f"{version}.sql").read_text(encoding="utf-8"))
    return path


def asked(path, query):
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def opened_at_once(path, count=6):
    """What each of several processes read of a ledger that all of them open at the same moment."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(OPEN), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    ready = [process.stdout.readline() for process in processes]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=60) for process in processes]
    assert ready == ["ready\n"] * count
    assert [process.returncode for process in processes] == [0] * count, ended
    return [out.strip() for out, _ in ended]


@pytest.mark.parametrize("version", ["fresh", "version_1", "version_2"])
@pytest.mark.parametrize("log", ["delete", "wal"])
def test_processes_that_open_a_ledger_at_the_same_moment_all_find_it_whole(tmp_path, version, log):
    path = tmp_path / "l.db" if version == "fresh" else old_ledger(tmp_path, version, log=log)
    read = opened_at_once(path)
    assert len(set(read)) == 1, read
    assert read[0].split()[0] == ("0" if version == "fresh" else "2")
    assert asked(path, "SELECT version FROM schema_info") == [(3,)]
    assert asked(path, "SELECT count(*) FROM ledger_fact WHERE name = 'trusted_since'") == [(1,)]
    assert asked(path, "PRAGMA journal_mode") == [("wal",)]


def test_two_that_open_a_new_file_at_once_wait_for_each_other(tmp_path):
    """The switch to the write-ahead log is refused at once while another holds the file; it is tried again."""
    path = tmp_path / "l.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE x (y)")
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(StorageLockedError):
            SqlLedger(f"sqlite:///{path}", ManualClock(), busy_wait_s=0.3).find()
        assert 0.3 <= time.monotonic() - began < 5
        other.execute("ROLLBACK")
    ledger = SqlLedger(f"sqlite:///{path}", ManualClock())
    assert ledger.find() == ()
    ledger.close()


@pytest.mark.parametrize("version", ["version_1", "version_2"])
def test_a_ledger_of_an_earlier_version_keeps_every_row_and_gains_what_is_new(tmp_path, version):
    path = old_ledger(tmp_path, version)
    tables = {row[0] for row in asked(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    counts = {table: asked(path, f"SELECT count(*) FROM {table}") for table in tables}
    ledger = SqlLedger(f"sqlite:///{path}", ManualClock())
    held, placed = ledger.find()
    assert {table: asked(path, f"SELECT count(*) FROM {table}") for table in tables} == counts
    assert (placed.state, placed.po_number, placed.sends, placed.intent_body) == (
        State.PLACED,
        "DEMO-1001",
        1,
        '{"poNumber": "DEMO-1001"}',
    )
    assert [(line.sku, line.quantity, str(line.outcome), line.wanted) for line in placed.lines] == [
        ("B00760004", 2, "bought", 2),
        ("B00760003", 1, "short", 4),
        ("GIFT", 1, "excluded", 0),
    ]
    assert [line.unit_price for line in placed.lines] == [None, None, None]
    assert placed.supplier_orders[0].fulfillment_ids == ("gid://shopify/Fulfillment/1",)
    assert (held.reason_code, held.reason_since, held.act_by, held.decision) == ("unknown_sku", None, None, "")
    assert ledger.trusted_since() == TRUSTED[version]
    assert [call.outcome for call in ledger.attempts(placed.key)] == ["placed 1"]
    claim = ledger.claim("main", placed.key.order_id, now=NOW, lease_s=60)
    assert claim.fence == 4
    assert len(SqlInbox(ledger.database).waiting("main", held.key.order_id)) == (1 if version == "version_2" else 0)
    ledger.save(ledger.claim("main", "new", now=NOW, lease_s=60), a_record(order_id="new", decision="abc"))
    assert ledger.records_of_order("main", "new")[0].decision == "abc"
    ledger.close()


def test_a_new_ledger_has_the_same_columns_as_one_that_was_brought_up_to_date(tmp_path):
    (tmp_path / "new").mkdir()
    old, new = old_ledger(tmp_path, "version_1"), tmp_path / "new" / "l.db"
    columns = []
    for path in (old, new):
        ledger = SqlLedger(f"sqlite:///{path}", ManualClock())
        ledger.find()
        ledger.close()
        tables = sorted(
            row[0] for row in asked(path, "SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")
        )
        infos = (asked(path, f"PRAGMA table_info({table})") for table in tables)
        columns.append({table: {row[1] for row in info} for table, info in zip(tables, infos, strict=True)})
    assert columns[0] == columns[1]
