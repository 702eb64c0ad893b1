"""Registers the JSON settings store, like any outsider."""

from __future__ import annotations

from collections.abc import Callable

from order_sync.core.ports import SettingsStore
from order_sync.plugins.hookspecs import hookimpl
from order_sync.plugins.registry import SettingsStoreContext, SettingsStorePlugin

ORDER_SYNC_HOOK_API = 1


@hookimpl
def register_settings_stores(register: Callable[[SettingsStorePlugin], None]) -> None:
    """Give the settings store named ``json``."""
    register(SettingsStorePlugin(name="json", title="JSON files", build=_build))


def _build(context: SettingsStoreContext) -> SettingsStore:
    from order_sync.adapters.storage_json.settings_store import JsonSettingsStore

    return JsonSettingsStore(context.home, context.secret_key, environment=context.environment)
