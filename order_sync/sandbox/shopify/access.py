"""Which scope a field wants.

Source: Shopify's access scope list; a write scope includes reading (general knowledge).
"""

from __future__ import annotations

from collections.abc import Iterable

from order_sync.sandbox.shopify.errors import access_denied

READ_ORDERS = ("read_orders",)
WRITE_ORDERS = ("write_orders",)
KINDS = ("merchant_managed", "assigned", "third_party")
READ_WORK = tuple(f"read_{kind}_fulfillment_orders" for kind in KINDS)
WRITE_WORK = tuple(f"write_{kind}_fulfillment_orders" for kind in KINDS)
READ_PLACES = ("read_locations", "read_inventory")

# One of the scopes named is enough. Fields not named here are open to every token.
NEEDED: dict[tuple[str, str], tuple[str, ...]] = {
    ("QueryRoot", "order"): READ_ORDERS,
    ("QueryRoot", "orders"): READ_ORDERS,
    ("QueryRoot", "ordersCount"): READ_ORDERS,
    ("QueryRoot", "fulfillment"): (*READ_ORDERS, *READ_WORK),
    ("QueryRoot", "fulfillmentOrder"): READ_WORK,
    ("Order", "fulfillmentOrders"): READ_WORK,
    ("QueryRoot", "location"): READ_PLACES,
    ("QueryRoot", "locations"): READ_PLACES,
    ("QueryRoot", "productVariants"): ("read_products",),
    ("Mutation", "fulfillmentCreate"): WRITE_WORK,
    ("Mutation", "fulfillmentTrackingInfoUpdate"): WRITE_WORK,
    ("Mutation", "fulfillmentCancel"): WRITE_WORK,
    ("Mutation", "fulfillmentOrderHold"): WRITE_WORK,
    ("Mutation", "fulfillmentOrderReleaseHold"): WRITE_WORK,
    ("Mutation", "tagsAdd"): WRITE_ORDERS,
    ("Mutation", "tagsRemove"): WRITE_ORDERS,
    ("Mutation", "metafieldsSet"): WRITE_ORDERS,
    ("Mutation", "orderUpdate"): WRITE_ORDERS,
}


def check_access(scopes: Iterable[str], parent_type: str, field: str) -> None:
    """Raise Shopify's ACCESS_DENIED error when no granted scope opens this field."""
    needed = NEEDED.get((parent_type, field))
    if needed is None:
        return
    granted = set(scopes)
    granted |= {"read_" + scope.removeprefix("write_") for scope in granted if scope.startswith("write_")}
    if granted.isdisjoint(needed):
        raise access_denied(field, needed)
