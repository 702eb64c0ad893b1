"""The root of every query."""

# ruff: noqa: N803 - argument names are Shopify's

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from order_sync.sandbox.shopify.connections import Key, connection
from order_sync.sandbox.shopify.errors import invalid_id, not_simulated
from order_sync.sandbox.shopify.model import ShopOrder
from order_sync.sandbox.shopify.search import Search, parse_search
from order_sync.sandbox.shopify.shop import Shop
from order_sync.sandbox.shopify.views import (
    View,
    location_view,
    moment,
    number_of,
    order_view,
    paging,
    parcel_view,
    subscription_view,
    work_view,
)

ORDER_KEYS: dict[str, Callable[[ShopOrder], Key]] = {
    "ID": lambda order: (int(number_of(order.id)),),
    "CREATED_AT": lambda order: (moment(order.created_at), int(number_of(order.id))),
    "PROCESSED_AT": lambda order: (moment(order.created_at), int(number_of(order.id))),
    "UPDATED_AT": lambda order: (moment(order.updated_at), int(number_of(order.id))),
    "ORDER_NUMBER": lambda order: (order.number,),
}


@dataclass
class Queries:
    """One request's view of the shop; `warnings` collects what `extensions.search` reports."""

    shop: Shop
    api_version: str
    warnings: list[dict[str, Any]] = field(default_factory=list)

    def root(self) -> View:
        return {
            "shop": lambda info: self._shop(),
            "currentAppInstallation": lambda info: {
                "__typename": "AppInstallation",
                "id": "gid://shopify/AppInstallation/1",
                "accessScopes": [{"handle": name, "description": name} for name in self.shop.shop_knobs.scopes],
            },
            "publicApiVersions": lambda info: [
                {"handle": name, "displayName": name, "supported": True}
                for name in self.shop.shop_knobs.supported_versions
            ],
            "order": lambda info, id: self.order(id),
            "orders": self.orders,
            "ordersCount": lambda info, query=None, **_: self._count(query),
            "fulfillmentOrder": lambda info, id: self.work(id),
            "fulfillment": lambda info, id: self.parcel(id),
            "location": lambda info, id=None: self.location(id),
            "locations": self.locations,
            "node": lambda info, id: self.node(id),
            "nodes": lambda info, ids: [self.node(item) for item in ids],
            "productVariants": self.variants,
            "webhookSubscription": lambda info, id: self._subscription(id),
            "webhookSubscriptions": self.subscriptions,
        }

    def _shop(self) -> View:
        shop_address = {**next(iter(self.shop.locations.values())).address, "company": "Demo Shop"}
        shop_address["countryCodeV2"] = shop_address.pop("countryCode")
        return {
            "__typename": "Shop",
            "id": "gid://shopify/Shop/1",
            "name": "Demo Shop",
            "email": "owner@example.com",
            "myshopifyDomain": self.shop.domain,
            "ianaTimezone": "America/Chicago",
            "currencyCode": "USD",
            "orderNumberFormatPrefix": "#",
            "orderNumberFormatSuffix": "",
            "plan": {"partnerDevelopment": True, "publicDisplayName": "Development", "shopifyPlus": False},
            "shopAddress": {"id": "gid://shopify/ShopAddress/1", **shop_address},
        }

    # ------------------------------------------------------------ by id

    def order(self, gid: str) -> View | None:
        order = self.shop.orders.get(checked(gid))
        return order_view(self.shop, order) if order and self._in_window(order) else None

    def work(self, gid: str) -> View | None:
        found = self.shop.find_work(checked(gid))
        return work_view(self.shop, *found) if found else None

    def parcel(self, gid: str) -> View | None:
        found = self.shop.find_parcel(checked(gid))
        return parcel_view(self.shop, *found) if found else None

    def location(self, gid: str | None) -> View | None:
        location = self.shop.locations.get(checked(gid)) if gid else next(iter(self.shop.locations.values()))
        return location_view(location) if location else None

    def node(self, gid: str) -> View | None:
        match checked(gid).split("/")[3]:
            case "Order":
                return self.order(gid)
            case "FulfillmentOrder":
                return self.work(gid)
            case "Fulfillment":
                return self.parcel(gid)
            case "Location":
                return self.location(gid)
        raise not_simulated(f"node({gid})")

    # ------------------------------------------------------------ lists

    def orders(self, info: Any, query: str | None = None, sortKey: str = "PROCESSED_AT", **page: Any) -> View:
        if sortKey not in ORDER_KEYS:
            raise not_simulated(f"orders(sortKey: {sortKey})")
        found = self._found(query)
        return connection(found, lambda order: order_view(self.shop, order), ORDER_KEYS[sortKey], **paging(page))

    def _found(self, query: str | None) -> list[ShopOrder]:
        search = parse_search(query)
        self._warn(query, search)
        lag = timedelta(seconds=self.shop.shop_knobs.search_lag_s)
        indexed = self.shop.now() - lag
        return [
            order
            for order in self.shop.orders.values()
            if search.matches(order) and self._in_window(order) and (not lag or order.updated_at <= indexed)
        ]

    def _count(self, query: str | None) -> View:
        return {"count": len(self._found(query)), "precision": "EXACT"}

    def _in_window(self, order: ShopOrder) -> bool:
        """Without read_all_orders an app sees the last 60 days only."""
        window = timedelta(days=self.shop.shop_knobs.orders_window_days)
        return "read_all_orders" in self.shop.shop_knobs.scopes or self.shop.now() - order.created_at <= window

    def _warn(self, query: str | None, search: Search) -> None:
        if search.ignored:
            rows = [{"field": name, "message": "Invalid search field for this query."} for name in search.ignored]
            self.warnings.append({"path": ["orders"], "query": query, "warnings": rows})

    def locations(self, info: Any, sortKey: str = "NAME", includeInactive: bool = False, **page: Any) -> View:
        rows = [item for item in self.shop.locations.values() if item.is_active or includeInactive]
        if page.get("query"):
            raise not_simulated("locations(query:)")
        return connection(rows, location_view, lambda item: (item.name, item.id), **paging(page))

    def variants(self, info: Any, sortKey: str = "ID", query: str | None = None, **page: Any) -> View:
        if query or sortKey != "ID":
            raise not_simulated("productVariants(query:, sortKey:)")
        rows = list(self.shop.variants.values())
        return connection(
            rows,
            lambda row: {"__typename": "ProductVariant", **row},
            lambda row: (int(number_of(row["id"] or "")),),
            **paging(page),
        )

    def subscriptions(self, info: Any, topics: list[str] | None = None, uri: str | None = None, **page: Any) -> View:
        rows = [
            item
            for item in self.shop.webhook_subscriptions.values()
            if (not topics or item.topic in topics) and (not uri or item.uri == uri)
        ]
        return connection(
            rows,
            lambda item: subscription_view(item, self.api_version),
            lambda item: (int(number_of(item.id)),),
            **paging(page),
        )

    def _subscription(self, gid: str) -> View | None:
        item = self.shop.webhook_subscriptions.get(checked(gid))
        return subscription_view(item, self.api_version) if item else None


def checked(gid: str) -> str:
    """The id itself, or Shopify's error when it is no global id at all."""
    if not gid.startswith("gid://shopify/") or len(gid.split("/")) != 5:
        raise invalid_id(gid)
    return gid
