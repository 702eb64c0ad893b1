"""The public API: exports, reports, notifications, retention."""

from __future__ import annotations

from order_sync.bootstrap.orders_api import OrdersApi


class ReportsApi(OrdersApi):
    """Exports and reports, what people are told, how long data is kept."""
