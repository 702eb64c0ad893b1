"""The root of every mutation. Refusals come as `userErrors`; their texts are assumed, in Shopify's manner."""

# ruff: noqa: N803 - argument names are Shopify's

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from order_sync.sandbox.shopify import works
from order_sync.sandbox.shopify.errors import not_simulated
from order_sync.sandbox.shopify.model import Parcel, ShopOrder, WebhookSubscription, Work
from order_sync.sandbox.shopify.queries import Queries, checked
from order_sync.sandbox.shopify.shop import Shop
from order_sync.sandbox.shopify.views import View, order_view, parcel_view, subscription_view, work_view

TAG_LIMIT = 250  # tags on one order; Shopify's documented maximum
MISSING_WORK = "Fulfillment order does not exist."


@dataclass
class Mutations:
    """One request's mutations. All run under the shop's lock."""

    shop: Shop
    queries: Queries

    def root(self) -> View:
        return {
            "fulfillmentCreate": self.fulfillment_create,
            "fulfillmentTrackingInfoUpdate": self.tracking_update,
            "fulfillmentCancel": self.fulfillment_cancel,
            "fulfillmentOrderHold": self.work_hold,
            "fulfillmentOrderReleaseHold": self.work_release,
            "tagsAdd": lambda info, id, tags: self.tags(id, tags, add=True),
            "tagsRemove": lambda info, id, tags: self.tags(id, tags, add=False),
            "metafieldsSet": self.metafields_set,
            "orderUpdate": self.order_update,
            "webhookSubscriptionCreate": self.webhook_create,
            "webhookSubscriptionUpdate": self.webhook_update,
            "webhookSubscriptionDelete": self.webhook_delete,
        }

    # ------------------------------------------------------------ fulfillments

    def fulfillment_create(self, info: Any, fulfillment: dict[str, Any], message: str | None = None) -> View:
        """`@idempotent` is accepted and changes nothing: whether it works on this field is not documented."""
        wanted: list[tuple[Work, dict[str, int] | None]] = []
        orders: dict[str, ShopOrder] = {}
        for group in fulfillment["lineItemsByFulfillmentOrder"]:
            found = self.shop.find_work(checked(group["fulfillmentOrderId"]))
            if found is None:
                return refused("fulfillment", ["fulfillment"], MISSING_WORK)
            orders[found[0].id] = found[0]
            lines = group.get("fulfillmentOrderLineItems")
            wanted.append((found[1], {row["id"]: row["quantity"] for row in lines} if lines else None))
        if len(orders) != 1:
            return refused("fulfillment", ["fulfillment"], "All fulfillment orders must belong to the same order.")
        order = next(iter(orders.values()))
        tracking = self._tracking(fulfillment.get("trackingInfo") or {})
        try:
            parcel = self.shop.fulfil_works(order, wanted, tracking)
        except works.UnfulfillableError as exc:
            return refused("fulfillment", ["fulfillment"], str(exc))
        parcel.told += bool(fulfillment.get("notifyCustomer"))
        return {"fulfillment": parcel_view(self.shop, order, parcel), "userErrors": []}

    def _tracking(self, given: dict[str, Any]) -> list[dict[str, str | None]]:
        numbers = given.get("numbers") or ([given["number"]] if given.get("number") else [])
        urls = given.get("urls") or ([given["url"]] if given.get("url") else [])
        fill = self.shop.shop_knobs.tracking_url_for_known_carriers
        return works.tracking_rows(given.get("company"), numbers, urls, fill)

    def tracking_update(
        self,
        info: Any,
        fulfillmentId: str,
        trackingInfoInput: dict[str, Any],
        notifyCustomer: bool | None = None,
    ) -> View:
        found = self._parcel(fulfillmentId)
        if found is None or found[1].status == "CANCELLED":
            return refused("fulfillment", ["fulfillmentId"], "Fulfillment does not exist.")
        order, parcel = found
        parcel.tracking = self._tracking(trackingInfoInput)
        parcel.told += bool(notifyCustomer)
        parcel.updated_at = self.shop.touch(order)
        return {"fulfillment": parcel_view(self.shop, order, parcel), "userErrors": []}

    def fulfillment_cancel(self, info: Any, id: str) -> View:
        found = self._parcel(id)
        if found is None:
            return refused("fulfillment", ["id"], "Fulfillment not found.")
        order, parcel = found
        if parcel.status == "CANCELLED":
            return refused("fulfillment", ["id"], "Fulfillment has already been cancelled.")
        self.shop.put_back(order, parcel)
        return {"fulfillment": parcel_view(self.shop, order, parcel), "userErrors": []}

    def _parcel(self, gid: str) -> tuple[ShopOrder, Parcel] | None:
        return self.shop.find_parcel(checked(gid))

    # ------------------------------------------------------------ holds

    def work_hold(self, info: Any, id: str, fulfillmentHold: dict[str, Any]) -> View:
        if fulfillmentHold.get("fulfillmentOrderLineItems"):
            raise not_simulated("a hold on part of a fulfillment order")
        found = self.shop.find_work(checked(id))
        if found is None:
            return _hold_refused("FULFILLMENT_ORDER_NOT_FOUND", MISSING_WORK)
        order, work = found
        handle = fulfillmentHold.get("handle") or ""
        if any(hold.handle == handle and hold.by_app for hold in work.holds):
            return _hold_refused("DUPLICATE_FULFILLMENT_HOLD_HANDLE", "The handle is already in use.")
        if work.status in works.FINISHED:
            return _hold_refused("TAKEN", "The fulfillment order is not in a state that can be held.")
        reason, notes = fulfillmentHold["reason"], fulfillmentHold.get("reasonNotes")
        self.shop.hold_work(order, work, reason, notes, handle, by_app=True)
        shown = work_view(self.shop, order, work)
        return {
            "fulfillmentHold": shown["fulfillmentHolds"][-1],
            "fulfillmentOrder": shown,
            "remainingFulfillmentOrder": None,
            "userErrors": [],
        }

    def work_release(self, info: Any, id: str, holdIds: list[str] | None = None, externalId: str | None = None) -> View:
        found = self.shop.find_work(checked(id))
        if found is None or found[1].status != "ON_HOLD":
            return refused("fulfillmentOrder", ["id"], "The fulfillment order is not on hold.")
        order, work = found
        self.shop.release_work(order, work, holdIds)
        return {"fulfillmentOrder": work_view(self.shop, order, work), "userErrors": []}

    # ------------------------------------------------------------ notes on the order

    def tags(self, gid: str, tags: list[str], add: bool) -> View:
        order = self.shop.orders.get(checked(gid))
        if order is None:
            return refused("node", ["id"], "Resource does not exist")
        given = {tag.strip().lower() for item in tags for tag in item.split(",") if tag.strip()}
        kept = [tag for tag in order.tags if tag.lower() not in given]
        new = sorted({tag.strip() for item in tags for tag in item.split(",") if tag.strip()}) if add else []
        if len(kept) + len(new) > TAG_LIMIT:
            return refused("node", ["tags"], f"Tags exceed the limit of {TAG_LIMIT}")
        changed = sorted([*kept, *new])
        if changed != order.tags:
            order.tags = changed
            self.shop.touch(order)
        return {"node": order_view(self.shop, order), "userErrors": []}

    def metafields_set(self, info: Any, metafields: list[dict[str, Any]]) -> View:
        """All or nothing. compareDigest null: only if absent; the digest itself is opaque, here a SHA-256."""
        for index, row in enumerate(metafields):
            held = self._metafields(row["ownerId"])
            if held is None:
                return _metafield_refused(index, "INVALID", "Owner does not exist.")
            now_there = held.get(_metafield_key(row))
            if "compareDigest" in row and row["compareDigest"] != (now_there or {}).get("compareDigest"):
                return _metafield_refused(index, "STALE_OBJECT", "The resource has been updated since it was loaded.")
        return {"metafields": [self._store_metafield(row) for row in metafields], "userErrors": []}

    def _metafields(self, owner: str) -> dict[str, dict[str, str]] | None:
        order = self.shop.orders.get(checked(owner))
        return None if order is None else order.metafields

    def _store_metafield(self, row: dict[str, Any]) -> dict[str, str]:
        order = self.shop.orders[row["ownerId"]]
        key = _metafield_key(row)
        known = order.metafields.get(key)
        order.metafields[key] = {
            "__typename": "Metafield",
            "id": known["id"] if known else self.shop.new_id("Metafield"),
            "namespace": key.rpartition(".")[0],
            "key": row["key"],
            "type": row.get("type") or "single_line_text_field",
            "value": row["value"],
            "compareDigest": hashlib.sha256(row["value"].encode()).hexdigest(),
        }
        self.shop.touch(order)
        return order.metafields[key]

    def order_update(self, info: Any, input: dict[str, Any]) -> View:
        order = self.shop.orders.get(checked(input["id"]))
        if order is None:
            return refused("order", ["id"], "Order does not exist")
        known = {"note": "note", "email": "email", "phone": "phone", "poNumber": "po_number", "tags": "tags",
                 "customAttributes": "custom_attributes"}  # fmt: skip
        for name, value in input.items():
            if name != "id" and name not in known:
                raise not_simulated(f"OrderInput.{name}")
            if name != "id":
                setattr(order, known[name], value)
        self.shop.touch(order)
        return {"order": order_view(self.shop, order), "userErrors": []}

    # ------------------------------------------------------------ webhooks

    def webhook_create(self, info: Any, topic: str, webhookSubscription: dict[str, Any]) -> View:
        given = webhookSubscription
        uri = given.get("uri") or given.get("callbackUrl") or ""
        problem = self._uri_problem(uri) or self._taken(topic, uri, given.get("filter"), None)
        if problem:
            return refused("webhookSubscription", ["webhookSubscription", "uri"], problem)
        now = self.shop.now()
        item = WebhookSubscription(self.shop.new_id("WebhookSubscription"), topic, uri, now, now)
        self._fill(item, given)
        self.shop.webhook_subscriptions[item.id] = item
        return {"webhookSubscription": subscription_view(item, self.queries.api_version), "userErrors": []}

    def webhook_update(self, info: Any, id: str, webhookSubscription: dict[str, Any]) -> View:
        item = self.shop.webhook_subscriptions.get(checked(id))
        if item is None:
            return refused("webhookSubscription", ["id"], "Webhook subscription does not exist")
        uri = webhookSubscription.get("uri") or webhookSubscription.get("callbackUrl") or item.uri
        problem = self._uri_problem(uri) or self._taken(item.topic, uri, webhookSubscription.get("filter"), item.id)
        if problem:
            return refused("webhookSubscription", ["webhookSubscription", "uri"], problem)
        item.uri, item.updated_at = uri, self.shop.now()
        self._fill(item, webhookSubscription)
        return {"webhookSubscription": subscription_view(item, self.queries.api_version), "userErrors": []}

    def webhook_delete(self, info: Any, id: str) -> View:
        if self.shop.webhook_subscriptions.pop(checked(id), None) is None:
            return refused("deletedWebhookSubscriptionId", ["id"], "Webhook subscription does not exist")
        return {"deletedWebhookSubscriptionId": id, "userErrors": []}

    def _fill(self, item: WebhookSubscription, given: dict[str, Any]) -> None:
        item.format = given.get("format") or item.format
        item.filter = given.get("filter", item.filter)
        item.include_fields = list(given.get("includeFields", item.include_fields) or ())
        item.name = given.get("name", item.name)

    def _uri_problem(self, uri: str) -> str | None:
        schemes = ("https://", "pubsub://", "arn:") + (("http://",) if self.shop.shop_knobs.allow_http_webhooks else ())
        return None if uri.startswith(schemes) else "Address is not allowed"

    def _taken(self, topic: str, uri: str, condition: str | None, own_id: str | None) -> str | None:
        for item in self.shop.webhook_subscriptions.values():
            if (item.topic, item.uri, item.filter) == (topic, uri, condition) and item.id != own_id:
                return "Address for this topic has already been taken"
        return None


def refused(member: str, field: list[str], message: str) -> View:
    """A payload that holds nothing but one user error."""
    return {member: None, "userErrors": [{"field": field, "message": message}]}


def _hold_refused(code: str, message: str) -> View:
    empty = dict.fromkeys(("fulfillmentHold", "fulfillmentOrder", "remainingFulfillmentOrder"))
    return {**empty, "userErrors": [{"field": ["id"], "message": message, "code": code}]}


def _metafield_refused(index: int, code: str, message: str) -> View:
    row = {"field": ["metafields", str(index)], "message": message, "code": code, "elementIndex": index}
    return {"metafields": None, "userErrors": [row]}


def _metafield_key(row: dict[str, Any]) -> str:
    return f"{row.get('namespace') or 'app'}.{row['key']}"
