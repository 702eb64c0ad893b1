"""Arranging that a shop sends its events to this installation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from order_sync.bootstrap.connections import BuiltConnection
from order_sync.core.errors import ConfigurationError
from order_sync.core.ports import Webhooks
from order_sync.core.use_cases.manage_webhooks import (
    ManageWebhooks,
    WebhooksRegistered,
    WebhooksRemoved,
    WebhooksStatus,
    endpoint,
)

ADDRESS = "webhook_address"
"""The setting of a source that keeps the address of ``order-sync serve``."""


class WebhookSetup:
    """Joins ManageWebhooks with what is stored.

    Args:
        built: a connection with its adapters, by name.
        change: stores plugin settings of a connection, by name ("source.NAME").
    """

    def __init__(
        self, built: Callable[[str], BuiltConnection], change: Callable[[str, Mapping[str, Any]], object]
    ) -> None:
        self._built = built
        self._change = change
        self._manage = ManageWebhooks()

    def status(self, name: str, address: str | None) -> WebhooksStatus:
        """See OrderSync.webhooks_status."""
        webhooks = self._webhooks(name)
        return self._manage.status(webhooks, endpoint(address or self._address(name), name))

    def register(self, name: str, address: str | None) -> WebhooksRegistered:
        """See OrderSync.register_webhooks. The address is stored first: it is checked on the way."""
        self._webhooks(name)
        if address is not None:
            self._change(name, {f"source.{ADDRESS}": address})
        return self._manage.register(self._webhooks(name), endpoint(self._address(name), name))

    def remove(self, name: str) -> WebhooksRemoved:
        """See OrderSync.remove_webhooks."""
        return self._manage.remove(self._webhooks(name), endpoint("", name))

    def _webhooks(self, name: str) -> Webhooks:
        webhooks = webhooks_of(self._built(name))
        if webhooks is None:
            raise ConfigurationError(
                f"The shop of connection {name!r} sends no events.",
                next_step=f"Nothing to do: order-sync sync {name} finds every order.",
                connection=name,
            )
        return webhooks

    def _address(self, name: str) -> str:
        address = address_of(self._built(name))
        if not address:
            raise ConfigurationError(
                f"The address under which the shop of connection {name!r} reaches order-sync serve is not known.",
                next_step=f"Give it: order-sync webhooks {name} register --address https://orders.example.com",
                setting=f"source.{ADDRESS}",
            )
        return address


def webhooks_of(built: BuiltConnection) -> Webhooks | None:
    """The events of the connection's shop; None when it sends none, or its plugin knows nothing of them."""
    return getattr(built.source, "webhooks", None)


def address_of(built: BuiltConnection) -> str:
    """The stored address of ``order-sync serve``; empty when there is none."""
    return str(built.connection.source.values.get(ADDRESS) or "")
