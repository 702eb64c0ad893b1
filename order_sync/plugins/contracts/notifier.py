"""What every notifier promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest

from order_sync.core.model.events import ConnectionPaused, DataErased, DataExported, Event, ParcelsAdded, RecordMoved
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State
from order_sync.core.ports import Notifier
from order_sync.plugins.contracts.builders import a_record
from order_sync.plugins.contracts.keeping import all_at_once

ODD = "ünïcode “text” 雪\nsecond line\t%s %d {} \x1b[31m \x00 \ud800"
EVENTS: tuple[Event, ...] = (
    RecordMoved(a_record(), None),
    RecordMoved(a_record(state=State.PLACED, po_number="DEMO-1001", mode=Mode.TEST), State.SUBMITTING),
    RecordMoved(a_record(state=State.HELD, reason_code="bad_zip", reason=ODD, order_name=ODD), State.PLANNED),
    ParcelsAdded(a_record(state=State.SHIPPED, order_name=ODD)),
    ConnectionPaused("main", "Refused.", "Mend it."),
    ConnectionPaused(ODD, ODD, ODD),
    DataExported("main", "77", "exports/main-77.json"),
    DataExported("main", "", ODD),
    DataErased("main", 0),
    DataErased("main", 12),
)


class NotifierContract:
    """What a Notifier promises: it takes every event of every thread, and never raises.

    The subclass gives:
        notifier: a Notifier, made anew for every test.
        break_down: a function after which what the notifier tells does not take anything any more; given here as None:
            there is no such thing.
    """

    @pytest.fixture
    def break_down(self) -> Callable[[], None] | None:
        """How what it tells breaks down."""
        return None

    def test_the_events_of_this_suite_are_of_every_kind(self) -> None:
        assert {type(event) for event in EVENTS} == set(get_args(Event))

    @pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
    def test_an_event_of_any_kind_is_taken(self, notifier: Notifier, event: Event) -> None:
        notifier.notify(event)

    @pytest.mark.parametrize("state", list(State))
    def test_a_move_to_any_state_is_taken(self, notifier: Notifier, state: State) -> None:
        notifier.notify(RecordMoved(a_record(state=state, reason=ODD), State.RECEIVED))

    def test_events_of_many_threads_at_once_are_taken(self, notifier: Notifier) -> None:
        def tell(number: int) -> None:
            for event in EVENTS * 5:
                notifier.notify(event)

        all_at_once(tell, threads=6)

    def test_who_cannot_be_told_raises_nothing(self, notifier: Notifier, break_down: Callable[[], None] | None) -> None:
        if break_down is None:
            pytest.skip("this notifier tells nobody who could fail")
        break_down()
        for event in EVENTS:
            notifier.notify(event)
