"""What the shop keeps.

Words are Shopify's, save that a FulfillmentOrder is `Work` and a Fulfillment a `Parcel`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

ZERO = Decimal("0.00")


@dataclass
class Line:
    """A line item. The four quantities that Shopify shows follow from these counts of pieces.

    cancelled: taken off before being fulfilled (refund CANCEL, order edit, order cancelled).
    refunded: refunded without touching the fulfillment (RETURN, NO_RESTOCK).
    """

    id: str
    title: str
    sku: str | None
    quantity: int
    price: Decimal
    vendor: str | None = None
    variant_title: str | None = None
    requires_shipping: bool = True
    is_gift_card: bool = False
    is_tip: bool = False
    custom_attributes: list[dict[str, str]] = field(default_factory=list)
    group: dict[str, Any] | None = None
    cancelled: int = 0
    refunded: int = 0
    returned: int = 0
    fulfilled: int = 0

    @property
    def current_quantity(self) -> int:
        return self.quantity - self.cancelled - self.refunded

    @property
    def unfulfilled_quantity(self) -> int:
        return 0 if self.is_tip else self.quantity - self.cancelled - self.fulfilled

    @property
    def non_fulfillable_quantity(self) -> int:
        """Pieces that can never be fulfilled: refunded before shipping, or a tip."""
        return self.quantity if self.is_tip else self.cancelled


@dataclass
class WorkLine:
    id: str
    line: Line
    total: int
    remaining: int


@dataclass
class Hold:
    id: str
    reason: str
    notes: str | None
    handle: str
    by_app: bool


@dataclass
class Work:
    """A fulfillment order: what one location has to do for one order in one delivery method."""

    id: str
    location_id: str
    method: str  # DeliveryMethodType: SHIPPING, NONE, PICK_UP, LOCAL ...
    lines: list[WorkLine]
    created_at: datetime
    updated_at: datetime
    status: str = "OPEN"
    holds: list[Hold] = field(default_factory=list)

    @property
    def remaining(self) -> int:
        return sum(line.remaining for line in self.lines)


@dataclass
class ParcelLine:
    id: str
    line: Line
    quantity: int
    work_line: WorkLine


@dataclass
class Parcel:
    """A fulfillment. `tracking` rows have company, number and url, each may be None.

    told: how many messages about it the customer got, as far as an app asked for them.
    """

    id: str
    name: str
    location_id: str
    lines: list[ParcelLine]
    created_at: datetime
    updated_at: datetime
    tracking: list[dict[str, str | None]] = field(default_factory=list)
    status: str = "SUCCESS"
    by_gift_card_service: bool = False
    told: int = 0


@dataclass
class Refund:
    id: str
    created_at: datetime
    note: str
    lines: list[tuple[Line, int, str]]  # line, pieces, restock type


@dataclass
class Location:
    id: str
    name: str
    address: dict[str, str | None]
    updated_at: datetime
    is_active: bool = True
    is_fulfillment_service: bool = False
    fulfills_online_orders: bool = True


@dataclass
class WebhookSubscription:
    id: str
    topic: str  # WebhookSubscriptionTopic, e.g. ORDERS_PAID
    uri: str
    created_at: datetime
    updated_at: datetime
    format: str = "JSON"
    filter: str | None = None
    include_fields: list[str] = field(default_factory=list)
    name: str | None = None


@dataclass
class ShopOrder:
    """An order.

    Times are aware UTC, whole seconds, as Shopify shows them. `address` has Shopify's member names.
    """

    id: str
    number: int
    name: str
    created_at: datetime
    updated_at: datetime
    lines: list[Line]
    financial_status: str
    address: dict[str, str | None] | None
    email: str | None
    phone: str | None
    test: bool
    tags: list[str]
    shipping_price: Decimal | None
    note: str | None = None
    po_number: str | None = None
    source_name: str = "web"
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    edited: bool = False
    risk: str = "ACCEPT"
    works: list[Work] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    metafields: dict[str, dict[str, str]] = field(default_factory=dict)
    custom_attributes: list[dict[str, str]] = field(default_factory=list)

    def line(self, line_id: str) -> Line:
        for line in self.lines:
            if line.id == line_id:
                return line
        raise LookupError(f"line item {line_id}")

    @property
    def current_total(self) -> Decimal:
        goods = sum((line.price * line.current_quantity for line in self.lines), ZERO)
        return ZERO if self.cancelled_at else goods + (self.shipping_price or ZERO)

    @property
    def outstanding(self) -> Decimal:
        return self.current_total if self.financial_status in {"PENDING", "AUTHORIZED", "EXPIRED"} else ZERO

    @property
    def fulfillment_status(self) -> str:
        """OrderDisplayFulfillmentStatus."""
        open_works = [work for work in self.works if work.status not in {"CLOSED", "CANCELLED"}]
        fulfilled = sum(line.fulfilled for line in self.lines)
        left = sum(line.unfulfilled_quantity for line in self.lines)
        if open_works and all(work.status == "ON_HOLD" for work in open_works):
            return "ON_HOLD"
        if fulfilled:
            return "PARTIALLY_FULFILLED" if left else "FULFILLED"
        return "UNFULFILLED"
