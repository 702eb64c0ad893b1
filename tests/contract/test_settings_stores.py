"""Every settings store of ours keeps what they promise."""

from __future__ import annotations

import pytest

from order_sync.adapters.memory import InMemorySettingsStore
from order_sync.adapters.storage_json.settings_store import JsonSettingsStore
from order_sync.plugins.contracts import SettingsStoreContract


class TestInMemorySettingsStore(SettingsStoreContract):
    @pytest.fixture
    def settings_store(self):
        return InMemorySettingsStore()

    @pytest.fixture
    def reopen(self, settings_store):
        return lambda: settings_store


class TestJsonSettingsStore(SettingsStoreContract):
    @pytest.fixture(params=[None, "passphrase"], ids=["plain", "encrypted"])
    def reopen(self, request, tmp_path):
        return lambda: JsonSettingsStore(tmp_path / "home", request.param)

    @pytest.fixture
    def settings_store(self, reopen):
        return reopen()
