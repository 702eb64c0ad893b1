"""Every clock of ours keeps what they promise."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from order_sync.adapters.system import clock as system_clock
from order_sync.adapters.system.clock import SystemClock
from order_sync.plugins.contracts import ClockContract, ManualClock


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self):
        return SystemClock()

    @pytest.fixture
    def set_back(self, monkeypatch):
        def back(seconds):
            class Before(datetime):
                @classmethod
                def now(cls, tz=None):
                    return datetime.now(tz) - timedelta(seconds=seconds)

            monkeypatch.setattr(system_clock, "datetime", Before)

        return back


class TestManualClock(ClockContract):
    @pytest.fixture
    def clock(self):
        return ManualClock()
