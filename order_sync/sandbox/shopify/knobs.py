"""How the simulated shop behaves, and where that is assumed."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_SCOPES = (
    "read_orders",
    "write_orders",
    "read_locations",
    "read_products",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
)


@dataclass
class ShopKnobs:
    """Choices for a test.

    Sources are Shopify's Admin API documents; "assumed" is said where there is none.
    """

    scopes: tuple[str, ...] = DEFAULT_SCOPES
    supported_versions: tuple[str, ...] = ("2026-01", "2026-04", "2026-07", "2026-10")
    # ^ all of them answer by the 2026-10 schema; any other version is a 404 (assumed)
    protected_data: str = "approved"  # "approved", "fields": name, street, phone, e-mail null; "address": no address
    token_lifetime_s: int = 86_400  # client-credentials tokens live 24 hours
    bucket_size: float = 2000.0
    restore_rate: float = 100.0  # points a second
    max_query_cost: int = 1000
    orders_window_days: int = 60  # older orders need read_all_orders
    search_lag_s: float = 0.0  # assumed: a changed order is missing from `orders(query:)` for so long
    partial_work_status: str = "IN_PROGRESS"  # assumed: fulfillment order with something left after a fulfillment
    gift_cards_fulfilled_on_payment: bool = True  # Shopify's default checkout setting; details assumed
    no_restock_lowers_current: bool = True  # assumed: a refund without restocking lowers currentQuantity too
    tracking_url_for_known_carriers: bool = True  # Shopify fills the URL in for carriers it knows; URLs ours
    allow_http_webhooks: bool = True  # deviation: Shopify wants https; loopback tests have no certificate
