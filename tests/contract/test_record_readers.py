"""Every reader of many records of ours keeps what they promise."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from order_sync.adapters.storage_sql import SqlRecordReader
from order_sync.adapters.storage_sql import record_reader as sql_record_reader
from order_sync.adapters.storage_sql.tables import ASKING
from order_sync.plugins.contracts import RecordReaderContract
from order_sync.plugins.contracts.record_reader import put


class TestRecordReaders(RecordReaderContract):
    @pytest.fixture
    def clock(self, storage):
        return storage.clock

    @pytest.fixture(params=[1, 2], autouse=True)
    def page(self, request, monkeypatch):
        monkeypatch.setattr(sql_record_reader, "PAGE", request.param)


def test_looking_for_what_asks_a_person_reads_no_record_that_asks_nothing(storage):
    if not isinstance(storage.reader, SqlRecordReader) or not storage.ledger.database.is_sqlite:
        pytest.skip("SQLite tells its plan")
    put(storage.ledger, 1)
    query = f"EXPLAIN QUERY PLAN SELECT * FROM sync_record WHERE {ASKING} ORDER BY id"
    with storage.ledger.database.read() as db:
        plan = " ".join(str(row) for row in db.execute(text(query)))
    assert "records_asking" in plan
