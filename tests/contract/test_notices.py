"""Every keeper of notices of ours keeps what they promise."""

from __future__ import annotations

import pytest

from order_sync.plugins.contracts import NoticesContract


class TestNotices(NoticesContract):
    @pytest.fixture
    def notices(self, storage):
        return storage.notices
