"""Every notifier of ours keeps what they promise."""

from __future__ import annotations

import logging

import pytest

from order_sync.adapters.memory import NullNotifier, RecordingNotifier
from order_sync.adapters.system.log_notifier import LogNotifier
from order_sync.core.model.events import DataErased
from order_sync.plugins.contracts import NotifierContract
from order_sync.plugins.contracts.keeping import all_at_once


class TestNullNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self):
        return NullNotifier()


class TestRecordingNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self):
        return RecordingNotifier()


class TestLogNotifier(NotifierContract):
    @pytest.fixture
    def logger(self):
        made = logging.Logger("of this test")
        made.addHandler(logging.NullHandler())
        return made

    @pytest.fixture(params=[False, True], ids=["neutral", "with personal data"])
    def notifier(self, request, logger):
        return LogNotifier(logger, personal_data=request.param)

    @pytest.fixture
    def break_down(self, logger):
        class Broken(logging.Handler):
            def emit(self, record):
                raise OSError("the log cannot be written")

        return lambda: logger.addHandler(Broken())


def test_every_event_of_many_threads_is_remembered():
    notifier = RecordingNotifier()
    all_at_once(lambda number: [notifier.notify(DataErased("main", n)) for n in range(200)], threads=6)
    assert len(notifier.events) == 1200
