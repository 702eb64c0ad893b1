"""Every inbox of ours keeps what inboxes promise."""

from __future__ import annotations

import pytest

from order_sync.plugins.contracts import InboxContract


class TestInboxes(InboxContract):
    @pytest.fixture
    def inbox(self, storage):
        return storage.inbox
