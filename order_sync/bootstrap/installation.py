"""What every part of the public API stands on: the parts of one installation, opened when they are used."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from order_sync.bootstrap.config import load_config
from order_sync.bootstrap.connections import BuiltConnection, ConnectionFactory
from order_sync.bootstrap.container import Container, build_container
from order_sync.core.ports import Ledger, Pause, SettingsStore
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
        clock: Any = None,
        notifier: Any = None,
        plugins: Iterable[tuple[str, object]] = (),
        http_transport: Any = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        from dependency_injector import providers

        self.config = load_config(home, environment)
        self.container: Container = build_container(self.config)
        parts = {"settings_store": settings_store, "ledger": ledger, "clock": clock, "own_notifier": notifier}
        for name, part in parts.items():
            if part is not None:
                getattr(self.container, name).override(providers.Object(part))
        self.container.extra_plugins.override(providers.Object(tuple(plugins)))
        self.container.http_transport.override(providers.Object(http_transport))
        self._factory: ConnectionFactory | None = None
        self._factory_lock = threading.Lock()
        self.telemetry: Telemetry | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Give connections and files back."""
        if self._factory is not None:
            self._factory.close()
            self._factory = None
        self.container.ledger().close()

    def observed(self) -> Telemetry:
        """The numbers of this installation, counted from now on."""
        if self.telemetry is None:
            from order_sync.bootstrap.telemetry import Telemetry

            parts = self.container
            self.telemetry = Telemetry(
                parts.ledger(), parts.inbox(), parts.account_gates(), parts.pauses(), parts.clock()
            )
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
