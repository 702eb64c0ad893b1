"""The public API: the journal: what was decided and done."""

from __future__ import annotations

from order_sync.bootstrap.orders_api import OrdersApi


class JournalApi(OrdersApi):
    """Reading, following, verifying and replaying the journal."""
