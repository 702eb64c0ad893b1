"""What every reader of many records promises."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.ports import Ledger, RecordReader
from order_sync.plugins.contracts.builders import NOW, a_record
from order_sync.plugins.contracts.keeping import stored
from order_sync.plugins.contracts.manual_clock import ManualClock


class RecordReaderContract:
    """What a RecordReader promises: every record once and in order, also over pages, also while others write.

    The subclass gives:
        ledger: an empty Ledger. If it tells the time by itself, it does so by the fixture ``clock``, which is given
            here.
        record_reader: reads what that ledger saved; in pages of one or two records, if it has any.
    """

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The time, which a test lets pass."""
        return ManualClock()

    def test_records_are_read_oldest_first_over_many_pages(self, ledger: Ledger, record_reader: RecordReader) -> None:
        for number in range(5):
            put(ledger, number)
        assert names(record_reader.each()) == ["#0", "#1", "#2", "#3", "#4"]
        assert names(record_reader.latest(limit=2)) == ["#4", "#3"]

    def test_records_of_a_connection_a_state_and_a_time_are_read(
        self, ledger: Ledger, clock: ManualClock, record_reader: RecordReader
    ) -> None:
        put(ledger, 1, state=State.HELD)
        put(ledger, 2, connection="second", supplier_account="memory:2", state=State.HELD)
        clock.advance_s(60)
        put(ledger, 3, clock, state=State.PLACED)
        assert names(record_reader.each(connection="main")) == ["#1", "#3"]
        assert names(record_reader.each(states=[State.HELD])) == ["#1", "#2"]
        assert names(record_reader.each(since=NOW + timedelta(seconds=30))) == ["#3"]
        assert names(record_reader.each(connection="nobody")) == []

    def test_the_newest_of_a_connection_a_state_and_a_mode_are_read_page_by_page(
        self, ledger: Ledger, record_reader: RecordReader
    ) -> None:
        for number in range(4):
            put(ledger, number, state=State.HELD if number % 2 else State.PLACED)
        put(ledger, 4, connection="second", supplier_account="memory:2", mode=Mode.TEST)
        assert names(record_reader.latest(limit=9, connection="main", states=[State.HELD])) == ["#3", "#1"]
        assert names(record_reader.latest(limit=9, mode=Mode.TEST)) == ["#4"]
        assert names(record_reader.latest(limit=2, offset=1)) == ["#3", "#2"]

    def test_an_export_may_go_on_while_others_write(self, ledger: Ledger, record_reader: RecordReader) -> None:
        put(ledger, 1)
        put(ledger, 2)
        reading = record_reader.each()
        assert next(reading).order_name == "#1"
        put(ledger, 3)
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
    def test_what_a_person_may_have_to_see_to_is_found(
        self, ledger: Ledger, record_reader: RecordReader, values: dict[str, Any], asks: bool
    ) -> None:
        put(ledger, 1, **values)
        assert bool(record_reader.asking()) is asks


def put(ledger: Ledger, number: int, clock: ManualClock | None = None, **values: Any) -> None:
    """A record named after its number."""
    record = a_record(**{"order_id": str(number), "order_name": f"#{number}", "po_number": f"P-{number}", **values})
    stored(ledger, record, now=NOW if clock is None else clock.now())


def names(records: Iterable[SyncRecord]) -> list[str]:
    """What their orders are called."""
    return [record.order_name for record in records]
