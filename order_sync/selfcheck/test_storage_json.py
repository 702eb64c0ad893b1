"""The settings store json keeps every promise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from order_sync.adapters.storage_json.settings_store import JsonSettingsStore
from order_sync.plugins.contracts import SettingsStoreContract


class TestJsonSettingsStore(SettingsStoreContract):
    """JSON files."""

    @pytest.fixture
    def settings_store(self, tmp_path: Path) -> JsonSettingsStore:
        return JsonSettingsStore(tmp_path)

    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Callable[[], JsonSettingsStore]:
        """The same files once more."""
        return lambda: JsonSettingsStore(tmp_path)
