"""What every journal promises, bound to the one in memory and the one in SQL."""

from __future__ import annotations

import json
import threading

import pytest

from order_sync.core.errors import ConcurrentUpdateError, PoNumberTakenError
from order_sync.core.model.journal import JournalEntry
from tests.builders import NOW, a_record


def entry(number=1, kind="moved"):
    return JournalEntry(kind, {"n": number})


def put(storage, *entries, order_id="1", connection="main", **more):
    claim = storage.ledger.claim(connection, order_id, now=NOW, lease_s=60)
    try:
        storage.ledger.save(claim, a_record(order_id=order_id, connection=connection, **more), entries=entries)
    finally:
        storage.ledger.give_back(claim)


def test_a_new_journal_is_empty_and_whole(storage):
    assert storage.journal.rows() == ()
    assert storage.journal.last_number() == 0
    assert storage.journal.verify() == ()


def test_an_entry_comes_back_with_when_and_of_which_share_it_tells(storage):
    put(storage, JournalEntry("moved", {"b": [1, None, "ü\ud800\x00"], "a": {"x": True}}))
    (row,) = storage.journal.rows()
    assert (row.connection, row.order_id, row.share, row.mode, row.kind) == ("main", "1", "order", "live", "moved")
    assert row.payload == {"b": [1, None, "ü\ud800\x00"], "a": {"x": True}}
    assert row.at.tzinfo is not None and row.number == storage.journal.last_number()


def test_entries_are_stored_with_their_record_or_not_at_all(storage):
    put(storage, entry(1), po_number="DEMO-1")
    with pytest.raises(PoNumberTakenError):
        put(storage, entry(2), order_id="2", po_number="DEMO-1")
    lost = storage.ledger.claim("main", "3", now=NOW, lease_s=60)
    storage.ledger.give_back(lost)
    storage.ledger.claim("main", "3", now=NOW, lease_s=60)
    with pytest.raises(ConcurrentUpdateError):
        storage.ledger.save(lost, a_record(order_id="3"), entries=(entry(3),))
    put(storage, entry(4), order_id="4")
    assert [row.payload["n"] for row in storage.journal.rows()] == [1, 4]
    (check,) = storage.journal.verify()
    assert (check.rows, check.broken_at) == (2, None)


def test_an_entry_can_be_appended_without_a_change_of_a_record(storage):
    storage.journal.append(a_record(order_id="1").key, entry(1, "operator"), entry(2, "operator"))
    assert [row.kind for row in storage.journal.rows(order_id="1")] == ["operator", "operator"]
    storage.journal.append(a_record().key)
    assert storage.journal.last_number() == 2


def test_rows_are_found_by_connection_and_order_from_a_number_on(storage):
    for number in range(6):
        put(storage, entry(number), order_id=str(number % 2), connection="main" if number < 4 else "second")
    numbers = [row.number for row in storage.journal.rows()]
    assert numbers == sorted(numbers)
    assert [row.payload["n"] for row in storage.journal.rows(connection="main")] == [0, 1, 2, 3]
    assert [row.payload["n"] for row in storage.journal.rows(connection="main", order_id="1")] == [1, 3]
    assert [row.payload["n"] for row in storage.journal.rows(after=numbers[3])] == [4, 5]
    assert [row.payload["n"] for row in storage.journal.rows(limit=2)] == [0, 1]
    assert [row.payload["n"] for row in storage.journal.rows(limit=2, newest=True)] == [4, 5]


def test_each_connection_has_a_chain_of_its_own(storage):
    for number in range(6):
        put(storage, entry(number), order_id=str(number), connection=["main", "second"][number % 2])
    checks = storage.journal.verify()
    assert [(check.connection, check.rows, check.erased, check.broken_at) for check in checks] == [
        ("main", 3, 0, None),
        ("second", 3, 0, None),
    ]
    for check in checks:
        assert check.head == storage.journal.rows(connection=check.connection)[-1].hash


def test_threads_that_append_at_once_keep_the_chain_whole(storage):
    def work(name):
        for number in range(15):
            put(storage, entry(number), entry(number + 100), order_id=f"{name}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (check,) = storage.journal.verify()
    assert (check.rows, check.broken_at) == (180, None)
    for name in range(6):
        told = [row.payload["n"] for row in storage.journal.rows(order_id=str(name))]
        assert told == [n for number in range(15) for n in (number, number + 100)]


def test_erasing_a_persons_data_takes_the_payloads_and_the_chain_still_holds(storage):
    for number in range(4):
        put(storage, entry(number), order_id=str(number % 2))
    storage.personal_data.erase("main", ["1"])
    assert [row.payload and row.payload["n"] for row in storage.journal.rows()] == [0, None, 2, None]
    put(storage, entry(9), order_id="1")
    (check,) = storage.journal.verify()
    assert (check.rows, check.erased, check.broken_at) == (5, 2, None)


def test_erasing_a_shop_takes_every_payload_of_that_connection_and_of_no_other(storage):
    put(storage, entry(1))
    put(storage, entry(2), order_id="2")
    put(storage, entry(3), connection="second")
    storage.personal_data.erase("main", None)
    assert [row.payload for row in storage.journal.rows()] == [None, None, {"n": 3}]
    assert [check.erased for check in storage.journal.verify()] == [2, 0]


def test_an_export_has_what_the_journal_says_of_the_orders(storage):
    put(storage, JournalEntry("operator", {"reason": "Dana called"}))
    put(storage, JournalEntry("operator", {"reason": "somebody else"}), order_id="2")
    storage.journal.append(a_record(order_id="3").key, JournalEntry("operator", {"reason": "without a record"}))
    text = json.dumps(storage.personal_data.export("main", ["1", "3"]))
    assert "Dana called" in text and "without a record" in text and "somebody else" not in text
