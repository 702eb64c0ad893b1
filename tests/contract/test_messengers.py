"""Every messenger of ours keeps what they promise."""

from __future__ import annotations

import pytest

from order_sync.adapters.memory import RecordingMessenger
from order_sync.plugins.contracts import MessengerContract
from tests.fakes.post_office import PostOffice


class TestRecordingMessenger(MessengerContract):
    @pytest.fixture
    def messenger(self):
        return RecordingMessenger()

    @pytest.fixture
    def secrets(self):
        return ()

    @pytest.fixture
    def arrived(self, messenger):
        return lambda: messenger.sent

    @pytest.fixture
    def fail(self, messenger):
        def broken(place):
            messenger.problem = "it is closed"

        return broken


class TestAppriseMessenger(MessengerContract):
    @pytest.fixture
    def offices(self):
        with PostOffice() as one, PostOffice() as two:
            yield one, two

    @pytest.fixture
    def messenger(self, offices):
        from order_sync.adapters.notify_apprise import AppriseMessenger

        return AppriseMessenger([office.url for office in offices])

    @pytest.fixture
    def secrets(self):
        return ("hush-9f3a7c", "hush", "9f3a7c")

    @pytest.fixture
    def arrived(self, offices):
        return lambda: [(each["title"], each["message"]) for office in offices for each in office.messages]

    @pytest.fixture
    def fail(self, offices):
        def broken(place):
            offices[place].status = 500

        return broken
