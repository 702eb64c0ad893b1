"""The public API: connections and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from order_sync.bootstrap.connection_trial import ConnectionTrial, try_both_sides
from order_sync.bootstrap.orders_api import OrdersApi
from order_sync.bootstrap.setup import ConnectionSetup
from order_sync.bootstrap.webhook_setup import WebhookSetup
from order_sync.core.errors import ConfigurationError, NotAllowedError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import Connection
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.model.sync_record import BOUGHT, TERMINAL, State, SyncRecord
from order_sync.core.policies.plain_words import limits_of
from order_sync.core.use_cases.manage_webhooks import WebhooksRegistered, WebhooksRemoved, WebhooksStatus


class ConnectionsApi(OrdersApi):
    """Connections, settings, what is chosen from shop and supplier, webhooks."""

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
        revision: str | None = None,
    ) -> Connection:
        """Create or edit a connection.

        Args:
            source, supplier: the plugins' names; may be left out when it exists.
            settings: ``source.KEY`` and ``supplier.KEY`` to values; an empty text removes one.
            secrets: ``source.KEY`` and ``supplier.KEY`` to a value or a reference (env:, file:, keyring:).
            revision: of the connection that the change is based on ("": of none); None: whatever is stored now.

        Raises:
            ConcurrentUpdateError: it was changed since that revision; nothing was stored.
        """
        saved = self._setup.connect(name, source, supplier, settings or {}, secrets or {}, revision=revision)
        if self._factory is not None:
            self._factory.forget(name)
        self._ledger.trusted_since()  # made now, it knows of every purchase of this connection
        self.container.pauses().resume(name)
        return saved

    def try_connection(
        self,
        name: str,
        *,
        source: str | None = None,
        supplier: str | None = None,
        settings: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> ConnectionTrial:
        """What shop and supplier say to these settings and secrets, over what is stored; nothing is stored.

        Args:
            secrets: values as they are; a reference (env:, file:, keyring:) is not looked up here.

        Raises:
            ConfigurationError: a setting or secret is missing or unusable.
        """
        draft = self._setup.draft(name, source, supplier, settings or {}, secrets or {})
        built = self._connection_factory().trial(draft, secrets or {})
        try:
            return try_both_sides(built)
        finally:
            built.close()

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
        self.container.pauses().resume(name, by_person=True)
        return flying

    def in_flight(self, name: str) -> tuple[SyncRecord, ...]:
        """Records of a connection that something is still expected of."""
        open_states = (BOUGHT - TERMINAL) | {State.SUBMITTING, State.IN_DOUBT, State.HELD, State.PLANNED, State.WAITING}
        return self.records(name, states=open_states)

    def change_settings(self, name: str, values: Mapping[str, Any], *, revision: str | None = None) -> Connection:
        """Change Order Sync settings, all or none; typed values.

        Going live has another look at what began live and waited while test orders were on.

        Args:
            revision: of the connection that the change is based on; None: whatever is stored now.

        Raises:
            ConfigurationError: a value cannot be used.
            ConcurrentUpdateError: the connection was changed since that revision; nothing was stored.
        """
        was_test = self._store.get(name).order_sync.test_order
        changed = self._setup.change(
            name, values, gateway=lambda: self._built(name).supplier.gateway, revision=revision
        )
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
        return self.change_settings(connection, {"payment_profile": self.find_profile(connection, email, profile_id)})

    def find_profile(self, connection: str, email: str, profile_id: str) -> PaymentProfile:
        """One of the profiles saved under an e-mail. Raises ConfigurationError when it has none of that id."""
        return self.container.fetch_profiles().select(self._profile_provider(connection), email, profile_id)

    def _profile_provider(self, connection: str) -> Any:
        provider = self._built(connection).payment_profiles
        if provider is None:
            raise ConfigurationError(
                f"The supplier of connection {connection!r} has no payment profiles.",
                next_step="Leave payment_profile at none: the account's terms pay.",
                setting="payment_profile",
            )
        return provider

    def supplier_limits(self, connection: str) -> tuple[str, ...]:
        """What the supplier of a connection cannot do, and what that means for orders, one sentence each."""
        built = self._built(connection)
        title = self._plugins.suppliers.get(built.connection.supplier.plugin).title
        return limits_of(built.gateway.capabilities, title)

    def locations(self, connection: str) -> list[StoreLocation]:
        """The shop's own locations."""
        return list(self._built(connection).source.locations())

    def select_location(self, connection: str, location_id: str) -> Connection:
        """Make one of them the store address; a copy is kept."""
        return self.change_settings(connection, {"store_address": self.find_location(connection, location_id)})

    def find_location(self, connection: str, location_id: str) -> StoreLocation:
        """One of the shop's locations as it is kept. Raises ConfigurationError when there is none of that id."""
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
        return replace(found[0], active=True)

    def webhooks_status(self, connection: str, address: str | None = None) -> WebhooksStatus:
        """What the shop sends to ``{address}/webhooks/{connection}``; None: the stored address."""
        return self._webhook_setup.status(connection, address)

    def register_webhooks(self, connection: str, address: str | None = None) -> WebhooksRegistered:
        """Have the shop send its events to ``{address}/webhooks/{connection}``; an address given here is stored."""
        return self._webhook_setup.register(connection, address)

    def remove_webhooks(self, connection: str) -> WebhooksRemoved:
        """End what the shop sends to this connection; other endpoints of the same app stay."""
        return self._webhook_setup.remove(connection)

    @property
    def _setup(self) -> ConnectionSetup:
        return ConnectionSetup(self._store, self._plugins, self.container.clock())

    @property
    def _webhook_setup(self) -> WebhookSetup:
        return WebhookSetup(self._built, lambda name, settings: self.connect(name, settings=settings))
