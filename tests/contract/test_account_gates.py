"""Every keeper of account gates of ours keeps what they promise."""

from __future__ import annotations

import pytest

from order_sync.plugins.contracts import AccountGatesContract


class TestAccountGates(AccountGatesContract):
    @pytest.fixture
    def account_gates(self, storage):
        return storage.gates
