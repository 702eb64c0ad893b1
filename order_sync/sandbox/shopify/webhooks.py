"""Webhooks of the shop, signed as Shopify signs them.

Source: Shopify's webhook documents: X-Shopify-Hmac-Sha256 is the base64 of HMAC-SHA256 over the raw body with
the app's client secret. The bodies carry the members an order source reads, not all that Shopify sends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from order_sync.sandbox.messages import to_json
from order_sync.sandbox.shopify.model import Line, Parcel, Refund, ShopOrder

NAMESPACE = uuid.UUID("7d0b9c1e-0000-4000-8000-0a1b2c3d4e5f")
TIMEOUT_S = 5.0  # Shopify waits five seconds for an answer


@dataclass(frozen=True)
class WebhookDelivery:
    """One delivery: send it twice to play Shopify's duplicates.

    `topic` is the header form, e.g. orders/paid.
    """

    topic: str
    headers: dict[str, str]
    body: bytes

    def tampered(self) -> WebhookDelivery:
        """The same headers over another body, so that the signature no longer fits."""
        return replace(self, body=self.body + b" ")

    def send(self, url: str) -> int:
        """POST it; returns the status answered. Connection problems raise httpx errors."""
        import httpx  # only here: the rest of the sandbox needs no HTTP client

        return httpx.post(url, content=self.body, headers=self.headers, timeout=TIMEOUT_S).status_code


def header_topic(topic: str) -> str:
    """ORDERS_PAID or orders/paid -> orders/paid; FULFILLMENT_ORDERS_... -> fulfillment_orders/..."""
    if "/" in topic:
        return topic.lower()
    words = topic.lower()
    for resource in ("fulfillment_orders", "fulfillments", "refunds", "orders", "app", "shop", "customers"):
        if words.startswith(resource + "_"):
            return f"{resource}/{words.removeprefix(resource + '_')}"
    return words.replace("_", "/", 1)


def build(
    topic: str, body: dict[str, Any], domain: str, secret: str, version: str, at: datetime, number: int
) -> WebhookDelivery:
    """Headers and signed body. `number` makes the two ids; the same number gives the same ids."""
    raw = to_json(body)
    digest = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Shopify-Captain-Hook",
        "X-Shopify-Topic": header_topic(topic),
        "X-Shopify-Hmac-Sha256": digest,
        "X-Shopify-Shop-Domain": domain,
        "X-Shopify-API-Version": version,
        "X-Shopify-Webhook-Id": str(uuid.uuid5(NAMESPACE, f"{domain}/delivery/{number}")),
        "X-Shopify-Event-Id": str(uuid.uuid5(NAMESPACE, f"{domain}/event/{number}")),
        "X-Shopify-Triggered-At": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return WebhookDelivery(header_topic(topic), headers, raw)


def order_body(order: ShopOrder) -> dict[str, Any]:
    """The REST form of an order: numbers for ids, lower-case statuses."""
    return {
        "id": _number(order.id),
        "admin_graphql_api_id": order.id,
        "name": order.name,
        "order_number": order.number,
        "created_at": order.created_at.isoformat(),
        "updated_at": order.updated_at.isoformat(),
        "cancelled_at": order.cancelled_at.isoformat() if order.cancelled_at else None,
        "financial_status": order.financial_status.lower(),
        "fulfillment_status": _rest_fulfillment_status(order),
        "test": order.test,
        "tags": ", ".join(order.tags),
        "email": order.email,
        "line_items": [_line(line) for line in order.lines],
        "shipping_address": order.address,
    }


def fulfillment_body(order: ShopOrder, parcel: Parcel) -> dict[str, Any]:
    numbers = [row["number"] for row in parcel.tracking]
    return {
        "id": _number(parcel.id),
        "admin_graphql_api_id": parcel.id,
        "order_id": _number(order.id),
        "name": parcel.name,
        "status": parcel.status.lower(),
        "created_at": parcel.created_at.isoformat(),
        "updated_at": parcel.updated_at.isoformat(),
        "tracking_company": parcel.tracking[0]["company"] if parcel.tracking else None,
        "tracking_number": numbers[0] if numbers else None,
        "tracking_numbers": numbers,
        "line_items": [{**_line(item.line), "quantity": item.quantity} for item in parcel.lines],
    }


def refund_body(order: ShopOrder, refund: Refund) -> dict[str, Any]:
    return {
        "id": _number(refund.id),
        "admin_graphql_api_id": refund.id,
        "order_id": _number(order.id),
        "created_at": refund.created_at.isoformat(),
        "note": refund.note,
        "refund_line_items": [
            {"line_item_id": _number(line.id), "quantity": pieces, "restock_type": kind.lower()}
            for line, pieces, kind in refund.lines
        ],
    }


def edit_body(order: ShopOrder) -> dict[str, Any]:
    """An edit has an id of its own, and names the order."""
    edit = {"id": _number(order.id) + 1, "order_id": _number(order.id), "created_at": order.updated_at.isoformat()}
    return {"order_edit": {**edit, "notify_customer": False, "line_items": {"additions": [], "removals": []}}}


def person_body(topic: str, order: ShopOrder, domain: str) -> dict[str, Any]:
    """The compliance topics about a customer (Shopify, "Privacy law compliance")."""
    customer = {"id": _number(order.id) + 2, "email": order.email, "phone": order.phone}
    body = {"shop_id": 1, "shop_domain": domain, "customer": customer}
    if topic == "customers/redact":
        return {**body, "orders_to_redact": [_number(order.id)]}
    return {**body, "orders_requested": [_number(order.id)], "data_request": {"id": _number(order.id) + 3}}


def shop_body(topic: str, domain: str) -> dict[str, Any]:
    """Topics without an order: a shop as REST shows it, or what names it for compliance."""
    if topic == "shop/redact":
        return {"shop_id": 1, "shop_domain": domain}
    return {"id": 1, "name": "Demo Shop", "email": "owner@example.com", "domain": domain, "myshopify_domain": domain}


def body_for(topic: str, order: ShopOrder | None, domain: str) -> dict[str, Any]:
    """Topics about fulfillments and refunds show the newest one."""
    topic = header_topic(topic)
    if order is None:
        return shop_body(topic, domain)
    if topic.startswith("customers/"):
        return person_body(topic, order, domain)
    if topic.startswith("fulfillments/") and order.parcels:
        return fulfillment_body(order, order.parcels[-1])
    if topic.startswith("refunds/") and order.refunds:
        return refund_body(order, order.refunds[-1])
    return edit_body(order) if topic == "orders/edited" else order_body(order)


def only(body: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """What `includeFields` leaves of a body: "a.b" is b inside a (Shopify, "Modify your payloads")."""
    inner: dict[str, list[str]] = {}
    for field in fields:
        head, _, rest = field.partition(".")
        inner.setdefault(head, []).append(rest)
    return {
        head: only(body[head], rests) if all(rests) and isinstance(body[head], dict) else body[head]
        for head, rests in inner.items()
        if head in body
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": _number(line.id),
        "admin_graphql_api_id": line.id,
        "title": line.title,
        "sku": line.sku,
        "vendor": line.vendor,
        "quantity": line.quantity,
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": line.unfulfilled_quantity,
        "requires_shipping": line.requires_shipping,
        "gift_card": line.is_gift_card,
        "price": f"{line.price:.2f}",
    }


def _rest_fulfillment_status(order: ShopOrder) -> str | None:
    return {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}.get(order.fulfillment_status)


def _number(gid: str) -> int:
    return int(gid.rpartition("/")[2])
