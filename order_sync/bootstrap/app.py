"""The public API: one installation of Order Sync, for the command line and for hosting apps alike."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from order_sync.bootstrap.checks import Check
from order_sync.bootstrap.config import load_config
from order_sync.bootstrap.connections import BuiltConnection, ConnectionFactory
from order_sync.bootstrap.container import Container, build_container
from order_sync.bootstrap.doctor import Doctor
from order_sync.bootstrap.dry_run import DryRun
from order_sync.bootstrap.setup import ConnectionSetup
from order_sync.bootstrap.webhook_setup import WebhookSetup
from order_sync.core.errors import ConfigurationError, NotAllowedError, OrderNotFoundError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import Connection
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.model.sync_record import BOUGHT, TERMINAL, State, SyncRecord
from order_sync.core.ports import Attempt, HistoryEntry, Ledger, SettingsStore, WorkKey
from order_sync.core.use_cases.context import SyncResult
from order_sync.core.use_cases.look_at_shop import Progress, ShopLook
from order_sync.core.use_cases.manage_webhooks import WebhooksRegistered, WebhooksRemoved, WebhooksStatus
from order_sync.core.use_cases.reconcile import Reconciliation
from order_sync.core.use_cases.supplier_calls import CallReport, SupplierCalls
from order_sync.core.use_cases.work_on_order import WorkOnOrder
from order_sync.plugins.manager import PluginReport, Plugins

if TYPE_CHECKING:
    from order_sync.bootstrap.service import Service
    from order_sync.bootstrap.telemetry import Telemetry

_MOST_EVENTS = 10_000
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
        built = self._asked(connection) if explicit else self._built(connection)
        order_id = built.source.canonical_order_id(order_id)
        return self.container.handle_new_order()(built.context(), order_id, explicit=explicit, follow=follow)

    def handle_fulfillment(
        self, connection: str, order_id: str, fulfillment_id: str, *, explicit: bool = False, follow: bool = False
    ) -> SyncResult:
        """Buy what one fulfillment covers (manual mode); safe to call any number of times."""
        built = self._asked(connection) if explicit else self._built(connection)
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
        context = self._asked(connection).context(dry_run=dry_run)
        if dry_run:
            return self._dry_run(connection).look(context, since=since, limit=limit, progress=progress)
        self._work_off_inbox(connection)
        look = self.container.look_at_shop()(context, since=since, limit=limit, progress=progress)
        self.container.pauses().resume(connection)
        return look

    def reconcile(self, connection: str, *, repair: bool = False, since: datetime | None = None) -> Reconciliation:
        """Compare shop, ledger and supplier; with ``repair`` mend what can be mended safely.

        Args:
            since: aware; purchases and orders since then. None: as far back as the supplier shows any.
        """
        if since is not None and since.tzinfo is None:
            raise ConfigurationError("since needs a time zone.", next_step="For example 2026-01-31T00:00:00Z.")
        return self.container.reconcile()(self._built(connection).context(), repair=repair, since=since)

    def _work_off_inbox(self, connection: str) -> None:
        """Events that came while no service ran."""
        work = self.work_on_order()
        for name, order_id in self.container.inbox().waiting_orders(limit=_MOST_EVENTS):
            if name == connection:
                work(WorkKey(name, order_id))

    def work_on_order(self) -> WorkOnOrder:
        """What a worker does with a hint."""
        return self.container.work_on_order(contexts=lambda name: self._built(name).context(), calls_of=self.calls_of)

    def going_live(self, connection: str, values: Mapping[str, Any]) -> tuple[SyncRecord, ...]:
        """What would be bought for real money first, were these settings changed now; nothing is changed."""
        stored = self._store.get(connection)
        settings = stored.order_sync.with_values(values, now=self.container.clock().now())
        context = self._built(connection).context(dry_run=True)
        return self._dry_run(connection).first_purchases(context, settings)

    def _dry_run(self, connection: str) -> DryRun:
        ledger = self._ledger if self._ledger_exists() else None
        return DryRun(self.config, self.container.clock(), ledger, connection)

    def _ledger_exists(self) -> bool:
        path = self.config.ledger_file
        return bool(self.container.ledger.overridden) or path is None or path.exists()

    def service(self, *, workers: int = 8, look_every_s: float | None = 300.0) -> Service:
        """Worker threads, the sweeper and the scheduled look: what makes orders flow by themselves. Not yet started.

        Args:
            workers: orders worked on at the same time.
            look_every_s: seconds between two looks at each shop; None: events and due records only.
        """
        from order_sync.bootstrap.service import Service

        return Service(self, workers=workers, look_every_s=look_every_s)

    def asgi_app(self, service: Service | None = None) -> Any:
        """The ASGI application: webhooks in, health, metrics; to be served alone or mounted in a host's own.

        Args:
            service: a started Service of this installation, told of every event at once; None: a Service
                elsewhere finds the events in the inbox.
        """
        from order_sync.web.app import build_app

        return build_app(self, service)

    def observed(self) -> Telemetry:
        """The numbers of this installation, counted from now on."""
        if self.telemetry is None:
            from order_sync.bootstrap.telemetry import Telemetry

            parts = self.container
            self.telemetry = Telemetry(
                parts.ledger(), parts.inbox(), parts.account_gates(), parts.pauses(), parts.clock()
            )
        return self.telemetry

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
        context = self._asked(record.key.connection).context()
        return self.container.operator_actions().retry(context, record)

    def release(self, record: SyncRecord) -> SyncResult:
        """Lift a hold: buy without the lines at fault."""
        context = self._asked(record.key.connection).context()
        return self.container.operator_actions().release(context, record)

    def settle_by_hand(self, record: SyncRecord, *, order_numbers: Iterable[str] = (), reason: str = "") -> SyncRecord:
        """End a doubt by what a person found out at the supplier.

        Args:
            order_numbers: the orders that the supplier has; none: it has none, and the purchase is sent again.
        """
        context = self._asked(record.key.connection).context()
        return self.container.operator_actions().settle(context, record, tuple(order_numbers), reason)

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
        self._ledger.trusted_since()  # made now, it knows of every purchase of this connection
        self.container.pauses().resume(name)
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
        """Change Order Sync settings, all or none; typed values.

        Going live has another look at what began live and waited while test orders were on.
        """
        was_test = self._store.get(name).order_sync.test_order
        changed = self._setup.change(name, values, gateway=lambda: self._built(name).supplier.gateway)
        if was_test and not changed.order_sync.test_order:
            self._hint_at_waiting(name)
        return changed

    def _hint_at_waiting(self, name: str) -> None:
        now = self.container.clock().now()
        waiting = {r.key.order_id for r in self.records(name) if r.reason_code == "test_mode"}
        hints = [
            (name, ShopEvent("order-sync/settings", EventKind.LOOK, f"{order_id}@{now.isoformat()}", order_id))
            for order_id in sorted(waiting)
        ]
        if hints:
            self.container.inbox().add(hints, now=now)

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

    def webhooks_status(self, connection: str, address: str | None = None) -> WebhooksStatus:
        """What the shop sends to ``{address}/webhooks/{connection}``; None: the stored address."""
        return self._webhook_setup.status(connection, address)

    def register_webhooks(self, connection: str, address: str | None = None) -> WebhooksRegistered:
        """Have the shop send its events to ``{address}/webhooks/{connection}``; an address given here is stored."""
        return self._webhook_setup.register(connection, address)

    def remove_webhooks(self, connection: str) -> WebhooksRemoved:
        """End what the shop sends to this connection; other endpoints of the same app stay."""
        return self._webhook_setup.remove(connection)

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

    def calls_of(self, account: str) -> SupplierCalls:
        """The gate that every call to a supplier account passes."""
        return SupplierCalls(self.container.account_gates(), self.container.clock(), account, report=self._called)

    def _called(self, report: CallReport) -> None:
        if self.telemetry is not None:
            self.telemetry.called(report)

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

    @property
    def _webhook_setup(self) -> WebhookSetup:
        return WebhookSetup(self._built, lambda name, settings: self.connect(name, settings=settings))

    def _asked(self, name: str) -> BuiltConnection:
        """A connection that a person asks something of: a supplier that is left alone is tried once more."""
        built = self._built(name)
        self.calls_of(built.connection.supplier_account).try_now()
        return built

    def _built(self, name: str) -> BuiltConnection:
        with self._factory_lock:
            if self._factory is None:
                container = self.container
                self._factory = ConnectionFactory(
                    self._store, self._plugins, container.clock(), container.http_transport(), self.calls_of
                )
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
