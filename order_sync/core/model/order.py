"""What a customer bought in the shop, as far as buying it on needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from order_sync.core.model.address import Address
from order_sync.core.model.money import Money

ShopSku = NewType("ShopSku", str)
"""Stock-keeping unit as written in the shop."""

RISK_PENDING = "pending"
"""The shop has not finished to assess the order's risk."""


class FinancialStatus(StrEnum):
    """Where the payment of an order stands."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class FulfillmentStatus(StrEnum):
    """Whether a fulfillment stands: only SUCCESS means that the merchant marked the lines as fulfilled."""

    SUCCESS = "success"
    PENDING = "pending"
    CANCELLED = "cancelled"
    FAILED = "failed"


class WorkStatus(StrEnum):
    """State of one piece of fulfillment work (Shopify: fulfillment order)."""

    OPEN = "open"
    SCHEDULED = "scheduled"
    ON_HOLD = "on_hold"
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class LineItem:
    """One row of an order. Quantities are pieces, never negative.

    Attributes:
        quantity: as ordered, with everything that was refunded or removed later.
        current_quantity: without refunded and removed pieces.
        unfulfilled_quantity: not yet marked as fulfilled in the shop.
        refunded_quantity: summed over the order's refunds.
        returned_quantity: the part of refunded_quantity that came back after it was fulfilled.
    """

    line_id: str
    title: str
    sku: ShopSku | None
    quantity: int
    current_quantity: int
    unfulfilled_quantity: int
    refunded_quantity: int = 0
    returned_quantity: int = 0
    requires_shipping: bool = True
    is_gift_card: bool = False
    vendor: str = ""
    unit_price: Money | None = None


@dataclass(frozen=True, slots=True)
class FulfillmentLine:
    """How many pieces of a line a fulfillment covers."""

    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class TrackingInfo:
    """Carrier, number and url of a parcel; empty text where unknown."""

    number: str
    carrier: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fulfillment:
    """Lines that the shop marks as fulfilled, with their tracking."""

    fulfillment_id: str
    name: str
    status: FulfillmentStatus
    lines: tuple[FulfillmentLine, ...]
    tracking: tuple[TrackingInfo, ...] = ()
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WorkLine:
    """What is left to fulfil of a line inside one piece of work."""

    work_line_id: str
    line_id: str
    remaining_quantity: int


@dataclass(frozen=True, slots=True)
class FulfillmentWork:
    """Lines that the shop expects to be fulfilled together (Shopify: fulfillment order).

    ``fulfill_at`` is when scheduled work (a pre-order) becomes due. ``location``: from where the shop expects it to be
    fulfilled; one fulfillment covers work of one location only.
    """

    work_id: str
    status: WorkStatus
    lines: tuple[WorkLine, ...]
    fulfill_at: datetime | None = None
    hold_reasons: tuple[str, ...] = ()
    location: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One order of the shop, read whole. Times are aware UTC.

    ``total`` is what the customer pays now, with shipping and tax; ``risk`` the shop's recommendation in lower case
    ("accept", "investigate", "cancel", "none"), RISK_PENDING while the shop assesses it, empty when it does not tell.
    """

    order_id: str
    name: str
    number: str
    created_at: datetime
    updated_at: datetime
    financial_status: FinancialStatus
    lines: tuple[LineItem, ...]
    fulfillments: tuple[Fulfillment, ...] = ()
    work: tuple[FulfillmentWork, ...] = ()
    shipping_address: Address | None = None
    cancelled_at: datetime | None = None
    is_test: bool = False
    email: str = ""
    tags: tuple[str, ...] = ()
    total: Money | None = None
    risk: str = ""

    @property
    def skus(self) -> tuple[ShopSku, ...]:
        """The SKUs of its lines, each once."""
        return tuple(dict.fromkeys(line.sku for line in self.lines if line.sku))

    def line(self, line_id: str) -> LineItem | None:
        """The line of that id, or None."""
        return next((line for line in self.lines if line.line_id == line_id), None)


@dataclass(frozen=True, slots=True)
class ShopItem:
    """Something that the shop sells under a SKU. ``barcode`` is empty where there is none."""

    sku: ShopSku
    title: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class OrderHead:
    """An order in a list: enough to decide whether to look at it."""

    order_id: str
    name: str
    created_at: datetime
    updated_at: datetime
