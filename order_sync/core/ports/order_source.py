"""The shop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from order_sync.core.errors import NotAllowedError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.order import Order, OrderHead, ShopItem, TrackingInfo
from order_sync.core.ports.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class ShopIdentity:
    """Who the credentials belong to and what they may do.

    ``missing_scopes`` are permissions the work needs and the credentials lack; ``notes`` anything else
    an operator should know (an API version that is no longer served, a development store).
    """

    shop_id: str
    name: str
    domain: str
    scopes: tuple[str, ...] = ()
    missing_scopes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FulfillmentWrite:
    """What is told to the shop as fulfilled: pieces by work line, inside each piece of work."""

    work_lines: Mapping[str, Mapping[str, int]]
    tracking: tuple[TrackingInfo, ...]
    notify_customer: bool


class OrderSource(Protocol):
    """Reads a shop's orders and tells it what was shipped. Thread-safe.

    Every method raises AuthenticationError, AccessDeniedError, ServiceUnavailableError, RateLimitedError or
    MalformedResponseError as in core/errors.py, and ConfigurationError when a secret is missing; writes also
    OutcomeUnknownError and RejectedRequestError.
    """

    @property
    def webhooks(self) -> Webhooks | None:
        """The events that the shop sends by itself; None when it sends none: the scheduled look finds everything."""
        return None

    def canonical_order_id(self, text: str) -> str:
        """The id under which an order is kept, from that id or its short form; asks nobody.

        Raises:
            OrderNotFoundError: the text cannot be an id of this shop.
        """
        ...

    def get_order(self, order_id: str) -> Order:
        """One order, whole: every line, refund, fulfillment and piece of work, beyond one page.

        ``order_id`` is what the shop calls it; its short numeric form is accepted too.

        Raises:
            OrderNotFoundError: the shop has no such order, or does not show it to us.
        """
        ...

    def orders_changed_since(self, since: datetime) -> Iterator[OrderHead]:
        """Orders changed at or after a moment, oldest change first; may repeat an order that changes meanwhile."""
        ...

    def find_orders_by_name(self, name: str) -> tuple[OrderHead, ...]:
        """Orders of exactly that name ("#1001"), newest first. Names are not unique for ever."""
        ...

    def items(self) -> Iterator[ShopItem]:
        """Everything that the shop sells under a SKU; a SKU may repeat.

        Raises:
            NotAllowedError: this shop cannot be asked for that.
        """
        raise NotAllowedError(
            "This shop cannot list what it sells.", next_step="SKUs are checked when an order has them."
        )

    def locations(self) -> tuple[StoreLocation, ...]:
        """The shop's own locations with their addresses."""
        ...

    def identify(self) -> ShopIdentity:
        """Whose credentials these are, and what they may do."""
        ...

    def create_fulfillment(self, write: FulfillmentWrite) -> str:
        """Mark pieces as fulfilled; returns the fulfillment's id. Not idempotent: read the order first."""
        ...

    def update_tracking(self, fulfillment_id: str, tracking: tuple[TrackingInfo, ...], notify_customer: bool) -> None:
        """Replace the tracking of a fulfillment."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...
