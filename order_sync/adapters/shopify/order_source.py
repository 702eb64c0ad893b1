"""Shopify as the core sees it: joins questions, schemas and mapping."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from order_sync.adapters.shopify import queries, schemas
from order_sync.adapters.shopify.client import ShopifyClient
from order_sync.adapters.shopify.identity import to_identity
from order_sync.adapters.shopify.mapping import to_head, to_item, to_location, to_order
from order_sync.adapters.shopify.order_ids import order_gid
from order_sync.adapters.shopify.order_reader import OrderReader
from order_sync.adapters.shopify.questions import Questions
from order_sync.adapters.shopify.refusals import SERVICE
from order_sync.adapters.shopify.signatures import ClientSecret
from order_sync.adapters.shopify.webhooks import ShopifyWebhooks
from order_sync.adapters.shopify.writes import fulfillment_input, tracking_input
from order_sync.core.errors import OrderNotFoundError, RejectedRequestError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.order import Order, OrderHead, ShopItem, TrackingInfo
from order_sync.core.ports import Clock, FulfillmentWrite, OrderSource, ShopIdentity, Webhooks

MOST_NAMESAKES = 250
"""Search results looked through for a name; Shopify finds what merely resembles it, too."""


class ShopifyOrderSource(OrderSource):
    """The orders of one shop. Thread-safe."""

    def __init__(self, client: ShopifyClient, client_secret: ClientSecret, clock: Clock) -> None:
        self._client = client
        self._questions = Questions(client)
        self._reader = OrderReader(self._questions)
        self._webhooks = ShopifyWebhooks(self._questions, client_secret, clock)

    @property
    def webhooks(self) -> Webhooks:
        """The events that the shop sends by itself."""
        return self._webhooks

    def canonical_order_id(self, text: str) -> str:
        """gid://shopify/Order/123, from that or from 123."""
        order_id = order_gid(text)
        if order_id is None:
            raise OrderNotFoundError(
                f"{text!r} is not the id of an order of Shopify.",
                next_step="Give gid://shopify/Order/123, or the number at the end of the order's address in the admin.",
                order=text,
            )
        return order_id

    def get_order(self, order_id: str) -> Order:
        """One order, whole and of one moment. Accepts gid://shopify/Order/123 and 123."""
        order_id = self.canonical_order_id(order_id)
        parts = self._reader.read(order_id)
        if parts is None:
            raise OrderNotFoundError(
                f"{self._client.shop} does not show us the order {order_id}.",
                next_step="It does not exist, was deleted, or is older than 60 days and needs read_all_orders.",
                order=order_id,
            )
        return to_order(parts)

    def orders_changed_since(self, since: datetime) -> Iterator[OrderHead]:
        """Orders changed at or after a moment, read page by page as they are taken.

        The moment counts to the second, as Shopify's own times do. What the search returns is checked again:
        a filter that Shopify does not understand is ignored, not refused.
        """
        if since.tzinfo is None:
            raise ValueError("since must be an aware datetime")
        earliest = since.astimezone(UTC).replace(microsecond=0)
        search = f"updated_at:>='{earliest:%Y-%m-%dT%H:%M:%SZ}'"
        return self._heads(search, earliest)

    def _heads(self, search: str, earliest: datetime) -> Iterator[OrderHead]:
        last: OrderHead | None = None
        for found in self._questions.nodes(queries.ORDERS_CHANGED, schemas.HEADS, "orders", query=search):
            head = to_head(found)
            if head.updated_at >= earliest and head != last:
                yield head
                last = head

    def find_orders_by_name(self, name: str) -> tuple[OrderHead, ...]:
        """Orders of exactly that name, or of that name with # before it; newest first."""
        name = " ".join(name.split())
        names = [name] if name.startswith("#") else [name, f"#{name}"]
        found: dict[str, OrderHead] = {}
        for candidate in names if name else ():
            for head in self._named(candidate):
                if head.name in names:
                    found.setdefault(head.order_id, head)
        return tuple(sorted(found.values(), key=lambda head: head.created_at, reverse=True))

    def _named(self, name: str) -> Iterator[OrderHead]:
        search = f"name:{quoted(name)}"
        nodes = self._questions.nodes(queries.ORDERS_BY_NAME, schemas.HEADS, "orders", query=search)
        for _, found in zip(range(MOST_NAMESAKES), nodes, strict=False):
            yield to_head(found)

    def items(self) -> Iterator[ShopItem]:
        """Every variant with a SKU, page by page; needs the scope read_products."""
        nodes = self._questions.nodes(queries.VARIANTS, schemas.VARIANTS, "product_variants")
        return (item for item in map(to_item, nodes) if item is not None)

    def locations(self) -> tuple[StoreLocation, ...]:
        """The shop's locations, active ones first, then by name."""
        nodes = self._questions.nodes(queries.LOCATIONS, schemas.LOCATIONS, "locations")
        found = {location.location_id: location for location in map(to_location, nodes)}
        return tuple(sorted(found.values(), key=lambda location: (not location.active, location.name.casefold())))

    def identify(self) -> ShopIdentity:
        """Whose credentials these are, and what they may do."""
        answer = self._questions.ask(queries.SHOP_IDENTITY, schemas.IDENTITY)
        return to_identity(answer, shop=self._client.shop, api_version=self._client.api_version)

    def create_fulfillment(self, write: FulfillmentWrite) -> str:
        """Mark pieces as fulfilled; returns the fulfillment's id. Sent once, unless Shopify did not run it."""
        fulfillment = fulfillment_input(write)
        if not fulfillment["lineItemsByFulfillmentOrder"]:
            raise self._nothing_to_write("no pieces to fulfil", queries.FULFILLMENT_CREATE)
        told = self._questions.change(
            queries.FULFILLMENT_CREATE, schemas.FULFILLMENT_CREATE, "fulfillment", fulfillment=fulfillment
        )
        fulfillment_id: str = told["id"]
        return fulfillment_id

    def update_tracking(self, fulfillment_id: str, tracking: tuple[TrackingInfo, ...], notify_customer: bool) -> None:
        """Replace the tracking of a fulfillment."""
        wanted = tracking_input(tracking)
        if not wanted:
            raise self._nothing_to_write("no tracking number to give", queries.TRACKING_UPDATE)
        self._questions.change(
            queries.TRACKING_UPDATE,
            schemas.TRACKING_UPDATE,
            "fulfillment",
            fulfillmentId=fulfillment_id,
            tracking=wanted,
            notify=notify_customer,
        )

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def _nothing_to_write(self, why: str, operation: queries.Operation) -> RejectedRequestError:
        return RejectedRequestError(
            f"There is {why}, so nothing was sent to {self._client.shop}.",
            service=SERVICE,
            operation=operation.name,
        )


def quoted(text: str) -> str:
    """A text as one value of Shopify's search syntax, whatever is in it (Shopify API search syntax)."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
