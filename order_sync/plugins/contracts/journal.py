"""What every journal promises."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.core.errors import ConcurrentUpdateError, PoNumberTakenError
from order_sync.core.model.journal import JournalEntry, JournalRow
from order_sync.core.ports import Journal, Ledger
from order_sync.plugins.contracts.builders import a_record
from order_sync.plugins.contracts.keeping import all_at_once, claimed, stored


class JournalContract:
    """What a Journal promises: entries are only added, stored with what they tell of, and chained by connection.

    What erasing a person's data leaves of it is in `PersonalDataContract`.

    The subclass gives:
        ledger: an empty Ledger whose ``save`` stores entries in the journal below.
        journal: the empty Journal beside it.
    """

    def test_a_new_journal_is_empty_and_whole(self, journal: Journal) -> None:
        assert journal.rows() == ()
        assert journal.last_number() == 0
        assert journal.verify() == ()

    def test_an_entry_comes_back_with_when_and_of_which_share_it_tells(self, ledger: Ledger, journal: Journal) -> None:
        put(ledger, JournalEntry("moved", {"b": [1, None, "ü\ud800\x00"], "a": {"x": True}}))
        (row,) = journal.rows()
        assert (row.connection, row.order_id, row.share, row.mode, row.kind) == ("main", "1", "order", "live", "moved")
        assert row.payload == {"b": [1, None, "ü\ud800\x00"], "a": {"x": True}}
        assert row.at.tzinfo is not None and row.number == journal.last_number()

    def test_entries_are_stored_with_their_record_or_not_at_all(self, ledger: Ledger, journal: Journal) -> None:
        put(ledger, entry(1), po_number="DEMO-1")
        with pytest.raises(PoNumberTakenError):
            put(ledger, entry(2), order_id="2", po_number="DEMO-1")
        lost = claimed(ledger, "3")
        ledger.give_back(lost)
        claimed(ledger, "3")
        with pytest.raises(ConcurrentUpdateError):
            ledger.save(lost, a_record(order_id="3"), entries=(entry(3),))
        put(ledger, entry(4), order_id="4")
        assert [n_of(row) for row in journal.rows()] == [1, 4]
        (check,) = journal.verify()
        assert (check.rows, check.broken_at) == (2, None)

    def test_an_entry_can_be_appended_without_a_change_of_a_record(self, journal: Journal) -> None:
        journal.append(a_record(order_id="1").key, entry(1, "operator"), entry(2, "operator"))
        assert [row.kind for row in journal.rows(order_id="1")] == ["operator", "operator"]
        journal.append(a_record().key)
        assert journal.last_number() == 2

    def test_rows_are_found_by_connection_and_order_from_a_number_on(self, ledger: Ledger, journal: Journal) -> None:
        for number in range(6):
            put(ledger, entry(number), order_id=str(number % 2), connection="main" if number < 4 else "second")
        numbers = [row.number for row in journal.rows()]
        assert numbers == sorted(numbers)
        assert [n_of(row) for row in journal.rows(connection="main")] == [0, 1, 2, 3]
        assert [n_of(row) for row in journal.rows(connection="main", order_id="1")] == [1, 3]
        assert [n_of(row) for row in journal.rows(after=numbers[3])] == [4, 5]
        assert [n_of(row) for row in journal.rows(limit=2)] == [0, 1]
        assert [n_of(row) for row in journal.rows(limit=2, newest=True)] == [4, 5]

    def test_each_connection_has_a_chain_of_its_own(self, ledger: Ledger, journal: Journal) -> None:
        for number in range(6):
            put(ledger, entry(number), order_id=str(number), connection=["main", "second"][number % 2])
        checks = journal.verify()
        assert [(check.connection, check.rows, check.erased, check.broken_at) for check in checks] == [
            ("main", 3, 0, None),
            ("second", 3, 0, None),
        ]
        for check in checks:
            assert check.head == journal.rows(connection=check.connection)[-1].hash

    def test_threads_that_append_at_once_keep_the_chain_whole(self, ledger: Ledger, journal: Journal) -> None:
        def work(name: int) -> None:
            for number in range(15):
                put(ledger, entry(number), entry(number + 100), order_id=f"{name}")

        all_at_once(work, threads=6)
        (check,) = journal.verify()
        assert (check.rows, check.broken_at) == (180, None)
        for name in range(6):
            told = [n_of(row) for row in journal.rows(order_id=str(name))]
            assert told == [n for number in range(15) for n in (number, number + 100)]


def entry(number: int = 1, kind: str = "moved") -> JournalEntry:
    """An entry that can be told from others by its number."""
    return JournalEntry(kind, {"n": number})


def n_of(row: JournalRow) -> Any:
    """The number of an `entry`; None once it is erased."""
    return row.payload and row.payload["n"]


def put(ledger: Ledger, *entries: JournalEntry, order_id: str = "1", connection: str = "main", **more: Any) -> None:
    """A record, and what its journal says."""
    stored(ledger, a_record(order_id=order_id, connection=connection, **more), entries=entries)
