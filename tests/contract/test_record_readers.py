"""What every reader of many records promises."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from order_sync.adapters.storage_sql import SqlRecordReader, record_reader
from order_sync.adapters.storage_sql.tables import ASKING
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State
from tests.builders import NOW, a_record


def put(storage, number, **values):
    values = {"po_number": f"P-{number}", **values}
    record = a_record(order_id=str(number), order_name=f"#{number}", **values)
    claim = storage.ledger.claim(record.key.connection, record.key.order_id, now=storage.clock.now(), lease_s=60)
    storage.ledger.save(claim, record)
    storage.ledger.give_back(claim)


def names(records):
    return [record.order_name for record in records]


def test_records_are_read_oldest_first_over_many_pages(storage, monkeypatch):
    monkeypatch.setattr(record_reader, "PAGE", 2)
    for number in range(5):
        put(storage, number)
    assert names(storage.reader.each()) == ["#0", "#1", "#2", "#3", "#4"]
    assert names(storage.reader.latest(limit=2)) == ["#4", "#3"]


def test_records_of_a_connection_a_state_and_a_time_are_read(storage):
    put(storage, 1, state=State.HELD)
    put(storage, 2, connection="second", supplier_account="memory:2", state=State.HELD)
    storage.clock.advance_s(60)
    put(storage, 3, state=State.PLACED)
    assert names(storage.reader.each(connection="main")) == ["#1", "#3"]
    assert names(storage.reader.each(states=[State.HELD])) == ["#1", "#2"]
    assert names(storage.reader.each(since=NOW + timedelta(seconds=30))) == ["#3"]
    assert names(storage.reader.each(connection="nobody")) == []


def test_the_newest_of_a_connection_a_state_and_a_mode_are_read_page_by_page(storage):
    for number in range(4):
        put(storage, number, state=State.HELD if number % 2 else State.PLACED)
    put(storage, 4, connection="second", supplier_account="memory:2", mode=Mode.TEST)
    assert names(storage.reader.latest(limit=9, connection="main", states=[State.HELD])) == ["#3", "#1"]
    assert names(storage.reader.latest(limit=9, mode=Mode.TEST)) == ["#4"]
    assert names(storage.reader.latest(limit=2, offset=1)) == ["#3", "#2"]


def test_an_export_may_go_on_while_others_write(storage, monkeypatch):
    monkeypatch.setattr(record_reader, "PAGE", 1)
    put(storage, 1)
    put(storage, 2)
    reading = storage.reader.each()
    assert next(reading).order_name == "#1"
    put(storage, 3)
    assert names(reading)[0] == "#2"


@pytest.mark.parametrize(
    ("values", "asks"),
    [
        ({"state": State.HELD}, True),
        ({"state": State.IN_DOUBT}, True),
        ({"state": State.PLACED, "next_action": "Call."}, True),
        ({"state": State.PLACED}, False),
        ({"state": State.COMPLETED}, False),
    ],
)
def test_what_a_person_may_have_to_see_to_is_found(storage, values, asks):
    put(storage, 1, **values)
    assert bool(storage.reader.asking()) is asks


def test_looking_for_it_reads_no_record_that_asks_nothing(storage):
    if not isinstance(storage.reader, SqlRecordReader) or not storage.ledger.database.is_sqlite:
        pytest.skip("SQLite tells its plan")
    put(storage, 1)
    query = f"EXPLAIN QUERY PLAN SELECT * FROM sync_record WHERE {ASKING} ORDER BY id"
    with storage.ledger.database.read() as db:
        plan = " ".join(str(row) for row in db.execute(text(query)))
    assert "records_asking" in plan
