"""Every part and how it is made. Replacing one is one line:

sync.container.ledger.override(providers.Object(InMemoryLedger()))
"""

from __future__ import annotations

from typing import Any

from dependency_injector import containers, providers

from order_sync.adapters.memory.task_runner import InlineTaskRunner
from order_sync.adapters.system.clock import SystemClock
from order_sync.adapters.system.log_notifier import LogNotifier
from order_sync.bootstrap.config import AppConfig
from order_sync.core.ports import Clock, Ledger, SettingsStore
from order_sync.core.use_cases.fetch_profiles import FetchProfiles
from order_sync.core.use_cases.handle_fulfillment import HandleFulfillment
from order_sync.core.use_cases.handle_new_order import HandleNewOrder
from order_sync.core.use_cases.look_at_order import LookAtOrder
from order_sync.core.use_cases.look_at_shop import LookAtShop
from order_sync.core.use_cases.operator_actions import OperatorActions
from order_sync.core.use_cases.reconcile import Reconcile
from order_sync.plugins.manager import Plugins, load_plugins
from order_sync.plugins.registry import SettingsStoreContext


def _build_settings_store(config: AppConfig, plugins: Plugins) -> SettingsStore:
    context = SettingsStoreContext(home=config.home, secret_key=config.secret_key)
    return plugins.settings_stores.get(config.settings_store).build(context)


def _build_ledger(config: AppConfig, clock: Clock) -> Ledger:
    from order_sync.adapters.storage_sql import SqlLedger

    return SqlLedger(config.database_url, clock)


def _load_plugins(config: AppConfig, extra: tuple[tuple[str, object], ...]) -> Plugins:
    return load_plugins(extra, blocked=config.blocked_plugins)


class Container(containers.DeclarativeContainer):
    """One installation. Nothing is opened before it is used; singletons belong to this container alone."""

    config: providers.Provider[AppConfig] = providers.Dependency(instance_of=AppConfig)
    extra_plugins: providers.Provider[tuple[tuple[str, object], ...]] = providers.Object(())
    http_transport: providers.Provider[Any] = providers.Object(None)

    clock = providers.ThreadSafeSingleton(SystemClock)
    notifier = providers.ThreadSafeSingleton(LogNotifier)
    plugins = providers.ThreadSafeSingleton(_load_plugins, config, extra_plugins)
    settings_store = providers.ThreadSafeSingleton(_build_settings_store, config, plugins)
    ledger = providers.ThreadSafeSingleton(_build_ledger, config, clock)
    task_runner = providers.Factory(InlineTaskRunner)

    look_at_order = providers.Factory(LookAtOrder, ledger=ledger, clock=clock, notifier=notifier)
    handle_new_order = providers.Factory(HandleNewOrder, look_at_order=look_at_order)
    handle_fulfillment = providers.Factory(HandleFulfillment, look_at_order=look_at_order)
    look_at_shop = providers.Factory(
        LookAtShop, look_at_order=look_at_order, ledger=ledger, clock=clock, runner=task_runner
    )
    operator_actions = providers.Factory(
        OperatorActions, ledger=ledger, clock=clock, notifier=notifier, look_at_order=look_at_order
    )
    reconcile = providers.Factory(Reconcile, ledger=ledger, clock=clock, notifier=notifier, look_at_order=look_at_order)
    fetch_profiles = providers.Factory(FetchProfiles)


def build_container(config: AppConfig) -> Container:
    """A container of its own for one installation."""
    return Container(config=providers.Object(config))


__all__ = ["Container", "build_container"]
