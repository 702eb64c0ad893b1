"""The public API: one installation of Order Sync, for the command line and for hosting apps alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from order_sync.bootstrap.config import load_config
from order_sync.bootstrap.connections import BuiltConnection, ConnectionFactory
from order_sync.bootstrap.container import Container, build_container
from order_sync.bootstrap.doctor import Check, Doctor
from order_sync.bootstrap.setup import ConnectionSetup
from order_sync.core.errors import ConfigurationError, NotAllowedError, OrderNotFoundError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import Connection
from order_sync.core.model.sync_record import BOUGHT, TERMINAL, State, SyncRecord
from order_sync.core.ports import Attempt, HistoryEntry, Ledger, SettingsStore
from order_sync.core.use_cases.context import SyncResult
from order_sync.core.use_cases.look_at_shop import Progress, ShopLook
from order_sync.core.use_cases.reconcile import Reconciliation
from order_sync.plugins.manager import PluginReport, Plugins

_ID_DIGITS = 10
"""Shopify's order ids have more digits than the numbers that shops give their orders."""


class OrderSync:
    """One installation. Thread-safe; opens nothing before it is used; two of them share nothing.

    Args:
        home: the folder of settings, secrets and ledger; None: ORDER_SYNC_HOME or the platform's own.
        settings_store, ledger, clock, notifier: use these instead of the built-in ones.
        plugins: more plugins, as (name, module or object).
        http_transport: an httpx transport for every adapter, instead of the network.
        environment: read instead of the process's environment.

    Every method raises OrderSyncError or a subclass: see order_sync.core.errors.
    """

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
        parts = {"settings_store": settings_store, "ledger": ledger, "clock": clock, "notifier": notifier}
        for name, part in parts.items():
            if part is not None:
                getattr(self.container, name).override(providers.Object(part))
        self.container.extra_plugins.override(providers.Object(tuple(plugins)))
        self.container.http_transport.override(providers.Object(http_transport))
        self._factory: ConnectionFactory | None = None

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

    # ------------------------------------------------------------------ orders

    def handle_new_order(
        self, connection: str, order_id: str, *, explicit: bool = False, follow: bool = False
    ) -> SyncResult:
        """Look at an order's present state and buy what is due; safe to call any number of times.

        Args:
            order_id: what the shop calls it, or its short numeric form.
            explicit: an operator asked for this order: its age does not matter.
            follow: also ask the supplier for shipments of it now.
        """
        built = self._built(connection)
        order_id = built.source.canonical_order_id(order_id)
        return self.container.handle_new_order()(built.context(), order_id, explicit=explicit, follow=follow)

    def handle_fulfillment(
        self, connection: str, order_id: str, fulfillment_id: str, *, explicit: bool = False, follow: bool = False
    ) -> SyncResult:
        """Buy what one fulfillment covers (manual mode); safe to call any number of times."""
        built = self._built(connection)
        order_id = built.source.canonical_order_id(order_id)
        return self.container.handle_fulfillment()(
            built.context(), order_id, fulfillment_id, explicit=explicit, follow=follow
        )

    def settle(self, connection: str, order_id: str) -> SyncResult:
        """Do what is due for one order until nothing is, waiting up to 30 s at a time for what settles soon."""
        built = self._built(connection)
        order_id = built.source.canonical_order_id(order_id)
        self.container.look_at_shop().drain(built.context(), ShopLook(), only=order_id)
        return self._result(self._ledger.records_of_order(connection, order_id))

    def sync(
        self,
        connection: str,
        *,
        since: datetime | None = None,
        dry_run: bool = False,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> ShopLook:
        """Look at the shop once and do what is due.

        Args:
            since: an explicit backfill, aware: orders changed since then, also those older than enabled_since.
            dry_run: say what would be bought; nothing is sent or stored anywhere.
            limit: look at no more orders than that.
        """
        if since is not None and since.tzinfo is None:
            raise ConfigurationError("since needs a time zone.", next_step="For example 2026-01-31T00:00:00Z.")
        if limit is not None and limit < 1:
            raise ConfigurationError("limit must be at least 1.")
        context = self._built(connection).context(dry_run=dry_run)
        if not dry_run:
            return self.container.look_at_shop()(context, since=since, limit=limit, progress=progress)
        return self._dry_container(connection).look_at_shop()(context, since=since, limit=limit, progress=progress)

    def reconcile(self, connection: str, *, repair: bool = False, since: datetime | None = None) -> Reconciliation:
        """Compare shop, ledger and supplier; with ``repair`` mend what can be mended safely.

        Args:
            since: aware; purchases and orders since then. None: as far back as the supplier shows any.
        """
        if since is not None and since.tzinfo is None:
            raise ConfigurationError("since needs a time zone.", next_step="For example 2026-01-31T00:00:00Z.")
        return self.container.reconcile()(self._built(connection).context(), repair=repair, since=since)

    def _dry_container(self, connection: str) -> Container:
        """Parts of a dry run: the same, over a copy of the ledger in memory, telling nobody."""
        from dependency_injector import providers

        from order_sync.adapters.memory import InMemoryLedger, NullNotifier

        copy = InMemoryLedger()
        if self._ledger_exists():
            copy = InMemoryLedger(reversed(self._ledger.find(connection=connection)))
            cursor = self._ledger.cursor(connection)
            if cursor is not None:
                copy.set_cursor(connection, cursor)
        container = build_container(self.config)
        container.clock.override(self.container.clock)
        container.ledger.override(providers.Object(copy))
        container.notifier.override(providers.Object(NullNotifier()))
        return container

    def _ledger_exists(self) -> bool:
        path = self.config.ledger_file
        return bool(self.container.ledger.overridden) or path is None or path.exists()

    # ------------------------------------------------------------------ records

    def records(
        self, connection: str | None = None, *, states: Iterable[State] | None = None, text: str | None = None
    ) -> tuple[SyncRecord, ...]:
        """Records, newest first; ``text`` is an order id, order name, PO number or supplier order number."""
        if not self._ledger_exists():
            return ()
        wanted = None if states is None else tuple(states)
        found = self._ledger.find(connection=connection, states=wanted, text=text)
        if not found and text and not text.startswith("#"):
            found = self._ledger.find(connection=connection, states=wanted, text=f"#{text}")
        if not found and text and text.isdigit():
            found = tuple(
                r
                for r in self._ledger.find(connection=connection, states=wanted)
                if r.key.order_id.rpartition("/")[2] == text
            )
        return found

    def records_called(
        self, text: str, connection: str | None = None, *, share: str | None = None
    ) -> tuple[SyncRecord, ...]:
        """The records that ``text`` names. Raises OrderNotFoundError when there are none."""
        found = tuple(r for r in self.records(connection, text=text) if share in (None, r.key.share))
        if not found:
            raise OrderNotFoundError(
                f"No order, PO number or supplier order {text!r} is recorded.",
                next_step="See order-sync orders for what is, or order-sync handle NAME ORDER to look at it now.",
                order=text,
            )
        return found

    def attempts(self, record: SyncRecord) -> tuple[Attempt, ...]:
        """Every call to the supplier for a record, oldest first."""
        return self._ledger.attempts(record.key)

    def history(self, record: SyncRecord) -> tuple[HistoryEntry, ...]:
        """Every move of a record, oldest first."""
        return self._ledger.history(record.key)

    def retry(self, record: SyncRecord) -> SyncResult:
        """Decide a share afresh, or look one in doubt up now."""
        context = self._built(record.key.connection).context()
        return self.container.operator_actions().retry(context, record)

    def release(self, record: SyncRecord) -> SyncResult:
        """Lift a hold: buy without the lines at fault."""
        context = self._built(record.key.connection).context()
        return self.container.operator_actions().release(context, record)

    def skip(self, record: SyncRecord, reason: str = "") -> SyncRecord:
        """Never buy a share."""
        return self.container.operator_actions().skip(record, reason)

    # ------------------------------------------------------------------ connections and settings

    def connections(self) -> tuple[str, ...]:
        """Every connection's name."""
        return self._store.names()

    def connection(self, name: str) -> Connection:
        """A connection as stored."""
        return self._store.get(name)

    def secret_names(self, name: str) -> Mapping[str, str]:
        """A connection's secrets and where each is kept; never a value."""
        return self._store.secret_names(name)

    def connect(
        self,
        name: str,
        *,
        source: str | None = None,
        supplier: str | None = None,
        settings: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Connection:
        """Create or edit a connection.

        Args:
            source, supplier: the plugins' names; may be left out when it exists.
            settings: ``source.KEY`` and ``supplier.KEY`` to values; an empty text removes one.
            secrets: ``source.KEY`` and ``supplier.KEY`` to a value or a reference (env:, file:, keyring:).
        """
        saved = self._setup.connect(name, source, supplier, settings or {}, secrets or {})
        if self._factory is not None:
            self._factory.forget(name)
        return saved

    def disconnect(self, name: str, *, force: bool = False) -> tuple[SyncRecord, ...]:
        """Remove a connection and its secrets; its records stay. Returns what was in flight.

        Raises:
            NotAllowedError: purchases are in flight and ``force`` is not given.
        """
        self._store.get(name)
        flying = self.in_flight(name)
        if flying and not force:
            raise NotAllowedError(
                f"Connection {name!r} has {len(flying)} orders in flight.",
                next_step="Look at them (order-sync orders), then disconnect with --force.",
                connection=name,
            )
        if self._factory is not None:
            self._factory.forget(name)
        self._store.delete(name)
        return flying

    def in_flight(self, name: str) -> tuple[SyncRecord, ...]:
        """Records of a connection that something is still expected of."""
        open_states = (BOUGHT - TERMINAL) | {State.SUBMITTING, State.IN_DOUBT, State.HELD, State.PLANNED, State.WAITING}
        return self.records(name, states=open_states)

    def change_settings(self, name: str, values: Mapping[str, Any]) -> Connection:
        """Change Order Sync settings, all or none; typed values."""
        return self._setup.change(name, values, gateway=lambda: self._built(name).supplier.gateway)

    def fetch_profiles(self, connection: str, email: str) -> list[PaymentProfile]:
        """The payment profiles saved at the supplier under an e-mail address."""
        return list(self.container.fetch_profiles()(self._profile_provider(connection), email))

    def select_profile(self, connection: str, email: str, profile_id: str) -> Connection:
        """Make one of them pay for this connection's purchases."""
        profile = self.container.fetch_profiles().select(self._profile_provider(connection), email, profile_id)
        return self.change_settings(connection, {"payment_profile": profile})

    def locations(self, connection: str) -> list[StoreLocation]:
        """The shop's own locations."""
        return list(self._built(connection).source.locations())

    def select_location(self, connection: str, location_id: str) -> Connection:
        """Make one of them the store address; a copy is kept."""
        found = [
            location
            for location in self.locations(connection)
            if location_id in (location.location_id, location.location_id.rpartition("/")[2])
        ]
        if not found:
            raise ConfigurationError(
                f"The shop has no location {location_id!r}.",
                next_step=f"See order-sync locations {connection}.",
                setting="store_address",
            )
        return self.change_settings(connection, {"store_address": replace(found[0], active=True)})

    def find_order_id(self, connection: str, text: str) -> str:
        """An order's id from its id, its short form or its name ("#1001", "1001").

        A number is first taken for a name: names are what people read, and the two differ in length.
        """
        source = self._built(connection).source
        may_be_name = "/" not in text and (len(text) < _ID_DIGITS or not text.isdigit())
        heads = source.find_orders_by_name(text) if may_be_name else ()
        return heads[0].order_id if heads else source.canonical_order_id(text)

    # ------------------------------------------------------------------ the installation

    def doctor(self, name: str | None = None) -> list[Check]:
        """Every check of the installation and of one connection, or of all."""
        return Doctor(self).run(name)

    def plugin_reports(self) -> list[PluginReport]:
        """Every plugin found: what it provides, or why it is not used."""
        return self._plugins.reports

    @property
    def plugins(self) -> Plugins:
        """Everything that loaded, by kind."""
        return self._plugins

    def built(self, name: str) -> BuiltConnection:
        """A connection with its adapters, for hosts that need more than this API."""
        return self._built(name)

    @property
    def _store(self) -> SettingsStore:
        return self.container.settings_store()

    @property
    def _ledger(self) -> Ledger:
        return self.container.ledger()

    @property
    def _plugins(self) -> Plugins:
        return self.container.plugins()

    @property
    def _setup(self) -> ConnectionSetup:
        return ConnectionSetup(self._store, self._plugins, self.container.clock())

    def _built(self, name: str) -> BuiltConnection:
        if self._factory is None:
            container = self.container
            self._factory = ConnectionFactory(self._store, self._plugins, container.clock(), container.http_transport())
        return self._factory.get(name)

    def _profile_provider(self, connection: str) -> Any:
        provider = self._built(connection).supplier.payment_profiles
        if provider is None:
            raise ConfigurationError(
                f"The supplier of connection {connection!r} has no payment profiles.",
                next_step="Leave payment_profile at none: the account's terms pay.",
                setting="payment_profile",
            )
        return provider

    @staticmethod
    def _result(records: tuple[SyncRecord, ...]) -> SyncResult:
        from order_sync.core.use_cases.look_at_order import result

        return result(records)
