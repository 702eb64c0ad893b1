"""What every inbox promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.ports import Inbox
from order_sync.plugins.contracts.builders import NOW
from order_sync.plugins.contracts.keeping import all_at_once

ORDER = "gid://shopify/Order/1"


class InboxContract:
    """What an Inbox promises: every event is kept once, until it is applied, and its repeats are known after that.

    The subclass gives:
        inbox: an empty Inbox, made anew for every test.
    """

    def test_an_event_comes_back_as_it_was_stored(self, inbox: Inbox) -> None:
        event = an_event(
            kind=EventKind.EXPORT_PERSON, order_id="", order_ids=("1", "2"), reference="77", triggered_at=NOW
        )
        assert inbox.add([("main", event)], now=NOW) == (True,)
        (entry,) = inbox.waiting("main", "")
        assert (entry.connection, entry.event, entry.received_at) == ("main", event, NOW)

    def test_a_repeat_is_dropped(self, inbox: Inbox) -> None:
        assert inbox.add([("main", an_event())], now=NOW) == (True,)
        assert inbox.add([("main", an_event())], now=NOW) == (False,)
        assert len(inbox.waiting("main", ORDER)) == 1

    def test_a_repeat_within_one_call_is_dropped(self, inbox: Inbox) -> None:
        events = [("main", an_event("a")), ("main", an_event("b")), ("main", an_event("a"))]
        assert inbox.add(events, now=NOW) == (True, True, False)
        assert [entry.event.delivery_key for entry in inbox.waiting("main", ORDER)] == ["a", "b"]

    def test_one_act_in_the_shop_raises_several_topics_and_all_count(self, inbox: Inbox) -> None:
        events = [("main", an_event(topic=topic)) for topic in ("orders/paid", "orders/updated")]
        assert inbox.add(events, now=NOW) == (True, True)

    def test_the_same_event_for_two_connections_of_one_shop_is_new_for_both(self, inbox: Inbox) -> None:
        assert inbox.add([("main", an_event()), ("second", an_event())], now=NOW) == (True, True)
        inbox.applied([inbox.waiting("main", ORDER)[0].entry_id], now=NOW, outcome="placed")
        assert inbox.waiting("main", ORDER) == () and len(inbox.waiting("second", ORDER)) == 1

    def test_nothing_to_add_is_no_error(self, inbox: Inbox) -> None:
        assert inbox.add([], now=NOW) == ()

    def test_orders_come_longest_waiting_first_and_once_each(self, inbox: Inbox) -> None:
        for order, key in (("2", "a"), ("1", "b"), ("2", "c"), ("3", "d")):
            inbox.add([("main", an_event(key, order_id=order))], now=NOW)
        inbox.add([("second", an_event("e", order_id="9"))], now=NOW)
        assert inbox.waiting_orders(limit=10) == (("main", "2"), ("main", "1"), ("main", "3"), ("second", "9"))
        assert inbox.waiting_orders(limit=2) == (("main", "2"), ("main", "1"))
        assert inbox.waiting_orders(limit=10, without={"main"}) == (("second", "9"),)

    def test_connections_left_out_take_no_place_within_the_limit(self, inbox: Inbox) -> None:
        inbox.add([("busy", an_event(str(n), order_id=str(n))) for n in range(20)], now=NOW)
        inbox.add([("main", an_event())], now=NOW)
        assert inbox.waiting_orders(limit=5, without=["busy"]) == (("main", ORDER),)

    def test_what_is_applied_waits_no_more_and_its_repeat_is_still_known(self, inbox: Inbox) -> None:
        inbox.add([("main", an_event("a")), ("main", an_event("b"))], now=NOW)
        first, second = inbox.waiting("main", ORDER)
        assert first.entry_id < second.entry_id
        inbox.applied([first.entry_id], now=NOW, outcome="x" * 1000)
        assert inbox.waiting("main", ORDER) == (second,)
        assert inbox.add([("main", an_event("a"))], now=NOW) == (False,)
        assert inbox.waiting("main", ORDER) == (second,)

    def test_applying_nothing_is_no_error(self, inbox: Inbox) -> None:
        inbox.applied([], now=NOW, outcome="")

    def test_pruning_forgets_what_was_applied_before_and_nothing_that_waits(self, inbox: Inbox) -> None:
        inbox.add([("main", an_event(key)) for key in ("old", "new", "waits")], now=NOW - timedelta(days=30))
        old, new, waits = inbox.waiting("main", ORDER)
        inbox.applied([old.entry_id], now=NOW - timedelta(days=8), outcome="placed")
        inbox.applied([new.entry_id], now=NOW, outcome="placed")
        assert inbox.prune(before=NOW - timedelta(days=7)) == 1
        assert inbox.add([("main", an_event("old")), ("main", an_event("new"))], now=NOW) == (True, False)
        assert waits in inbox.waiting("main", ORDER)

    def test_the_numbers_tell_what_waits_and_since_when(self, inbox: Inbox) -> None:
        inbox.add([("main", an_event("a"))], now=NOW)
        inbox.add([("main", an_event("b")), ("second", an_event("a"))], now=NOW + timedelta(minutes=1))
        stats = inbox.stats()
        assert stats.waiting == {"main": 2, "second": 1}
        assert stats.oldest == {"main": NOW, "second": NOW + timedelta(minutes=1)}
        inbox.applied([entry.entry_id for entry in inbox.waiting("main", ORDER)], now=NOW, outcome="")
        assert inbox.stats().waiting == {"second": 1}

    def test_more_events_than_a_statement_takes_are_stored_and_applied(self, inbox: Inbox) -> None:
        events = [("main", an_event(str(n))) for n in range(1500)]
        assert all(inbox.add(events, now=NOW)) and not any(inbox.add(events, now=NOW))
        inbox.applied([entry.entry_id for entry in inbox.waiting("main", ORDER)], now=NOW, outcome="")
        assert inbox.stats().waiting == {}

    def test_events_that_many_threads_bring_at_once_are_kept_once_each(self, inbox: Inbox) -> None:
        def bring(worker: int) -> None:
            for n in range(6):
                inbox.add([("main", an_event(f"same-{n}")), ("main", an_event(f"{worker}-{n}"))], now=NOW)

        all_at_once(bring, threads=8)
        keys = [entry.event.delivery_key for entry in inbox.waiting("main", ORDER)]
        assert len(keys) == len(set(keys)) == 6 + 8 * 6


def an_event(key: str = "e1", **overrides: Any) -> ShopEvent:
    """An event of the shop that says to look at an order."""
    values: dict[str, Any] = {"topic": "orders/paid", "kind": EventKind.LOOK, "delivery_key": key, "order_id": ORDER}
    return ShopEvent(**{**values, **overrides})
