"""What every clock promises."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from order_sync.core.ports import Clock
from order_sync.plugins.contracts.keeping import all_at_once

_RESOLUTION = timedelta(milliseconds=1)
"""A clock may tell the time a little coarser than it sleeps."""


class ClockContract:
    """What a Clock promises: aware UTC, never back, and a sleep that is no shorter than asked for.

    The subclass gives:
        clock: a Clock, made anew for every test.
        set_back: a function that sets what the clock goes by back by so many seconds; given here as None: there is no
            such thing.
    """

    @pytest.fixture
    def set_back(self) -> Callable[[float], None] | None:
        """How the machine's time is set back."""
        return None

    def test_the_time_is_aware_and_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)

    def test_the_time_never_goes_back(self, clock: Clock) -> None:
        readings = [clock.now() for _ in range(1000)]
        assert readings == sorted(readings)

    def test_the_time_never_goes_back_between_threads(self, clock: Clock) -> None:
        turn = threading.Lock()
        readings: list[datetime] = []

        def read(number: int) -> None:
            for _ in range(100):
                with turn:
                    readings.append(clock.now())

        all_at_once(read, threads=4)
        assert readings == sorted(readings)

    def test_a_clock_that_is_set_back_stands_still(
        self, clock: Clock, set_back: Callable[[float], None] | None
    ) -> None:
        if set_back is None:
            pytest.skip("nothing sets this clock back")
        before = clock.now()
        set_back(3600.0)
        assert before <= clock.now() < before + timedelta(minutes=1)

    @pytest.mark.parametrize("seconds", [0.0, 0.02, 0.05])
    def test_a_sleep_is_no_shorter_than_asked_for(self, clock: Clock, seconds: float) -> None:
        before = clock.now()
        clock.sleep_s(seconds)
        assert clock.now() - before >= timedelta(seconds=seconds) - _RESOLUTION

    def test_a_wait_for_what_is_past_already_is_over_at_once(self, clock: Clock) -> None:
        before = clock.now()
        clock.sleep_s(-3600.0)
        assert before <= clock.now() < before + timedelta(minutes=1)
