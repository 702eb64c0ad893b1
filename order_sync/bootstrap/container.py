"""Every part and how it is made. Replacing one is one line:

sync.container.ledger.override(providers.Object(InMemoryLedger()))
"""

from __future__ import annotations

from typing import Any

from dependency_injector import containers, providers

from order_sync.adapters.memory.task_runner import InlineTaskRunner
from order_sync.adapters.runner_threads import ThreadTaskRunner
from order_sync.adapters.system.clock import SystemClock
from order_sync.adapters.system.export_folder import PrivateFolder
from order_sync.adapters.system.log_notifier import LogNotifier
from order_sync.bootstrap.access import Access
from order_sync.bootstrap.config import AppConfig
from order_sync.bootstrap.messengers import build_messenger
from order_sync.core.errors import InvalidPluginError, OrderSyncError
from order_sync.core.ports import (
    AccountGates,
    Clock,
    ExportFolder,
    Inbox,
    Journal,
    Ledger,
    Messenger,
    Notices,
    Notifier,
    Pauses,
    PersonalData,
    RecordReader,
    SettingsStore,
    TaskRunner,
)
from order_sync.core.use_cases.apply_event import ApplyEvent
from order_sync.core.use_cases.erase_old_data import EraseOldData
from order_sync.core.use_cases.fetch_profiles import FetchProfiles
from order_sync.core.use_cases.handle_fulfillment import HandleFulfillment
from order_sync.core.use_cases.handle_new_order import HandleNewOrder
from order_sync.core.use_cases.look_at_order import LookAtOrder
from order_sync.core.use_cases.look_at_shop import LookAtShop
from order_sync.core.use_cases.operator_actions import OperatorActions
from order_sync.core.use_cases.reconcile import Reconcile
from order_sync.core.use_cases.replay_decision import ReplayDecision
from order_sync.core.use_cases.scheduled_look import ScheduledLook
from order_sync.core.use_cases.shipment_news import ShipmentNews
from order_sync.core.use_cases.sweep import Sweep
from order_sync.core.use_cases.tell_people import TellPeople
from order_sync.core.use_cases.work_on_order import WorkOnOrder
from order_sync.plugins.hooks import PluginNotifier
from order_sync.plugins.manager import Plugins, load_plugins
from order_sync.plugins.registry import SettingsStoreContext


def _build_settings_store(config: AppConfig, plugins: Plugins) -> SettingsStore:
    context = SettingsStoreContext(home=config.home, secret_key=config.secret_key, environment=config.environment)
    plugin = plugins.settings_stores.get(config.settings_store)
    try:
        store = plugin.build(context)
    except (OrderSyncError, KeyboardInterrupt):
        raise
    except BaseException as exc:
        raise _unusable(plugin.name, f"it raised {type(exc).__name__}") from exc
    if not all(hasattr(store, name) for name in vars(SettingsStore) if not name.startswith("_")):
        raise _unusable(plugin.name, f"it built a {type(store).__name__} that is no SettingsStore")
    return store


def _unusable(name: str, why: str) -> InvalidPluginError:
    return InvalidPluginError(
        f"The settings store {name!r} cannot be opened: {why}.",
        next_step="Report it to the plugin's author, or choose another one: ORDER_SYNC_SETTINGS_STORE.",
        plugin=name,
    )


def _build_ledger(config: AppConfig, clock: Clock) -> Ledger:
    from order_sync.adapters.storage_sql import SqlLedger

    return SqlLedger(config.database_url, clock)


def _build_inbox(ledger: Ledger) -> Inbox:
    """Beside the ledger: in its database, or in memory when the ledger is a host's own."""
    from order_sync.adapters.memory import InMemoryInbox
    from order_sync.adapters.storage_sql import SqlInbox, SqlLedger

    return SqlInbox(ledger.database) if isinstance(ledger, SqlLedger) else InMemoryInbox()


def _build_journal(ledger: Ledger, clock: Clock) -> Journal:
    from order_sync.adapters.memory import InMemoryJournal, InMemoryLedger
    from order_sync.adapters.storage_sql import SqlJournal, SqlLedger

    if isinstance(ledger, SqlLedger):
        return SqlJournal(ledger.database, clock)
    return InMemoryJournal(clock, ledger.journal if isinstance(ledger, InMemoryLedger) else None)


def _build_gates(ledger: Ledger) -> AccountGates:
    from order_sync.adapters.memory import InMemoryAccountGates
    from order_sync.adapters.storage_sql import SqlAccountGates, SqlLedger

    return SqlAccountGates(ledger.database) if isinstance(ledger, SqlLedger) else InMemoryAccountGates()


def _build_pauses(ledger: Ledger) -> Pauses:
    from order_sync.adapters.memory import InMemoryPauses
    from order_sync.adapters.storage_sql import SqlLedger, SqlPauses

    return SqlPauses(ledger.database) if isinstance(ledger, SqlLedger) else InMemoryPauses()


def _build_personal_data(ledger: Ledger, journal: Journal) -> PersonalData:
    from order_sync.adapters.memory import InMemoryJournal, InMemoryPersonalData
    from order_sync.adapters.storage_sql import SqlLedger, SqlPersonalData

    if isinstance(ledger, SqlLedger):
        return SqlPersonalData(ledger.database)
    return InMemoryPersonalData(ledger, journal.kept if isinstance(journal, InMemoryJournal) else None)


