"""What every inbox, every keeper of gates and pauses promises, bound to memory and SQL."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine

from order_sync.adapters.memory import InMemoryAccountGates, InMemoryInbox, InMemoryPauses
from order_sync.adapters.storage_sql import Database, SqlAccountGates, SqlInbox, SqlPauses
from order_sync.adapters.storage_sql.tables import metadata
from order_sync.core.model.account_gate import AccountGate
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.ports import Pause
from tests.builders import NOW
from tests.fakes.clock import ManualClock

POSTGRES = os.environ.get("ORDER_SYNC_TEST_POSTGRES_URL")
KINDS = ["memory", "sql", *(["postgres"] if POSTGRES else [])]


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """None stands for memory."""
    if request.param == "memory":
        yield None
        return
    url = f"sqlite:///{tmp_path}/l.db"
    if request.param == "postgres":
        url = str(POSTGRES)
        engine = create_engine(url)
        metadata.drop_all(engine)
        engine.dispose()
    opened = Database(url, ManualClock())
    yield opened
    opened.close()


@pytest.fixture
def inbox(database):
    return InMemoryInbox() if database is None else SqlInbox(database)


@pytest.fixture
def gates(database):
    return InMemoryAccountGates() if database is None else SqlAccountGates(database)


@pytest.fixture
def pauses(database):
    return InMemoryPauses() if database is None else SqlPauses(database)


def an_event(order_id="gid://shopify/Order/1", key="1", topic="orders/paid", **overrides):
    return ShopEvent(topic, EventKind.LOOK, key, order_id=order_id, **overrides)


def add(inbox, *events, connection="main", now=NOW):
    return inbox.add([(connection, event) for event in events], now=now)


def test_an_event_is_kept_whole_until_it_is_applied(inbox):
    event = ShopEvent(
        "customers/redact",
        EventKind.ERASE_PERSON,
        "k",
        order_ids=("gid://shopify/Order/1", "gid://shopify/Order/2"),
        reference="77",
        triggered_at=NOW - timedelta(minutes=1),
    )
    assert add(inbox, event) == (True,)
    (entry,) = inbox.waiting("main", "")
    assert (entry.event, entry.received_at, entry.connection) == (event, NOW, "main")
    inbox.applied([entry.entry_id], now=NOW, outcome="done")
    assert inbox.waiting("main", "") == ()


def test_a_repeat_is_dropped_also_within_one_call_and_after_it_was_applied(inbox):
    assert add(inbox, an_event(), an_event(), an_event(key="2")) == (True, False, True)
    inbox.applied([entry.entry_id for entry in inbox.waiting("main", an_event().order_id)], now=NOW, outcome="done")
    assert add(inbox, an_event()) == (False,)
    assert inbox.waiting_orders(limit=10) == ()


def test_topics_and_connections_of_one_event_are_kept_apart(inbox):
    assert add(inbox, an_event(), an_event(topic="orders/updated")) == (True, True)
    assert add(inbox, an_event(), connection="other") == (True,)
    assert len(inbox.waiting("main", an_event().order_id)) == 2


def test_orders_wait_each_once_the_longest_first_without_those_left_out(inbox):
    add(inbox, an_event("b", "1"), an_event("a", "2"), an_event("b", "3"))
    add(inbox, an_event("c", "4"), connection="other")
    assert inbox.waiting_orders(limit=10) == (("main", "b"), ("main", "a"), ("other", "c"))
    assert inbox.waiting_orders(limit=1) == (("main", "b"),)
    assert inbox.waiting_orders(limit=10, without={"main"}) == (("other", "c"),)


def test_what_waits_is_counted_with_its_age(inbox):
    add(inbox, an_event(key="1"))
    add(inbox, an_event(key="2"), now=NOW + timedelta(minutes=5))
    stats = inbox.stats()
    assert (stats.waiting, stats.oldest) == ({"main": 2}, {"main": NOW})


def test_applied_events_are_forgotten_after_a_while_and_waiting_ones_never(inbox):
    add(inbox, an_event(key="1"), an_event("other", key="2"))
    (entry,) = inbox.waiting("main", an_event().order_id)
    inbox.applied([entry.entry_id], now=NOW, outcome="done")
    assert inbox.prune(before=NOW) == 0
    assert inbox.prune(before=NOW + timedelta(seconds=1)) == 1
    assert inbox.waiting_orders(limit=10) == (("main", "other"),)


def test_many_events_at_once_from_many_threads_are_all_kept(inbox):
    def send(sender):
        for batch in range(4):
            add(inbox, *(an_event(f"{sender}-{n}", f"{sender}-{batch}-{n}") for n in range(50)))

    threads = [threading.Thread(target=send, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inbox.stats().waiting == {"main": 6 * 4 * 50}


def test_an_account_never_heard_of_has_an_open_gate(gates):
    assert gates.read("ss:1") == AccountGate()
    assert gates.all() == {}


def test_a_gate_is_kept_whole(gates):
    gate = AccountGate(NOW, 3, NOW, NOW, 1, NOW, 2, 3, NOW, NOW)
    assert gates.change("ss:1", lambda before: (gate, before)) == AccountGate()
    assert gates.read("ss:1") == gate
    assert gates.all() == {"ss:1": gate}


def test_threads_that_change_a_gate_at_once_lose_no_change(gates):
    def change():
        for _ in range(20):
            gates.change("ss:1", lambda gate: (replace(gate, failures=gate.failures + 1), None))

    threads = [threading.Thread(target=change) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gates.read("ss:1").failures == 120


def test_a_pause_is_kept_replaced_and_ended(pauses):
    first = Pause("main", "authentication", "refused", "replace it", NOW, NOW + timedelta(minutes=1))
    pauses.pause(first)
    second = replace(first, until=None, times=2)
    pauses.pause(second)
    assert pauses.all() == {"main": second}
    assert pauses.resume("main") and not pauses.resume("main")
    assert pauses.all() == {}
