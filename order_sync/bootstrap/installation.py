"""What every part of the public API stands on: the parts of one installation, opened when they are used."""

from __future__ import annotations

import contextlib
import threading
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from order_sync.bootstrap.config import load_config
from order_sync.bootstrap.connections import BuiltConnection, ConnectionFactory
from order_sync.bootstrap.container import Container, build_container
from order_sync.core.errors import ClosedError, ConfigurationError
from order_sync.core.ports import Inbox, Ledger, Pause, SettingsStore, TaskRunner
from order_sync.core.use_cases.supplier_calls import CallReport, SupplierCalls
from order_sync.plugins.manager import PluginReport, Plugins

if TYPE_CHECKING:
    from order_sync.bootstrap.telemetry import Telemetry


class Installation:
    """One installation. See OrderSync."""

    def __init__(
        self,
        home: Path | str | None = None,
        *,
        settings_store: SettingsStore | None = None,
        ledger: Ledger | None = None,
        inbox: Inbox | None = None,
        task_runner: TaskRunner | Callable[[], TaskRunner] | None = None,
        clock: Any = None,
        notifier: Any = None,
        plugins: Iterable[tuple[str, object] | object] = (),
        http_transport: Any = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        from dependency_injector import providers

        self.config = load_config(home, environment)
        self._container: Container = build_container(self.config)
        parts = {
            "settings_store": settings_store,
            "ledger": ledger,
            "inbox": inbox,
            "clock": clock,
            "own_notifier": notifier,
            "http_transport": _lent(http_transport),
        }
        for name, part in parts.items():
            if part is not None:
                getattr(self._container, name).override(providers.Object(part))
        if task_runner is not None:
            make = _maker_of(task_runner)
            self._container.task_runner.override(providers.Callable(lambda workers: make()))
        self._container.extra_plugins.override(providers.Object(tuple(_named(plugin) for plugin in plugins)))
        self._closing = threading.RLock()
        self._closed = False
        self._under_way: list[tuple[Callable[[], object], object]] = []
        self._factory: ConnectionFactory | None = None
        self._factory_lock = threading.Lock()
        self.telemetry: Telemetry | None = None

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop what runs, then give connections and files back; nothing the second time.

        A service that runs is stopped as by `Service.stop`. Afterwards every use raises ClosedError. Parts that were
        given by the host are the host's to close.
        """
        with self._closing:
            while self._under_way:
                self._under_way.pop()[0]()
            if self._closed:
                return
            self._closed = True
        with self._factory_lock:
            factory, self._factory = self._factory, None
        if factory is not None:
            factory.close()
        if not self._container.ledger.overridden:
            with contextlib.suppress(ConfigurationError):  # no address of a ledger: it was never opened
                self._container.ledger().close()

    def when_closing(self, stop: Callable[[], object], *, alone_with: object = None) -> Callable[[], None]:
        """Have something that runs stopped by `close`, the last one first; gives what to call when it ended by itself.

        Args:
            alone_with: what no other one may use meanwhile.

        Raises:
            ConfigurationError: another one uses that.
        """
        with self._closing:
            self._check_open()
            if alone_with is not None and any(used is alone_with for _, used in self._under_way):
                raise ConfigurationError(
                    "Another service has the task runner that was given.",
                    next_step="Stop that service first, or give a callable that makes a task runner for each service.",
                    setting="task_runner",
                )
            entry = (stop, alone_with)
            self._under_way.append(entry)

        def forget() -> None:
            with contextlib.suppress(ValueError):
                self._under_way.remove(entry)

        return forget

    @property
    def container(self) -> Container:
        """Every part of this installation. Raises ClosedError after `close`."""
        self._check_open()
        return self._container

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError(
                f"This OrderSync ({self.config.home}) was closed.", next_step="Make another one: OrderSync(…)."
            )

    def observed(self) -> Telemetry:
        """The numbers of this installation, counted from now on."""
        if self.telemetry is None:
            from order_sync.bootstrap.telemetry import Telemetry

            parts = self.container
            self.telemetry = Telemetry(
                parts.ledger(), parts.inbox(), parts.account_gates(), parts.pauses(), parts.clock()
            )
            self._plugins.hooks.on_failure = self.telemetry.plugin_failed
        return self.telemetry

    def calls_of(self, account: str) -> SupplierCalls:
        """The gate that every call to a supplier account passes."""
        return SupplierCalls(self.container.account_gates(), self.container.clock(), account, report=self._called)

    def paused(self, connection: str) -> Pause | None:
        """The pause that a person set for a connection; None: it buys."""
        if not self._ledger_exists():
            return None
        pause = self.container.pauses().all().get(connection)
        return pause if pause is not None and pause.by_person else None

    def _called(self, report: CallReport) -> None:
        if self.telemetry is not None:
            self.telemetry.called(report)

    def notified(self, outcome: str) -> None:
        """A message to people went out, or did not."""
        if self.telemetry is not None:
            self.telemetry.notified(outcome)

    def has_ledger(self) -> bool:
        """Whether there is a ledger already; reading one would make it."""
        return self._ledger_exists()

    def built(self, name: str) -> BuiltConnection:
        """A connection with its adapters, for hosts that need more than this API."""
        return self._built(name)

    def plugin_reports(self) -> list[PluginReport]:
        """Every plugin found: what it provides, or why it is not used."""
        return self._plugins.reports

    @property
    def plugins(self) -> Plugins:
        """Everything that loaded, by kind."""
        return self._plugins

    @property
    def _store(self) -> SettingsStore:
        return self.container.settings_store()

    @property
    def _ledger(self) -> Ledger:
        return self.container.ledger()

    @property
    def _plugins(self) -> Plugins:
        return self.container.plugins()

    def _ledger_exists(self) -> bool:
        path = self.config.ledger_file
        return bool(self.container.ledger.overridden) or path is None or path.exists()

    def _asked(self, name: str) -> BuiltConnection:
        """A connection that a person asks something of: a supplier that is left alone is tried once more."""
        built = self._built(name)
        self.calls_of(built.connection.supplier_account).try_now()
        return built

    def _built(self, name: str) -> BuiltConnection:
        return self._connection_factory().get(name)

    def _connection_factory(self) -> ConnectionFactory:
        with self._factory_lock:
            if self._factory is None:
                container = self.container
                self._factory = ConnectionFactory(
                    self._store,
                    self._plugins,
                    container.clock(),
                    container.http_transport(),
                    self.calls_of,
                    self.paused,
                )
            return self._factory


def _named(plugin: object) -> tuple[str, object]:
    """A plugin with its name: a module's own, else that of the object's class."""
    if isinstance(plugin, tuple):
        name, given = plugin
        return str(name), given
    if isinstance(plugin, types.ModuleType | type):
        return plugin.__name__, plugin
    return type(plugin).__name__, plugin


def _maker_of(given: TaskRunner | Callable[[], TaskRunner]) -> Callable[[], TaskRunner]:
    """A class or function makes a task runner for each service; a task runner is used as it is."""
    if isinstance(given, type) or not hasattr(given, "submit"):
        return cast("Callable[[], TaskRunner]", given)
    return lambda: cast("TaskRunner", given)


def _lent(transport: Any) -> Any:
    """A host's transport, which outlives every connection that uses it."""
    if transport is None:
        return None
    from order_sync.adapters.http_support import LentTransport

    return LentTransport(transport)
