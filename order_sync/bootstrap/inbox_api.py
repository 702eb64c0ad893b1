"""The public API: the inbox of what needs a person, the SKU map, pausing."""

from __future__ import annotations

from order_sync.bootstrap.orders_api import OrdersApi


class InboxApi(OrdersApi):
    """What needs a person, many orders at once, the SKU map, pause and resume."""