def _build_record_reader(ledger: Ledger) -> RecordReader:
    from order_sync.adapters.memory import InMemoryRecordReader
    from order_sync.adapters.storage_sql import SqlLedger, SqlRecordReader

    return SqlRecordReader(ledger.database) if isinstance(ledger, SqlLedger) else InMemoryRecordReader(ledger)


def _build_notices(ledger: Ledger) -> Notices:
    from order_sync.adapters.memory import InMemoryNotices
    from order_sync.adapters.storage_sql import SqlLedger, SqlNotices

    return SqlNotices(ledger.database) if isinstance(ledger, SqlLedger) else InMemoryNotices()


def _build_access(config: AppConfig, clock: Clock) -> Access:
    from order_sync.adapters.storage_json.access_file import AccessFile

    return Access(AccessFile(config.home), clock)


def _build_exports(config: AppConfig) -> ExportFolder:
    return PrivateFolder(config.home / "exports")


def _build_own_notifier(config: AppConfig) -> Notifier:
    return LogNotifier(personal_data=config.log_personal_data)


def _build_notifier(own: Notifier, plugins: Plugins) -> Notifier:
    return PluginNotifier(own, plugins.hooks)


def _load_plugins(config: AppConfig, extra: tuple[tuple[str, object], ...]) -> Plugins:
    return load_plugins(extra, blocked=config.blocked_plugins, safe_mode=config.safe_mode)


class Container(containers.DeclarativeContainer):
    """One installation. Nothing is opened before it is used; singletons belong to this container alone."""

    config: providers.Provider[AppConfig] = providers.Dependency(instance_of=AppConfig)
    extra_plugins: providers.Provider[tuple[tuple[str, object], ...]] = providers.Object(())
    http_transport: providers.Provider[Any] = providers.Object(None)

    clock = providers.ThreadSafeSingleton(SystemClock)
    plugins = providers.ThreadSafeSingleton(_load_plugins, config, extra_plugins)
    own_notifier = providers.ThreadSafeSingleton(_build_own_notifier, config)
    notifier = providers.ThreadSafeSingleton(_build_notifier, own_notifier, plugins)
    settings_store = providers.ThreadSafeSingleton(_build_settings_store, config, plugins)
    ledger = providers.ThreadSafeSingleton(_build_ledger, config, clock)
    inbox = providers.ThreadSafeSingleton(_build_inbox, ledger)
    journal = providers.ThreadSafeSingleton(_build_journal, ledger, clock)
    account_gates = providers.ThreadSafeSingleton(_build_gates, ledger)
    pauses = providers.ThreadSafeSingleton(_build_pauses, ledger)
    personal_data = providers.ThreadSafeSingleton(_build_personal_data, ledger, journal)
    record_reader = providers.ThreadSafeSingleton(_build_record_reader, ledger)
    notices = providers.ThreadSafeSingleton(_build_notices, ledger)
    messenger: providers.Provider[Messenger | None] = providers.ThreadSafeSingleton(
        build_messenger, config, plugins, http_transport
    )
    access = providers.ThreadSafeSingleton(_build_access, config, clock)
    exports = providers.ThreadSafeSingleton(_build_exports, config)
    task_runner: providers.Provider[TaskRunner] = providers.Factory(ThreadTaskRunner)
    inline_runner = providers.Factory(InlineTaskRunner)

    shipment_news = providers.ThreadSafeSingleton(ShipmentNews, ledger=ledger, clock=clock)
    look_at_order = providers.Factory(LookAtOrder, ledger=ledger, clock=clock, notifier=notifier, news=shipment_news)
    handle_new_order = providers.Factory(HandleNewOrder, look_at_order=look_at_order)
    handle_fulfillment = providers.Factory(HandleFulfillment, look_at_order=look_at_order)
    look_at_shop = providers.Factory(
        LookAtShop, look_at_order=look_at_order, ledger=ledger, clock=clock, runner=inline_runner
    )
    apply_event = providers.Factory(
        ApplyEvent,
        personal_data=personal_data,
        exports=exports,
        pauses=pauses,
        clock=clock,
        notifier=notifier,
    )
    work_on_order = providers.Factory(
        WorkOnOrder,
        look_at_order=look_at_order,
        apply_event=apply_event,
        ledger=ledger,
        inbox=inbox,
        pauses=pauses,
        clock=clock,
        notifier=notifier,
    )
    scheduled_look = providers.Factory(ScheduledLook, ledger=ledger, inbox=inbox, clock=clock)
    erase_old_data = providers.Factory(
        EraseOldData, personal_data=personal_data, store=settings_store, ledger=ledger, clock=clock, notifier=notifier
    )
    sweep = providers.Factory(Sweep, ledger=ledger, inbox=inbox, pauses=pauses, clock=clock, old_data=erase_old_data)
    tell_people = providers.Factory(
        TellPeople,
        reader=record_reader,
        ledger=ledger,
        pauses=pauses,
        gates=account_gates,
        notices=notices,
        messenger=messenger,
        clock=clock,
    )
    operator_actions = providers.Factory(
        OperatorActions,
        ledger=ledger,
        clock=clock,
        notifier=notifier,
        look_at_order=look_at_order,
        journal=journal,
    )
    replay_decision = providers.Factory(ReplayDecision, journal=journal)
    reconcile = providers.Factory(Reconcile, ledger=ledger, clock=clock, notifier=notifier, look_at_order=look_at_order)
    fetch_profiles = providers.Factory(FetchProfiles)


def build_container(config: AppConfig) -> Container:
    """A container of its own for one installation."""
    return Container(config=providers.Object(config))


__all__ = ["Container", "build_container"]
