"""The Django app: it has the one OrderSync of this process."""

from __future__ import annotations

from functools import cached_property

from django.apps import AppConfig
from django.conf import settings

from order_sync import OrderSync


class OrdersConfig(AppConfig):
    """``apps.get_app_config("orders").sync`` is Order Sync, made when it is first asked for."""

    name = "orders"

    @cached_property
    def sync(self) -> OrderSync:
        """Its settings store is Django's database; the rest is built in."""
        from orders.store import DjangoSettingsStore

        return OrderSync(settings.ORDER_SYNC_HOME, settings_store=DjangoSettingsStore())
