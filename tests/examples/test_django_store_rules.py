"""The Django host's settings store keeps every promise that the contract suite knows."""

from __future__ import annotations

import pytest

from order_sync.plugins.contracts import SettingsStoreContract
from tests.examples.django_in_this_process import an_empty_store, give_connections_back


class TestDjangoSettingsStore(SettingsStoreContract):
    @pytest.fixture
    def settings_store(self, monkeypatch):
        # a browser test in the same process leaves an event loop behind, which Django takes for its caller's
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield an_empty_store()
        give_connections_back()

    @pytest.fixture
    def reopen(self, settings_store):
        return lambda: type(settings_store)()
