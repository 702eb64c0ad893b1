"""What we buy at a supplier to fill one share of an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from order_sync.core.model.address import Address
from order_sync.core.model.payment_profile import PaymentProfile

SupplierSku = NewType("SupplierSku", str)
"""Stock-keeping unit as the supplier writes it."""

PoNumber = NewType("PoNumber", str)
"""Our name for a purchase order: minted once, stored before it is sent, never reused."""


class Mode(StrEnum):
    """Whether a purchase is a trial or costs money. Part of every key."""

    TEST = "test"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class PurchaseOrderLine:
    """One item and its pieces (>= 1); a supplier SKU appears once in a purchase order."""

    sku: SupplierSku
    quantity: int


@dataclass(frozen=True, slots=True)
class PurchaseOptions:
    """Choices passed to the supplier; None leaves the supplier's own default in force.

    ``shipping_method`` and ``warehouse_preference`` are the supplier's own words.
    """

    shipping_method: str | None = None
    warehouse_preference: str | None = None
    ship_blind: bool | None = None
    residential: bool | None = None
    email_confirmation: str | None = None
    reject_line_errors: bool = True


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """One purchase: complete, so that an adapter can send it without asking anything else.

    ``payment_profile`` None means the account's own terms.
    """

    po_number: PoNumber
    mode: Mode
    lines: tuple[PurchaseOrderLine, ...]
    ship_to: Address
    payment_profile: PaymentProfile | None = None
    options: PurchaseOptions = field(default_factory=PurchaseOptions)
