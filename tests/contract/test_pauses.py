"""Every keeper of pauses of ours keeps what they promise."""

from __future__ import annotations

import pytest

from order_sync.plugins.contracts import PausesContract


class TestPauses(PausesContract):
    @pytest.fixture
    def pauses(self, storage):
        return storage.pauses
