"""The topics we receive, what each asks of us, and where its body names the order. Pure.

Source of topics and bodies: Shopify webhook topics (Admin API 2026-10) and their sample payloads; compliance topics:
Shopify, "Privacy law compliance". Access: orders/*, refunds/create need read_orders, fulfillments/* read_fulfillments
(WebhookSubscriptionTopic, the scopes in its descriptions).
"""

from __future__ import annotations

from dataclasses import dataclass

from order_sync.core.model.shop_event import EventKind


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in the words of the X-Shopify-Topic header.

    Attributes:
        order_ids: members that name the order, the first that is there counts; "a.b" is b inside a. For the request
            of a person: the list of that person's orders.
        fields: members to ask for; empty: the whole body.
    """

    name: str
    kind: EventKind = EventKind.LOOK
    order_ids: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def wire_name(self) -> str:
        """The value of Shopify's enum WebhookSubscriptionTopic."""
        return self.name.replace("/", "_").upper()


def _order(name: str) -> Topic:
    # updated_at, because Shopify drops a delivery whose body is the same as that of one shortly before
    # (Shopify, "Modify your payloads", debouncing).
    return Topic(name, order_ids=("id", "admin_graphql_api_id"), fields=("id", "admin_graphql_api_id", "updated_at"))


def _of_order(name: str, changed: str) -> Topic:
    return Topic(name, order_ids=("order_id",), fields=("id", "order_id", changed))


SUBSCRIBED = (
    _order("orders/create"),
    _order("orders/paid"),
    _order("orders/updated"),
    # Its body is about the edit, not the order: {"order_edit": {"id": ..., "order_id": ...}}.
    Topic(
        "orders/edited",
        order_ids=("order_edit.order_id",),
        fields=("order_edit.id", "order_edit.order_id", "order_edit.created_at"),
    ),
    _order("orders/cancelled"),
    _of_order("fulfillments/create", "updated_at"),
    _of_order("fulfillments/update", "updated_at"),
    _of_order("refunds/create", "created_at"),
    Topic("app/uninstalled", EventKind.UNINSTALLED),
)
"""What makes us look at an order again, and the end of our access. Asked for without names and addresses."""

COMPLIANCE = (
    Topic("customers/data_request", EventKind.EXPORT_PERSON, order_ids=("orders_requested",)),
    Topic("customers/redact", EventKind.ERASE_PERSON, order_ids=("orders_to_redact",)),
    Topic("shop/redact", EventKind.ERASE_SHOP),
)
"""Not in WebhookSubscriptionTopic: their addresses are set in the app's own settings (TOML or dashboard)."""

BY_NAME = {topic.name: topic for topic in (*SUBSCRIBED, *COMPLIANCE)}
BY_WIRE_NAME = {topic.wire_name: topic for topic in SUBSCRIBED}
