"""What S&S Activewear can do."""

from __future__ import annotations

from order_sync.core.model.supplier_order import Capabilities

CANCEL_WINDOW_S = 600.0
"""S&S cancels for ten minutes (S&S API v2, DELETE orders page)."""

CAPABILITIES = Capabilities(
    find_by_po=True,
    find_many=True,
    test_orders=True,
    list_orders=True,
    cancel=True,
    cancel_window_s=CANCEL_WINDOW_S,
    prices=True,
    catalogue=True,
    payment_profiles=True,
    stock=True,
    contact="S&S Activewear",
)
"""All of them (S&S API v2, GET, POST and DELETE orders pages, payment profiles page, inventory page; the window: DELETE
page, Developers Guide)."""
