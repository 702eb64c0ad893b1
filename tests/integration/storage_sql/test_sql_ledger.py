"""The ledger's file: two processes, dead owners, damage, full disks."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from datetime import timedelta

import pytest

from order_sync.adapters.storage_sql import SqlLedger
from order_sync.adapters.storage_sql.owner import is_dead, this_process
from order_sync.core.errors import ConfigurationError, StorageCorruptError, StorageError, StorageLockedError
from tests.builders import NOW, a_record, an_order
from tests.fakes.bench import Bench
from tests.fakes.clock import ManualClock

OPENED: list[SqlLedger] = []


@pytest.fixture(autouse=True)
def _close_ledgers():
    yield
    while OPENED:
        OPENED.pop().close()


def made(url, clock=None, **kwargs):
    OPENED.append(SqlLedger(url, clock or ManualClock(), **kwargs))
    return OPENED[-1]


def open_ledger(tmp_path, **kwargs):
    return made(f"sqlite:///{tmp_path}/ledger.sqlite3", **kwargs)


def in_process(code: str, *args: str, wait: bool = True):
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), *args], stdout=subprocess.PIPE, text=True)
    if wait:
        out, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        return out
    return process


CLAIM = """
    import sys, time
    from datetime import datetime, UTC
    from order_sync.adapters.storage_sql import SqlLedger
    from order_sync.adapters.system.clock import SystemClock
    ledger = SqlLedger(f"sqlite:///{sys.argv[1]}/ledger.sqlite3", SystemClock())
    print(ledger.claim("main", "1", now=datetime.now(UTC), lease_s=600) is not None, flush=True)
    if sys.argv[2] == "stay":
        sys.stdin.read() if not sys.stdin.closed else time.sleep(30)
"""


def test_a_record_survives_the_process(tmp_path):
    first = open_ledger(tmp_path)
    first.save(first.claim("main", "1", now=NOW, lease_s=60), a_record(order_id="1"))
    first.close()
    assert open_ledger(tmp_path).records_of_order("main", "1")[0].order_name == "#1001"


def test_the_claim_of_a_process_that_died_is_taken_over_at_once(tmp_path):
    assert in_process(CLAIM, str(tmp_path), "die").strip() == "True"
    mine = open_ledger(tmp_path).claim("main", "1", now=NOW, lease_s=60)
    assert mine is not None and mine.orphaned


def test_the_claim_of_a_process_that_lives_is_respected(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CLAIM), str(tmp_path), "stay"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline().strip() == "True"
        assert open_ledger(tmp_path).claim("main", "1", now=NOW, lease_s=60) is None
    finally:
        process.kill()
        process.communicate()


def test_a_process_of_another_machine_is_never_called_dead():
    assert not is_dead("elsewhere|boot|1|2")
    assert not is_dead("nonsense")
    assert not is_dead(this_process())


def test_a_ledger_that_is_no_database_stops_and_does_not_start_empty(tmp_path):
    (tmp_path / "ledger.sqlite3").write_bytes(b"this is not a database, whatever its name says" * 50)
    with pytest.raises(StorageCorruptError, match="backup"):
        open_ledger(tmp_path).find()


def test_a_ledger_of_a_newer_version_stops(tmp_path):
    open_ledger(tmp_path).find()
    db = sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)
    db.execute("UPDATE schema_info SET version = 99")
    db.close()
    with pytest.raises(StorageCorruptError, match="version 99"):
        open_ledger(tmp_path).find()


def test_a_locked_ledger_says_so(tmp_path):
    ledger = open_ledger(tmp_path, busy_wait_s=0.2)
    ledger.find()
    blocker = sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageLockedError, match="locked"):
        ledger.claim("main", "1", now=NOW, lease_s=60)
    blocker.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be opened"):
        made(f"sqlite:///{tmp_path}/file/ledger.sqlite3").find()


def test_a_url_that_is_none_is_refused_without_repeating_it():
    with pytest.raises(ConfigurationError) as caught:
        SqlLedger("secret nonsense", ManualClock())
    assert "secret nonsense" not in str(caught.value)


def test_an_error_about_the_database_never_shows_its_password():
    ledger = made("postgresql+psycopg://user:hunter2@127.0.0.1:1/x")
    with pytest.raises(StorageError) as caught:
        ledger.find()
    assert "hunter2" not in str(caught.value)


def test_a_full_disk_keeps_the_purchase_from_being_sent(tmp_path, mocker):
    bench = Bench(an_order(), ledger=_sql(tmp_path))
    original = bench.ledger.save

    def full(claim, record, **kwargs):
        if record.state == "submitting":
            raise StorageError("database or disk is full")
        return original(claim, record, **kwargs)

    mocker.patch.object(bench.ledger, "save", side_effect=full)
    with pytest.raises(StorageError):
        bench.handle()
    assert bench.supplier.bodies == []
    mocker.stopall()
    assert bench.handle().state == "placed"


def test_an_answer_that_could_not_be_stored_is_found_again_by_look_up(tmp_path, mocker):

    bench = Bench(an_order(), ledger=_sql(tmp_path))
    original = bench.ledger.save

    def full(claim, record, **kwargs):
        if record.state == "placed":
            raise StorageError("database or disk is full")
        return original(claim, record, **kwargs)

    mocker.patch.object(bench.ledger, "save", side_effect=full)
    with pytest.raises(StorageError):
        bench.handle()
    mocker.stopall()
    assert bench.handle().state == "placed"
    assert len(bench.supplier.bodies) == 1


def test_the_whole_protocol_runs_on_the_real_ledger(tmp_path):
    from tests.fakes.supplier import lost

    bench = Bench(an_order(updated_at=NOW + timedelta(minutes=1)), ledger=_sql(tmp_path))
    bench.supplier.before_submit = [lost()]
    assert bench.sync().records[0].state == "placed"
    assert bench.supplier.bought == ["DEMO-1001"]
    key = bench.record().key
    kinds = [attempt.kind for attempt in bench.ledger.attempts(key)]
    assert kinds[0] == "send" and kinds[-1] == "send" and "look_up" in kinds


def _sql(tmp_path):
    return lambda clock: made(f"sqlite:///{tmp_path}/ledger.sqlite3", clock)


def test_a_claim_that_could_not_be_given_back_is_given_back_later(tmp_path, mocker):
    ledger = open_ledger(tmp_path)
    claim = ledger.claim("main", "gid://shopify/Order/1", now=NOW, lease_s=300)
    mocker.patch.object(ledger.database, "write", side_effect=StorageError("disk full"))
    with pytest.raises(StorageError):
        ledger.give_back(claim)
    mocker.stopall()
    assert ledger.claim("main", "gid://shopify/Order/1", now=NOW, lease_s=300) is None
    assert ledger.free_dead_claims(now=NOW) == 1
    assert ledger.claim("main", "gid://shopify/Order/1", now=NOW, lease_s=300) is not None
    assert ledger.free_dead_claims(now=NOW) == 0
