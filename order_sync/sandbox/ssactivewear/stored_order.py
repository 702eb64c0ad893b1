"""One order as the supplier keeps it, and the document it shows of it at a given time.

Source: S&S API v2, GET and POST orders pages and the developers guide (members, statuses, boxes).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from order_sync.sandbox.ssactivewear.catalogue import MILL, Product
from order_sync.sandbox.ssactivewear.knobs import Knobs
from order_sync.sandbox.ssactivewear.order_request import METHODS

ZERO = Decimal("0")
FEES = (
    "cod",
    "tax",
    "smallOrderFee",
    "cuponDiscount",
    "sampleDiscount",
    "setUpFee",
    "restockFee",
    "debitCredit",
)


@cache
def _central() -> tzinfo:
    try:
        return ZoneInfo("America/Chicago")
    except ZoneInfoNotFoundError:  # a machine without time zone data
        return timezone(timedelta(hours=-6))


def stamp(moment: datetime) -> str:
    """ISO 8601 without an offset, milliseconds, US Central (inferred from the guide)."""
    return moment.astimezone(_central()).replace(tzinfo=None).isoformat(timespec="milliseconds")


def midnight(moment: datetime) -> str:
    return moment.astimezone(_central()).strftime("%Y-%m-%dT00:00:00")


def local_date(moment: datetime) -> str:
    return moment.astimezone(_central()).strftime("%Y-%m-%d")


@dataclass
class StoredLine:
    number: int
    product: Product
    quantity: int
    your_sku: str = ""
    shipped: int | None = None


@dataclass
class Box:
    number: int
    tracking: str
    lines: list[tuple[StoredLine, int]]


@dataclass
class StoredOrder:
    """State that changes by acts; what changes by time alone is worked out when the order is shown."""

    guid: str
    number: str
    invoice: str
    po_number: str
    warehouse: str
    customer_number: str
    ordered_at: datetime
    ship_to: dict[str, str]
    method: str
    blind: bool
    test: bool
    terms: str
    days_in_transit: int
    lines: list[StoredLine]
    request: dict[str, Any] = field(default_factory=dict)
    order_type: str = "API"
    tracking: str = ""
    cancelled_at: datetime | None = None
    shipped_at: datetime | None = None
    boxes: list[Box] = field(default_factory=list)

    def is_cancelled(self, now: datetime, knobs: Knobs) -> bool:
        """Cancelled by somebody, or a test order whose minutes are over (guide: within 10 minutes)."""
        if self.cancelled_at is not None:
            return True
        return self.test and now >= self.ordered_at + timedelta(minutes=knobs.test_order_cancel_minutes)

    def is_invoiced(self, now: datetime, knobs: Knobs) -> bool:
        if self.order_type == "Credit":
            return True
        return self.shipped_at is not None and now >= self.shipped_at + timedelta(seconds=knobs.invoiced_after_ship_s)

    def is_delivered(self, now: datetime, knobs: Knobs) -> bool:
        return self.shipped_at is not None and now >= self.shipped_at + timedelta(seconds=knobs.delivered_after_ship_s)

    def invoice_number(self, now: datetime, knobs: Knobs) -> str:
        """Empty at first; one per order shortly after."""
        ready = now >= self.ordered_at + timedelta(seconds=knobs.invoice_number_after_s)
        return self.invoice if ready or self.shipped_at or self.order_type == "Credit" else ""

    def status(self, now: datetime, knobs: Knobs) -> str:
        if self.order_type == "Credit":
            return "Credit"
        if self.is_cancelled(now, knobs):
            return knobs.cancelled
        if self.shipped_at:
            return "Completed" if self.method == "6" else "Shipped"
        return knobs.in_progress


def document(order: StoredOrder, now: datetime, knobs: Knobs, *, fresh: bool = False) -> dict[str, Any]:
    """The order's header. `fresh`: as in the reply to the POST that made it."""
    cancelled = order.is_cancelled(now, knobs)
    shown = _identity(order, now, knobs)
    if fresh:
        shown["expectedDeliveryDate"] = midnight(order.ordered_at + timedelta(days=order.days_in_transit))
    carrier, method = METHODS[order.method]
    shown |= {
        "orderType": order.order_type,
        "terms": order.terms,
        "orderStatus": order.status(now, knobs),
        "dropship": order.warehouse == MILL,
        "shippingCarrier": carrier,
        "shippingMethod": method,
        "shipBlind": order.blind,
        "shippingCollectNumber": "",
        "shippingAddress": dict(order.ship_to),
        **_amounts(order, cancelled),
        **_counts(order, hidden=cancelled or (fresh and knobs.post_totals_zero)),
    }
    if not cancelled:
        shown["deliveryStatus"] = _delivery_status(order, now, knobs)
    shown |= _after_shipping(order, now, knobs)
    if fresh:
        shown["conveyorLane"] = "8"
    return shown


def _identity(order: StoredOrder, now: datetime, knobs: Knobs) -> dict[str, Any]:
    return {
        "guid": order.guid,
        "companyName": "S&S Activewear",
        "warehouseAbbr": order.warehouse,
        "orderNumber": order.number,
        "invoiceNumber": order.invoice_number(now, knobs),
        "poNumber": order.po_number,
        "customerNumber": order.customer_number,
        "orderDate": stamp(order.ordered_at),
    }


def _amounts(order: StoredOrder, cancelled: bool) -> dict[str, Any]:
    """Amounts are 0 when cancelled (DELETE page) and negative on a credit; shipping prices are invented."""
    pieces = sum(line.quantity for line in order.lines)
    subtotal = sum((line.product.price * line.quantity for line in order.lines), ZERO)
    shipping = Decimal("7.50") + Decimal("0.15") * pieces
    if order.order_type == "Credit":
        subtotal, shipping = -subtotal, ZERO
    if cancelled:
        subtotal, shipping = ZERO, ZERO
    return {
        "subtotal": subtotal,
        "shipping": shipping,
        **dict.fromkeys(FEES, ZERO),
        "total": subtotal + shipping,
    }


def _counts(order: StoredOrder, hidden: bool) -> dict[str, Any]:
    """Pieces and lines may be 0; weight and boxes keep their values."""
    pieces = sum(line.quantity for line in order.lines)
    if order.order_type == "Credit":
        pieces = -pieces
    return {
        "totalPieces": 0 if hidden else pieces,
        "totalLines": 0 if hidden else len(order.lines),
        "totalWeight": sum((line.product.weight * line.quantity for line in order.lines), ZERO),
        "totalBoxes": max(1, len(order.boxes)),
    }


def _delivery_status(order: StoredOrder, now: datetime, knobs: Knobs) -> str:
    if order.shipped_at is None:
        return ""
    if order.method == "6":
        return "Picked Up"
    return "Shipped - Delivered" if order.is_delivered(now, knobs) else "Shipped - In Transit"


def _after_shipping(order: StoredOrder, now: datetime, knobs: Knobs) -> dict[str, Any]:
    """Members that are absent until there is something to say."""
    shown: dict[str, Any] = {}
    if order.shipped_at:
        shown["shipDate"] = stamp(order.shipped_at)
        if order.is_invoiced(now, knobs):
            shown["invoiceDate"] = midnight(order.shipped_at)
    elif order.order_type == "Credit":
        shown["invoiceDate"] = midnight(order.ordered_at)
    soon = knobs.tracking_after_s
    early = soon is not None and now >= order.ordered_at + timedelta(seconds=soon)
    if order.shipped_at or (early and not order.is_cancelled(now, knobs)):
        shown["trackingNumber"] = order.tracking
    return shown


def line_document(line: StoredLine, warehouse: str) -> dict[str, Any]:
    """A line carries no echo of the requested identifier: only sku, gtin and yourSku tell what it is."""
    shown = {"lineNumber": line.number, "type": "S", **_item(line, warehouse)}
    shown["qtyOrdered"] = line.quantity
    if line.shipped is not None:
        shown["qtyShipped"] = line.shipped
    return {**shown, "price": line.product.price, **_names(line.product), "returnable": warehouse != MILL}


def box_document(order: StoredOrder, box: Box) -> dict[str, Any]:
    """Value types of boxNumber and boxRequired are uncertain; the guide shows three digits plus a lane."""
    weight = sum((line.product.weight * pieces for line, pieces in box.lines), ZERO)
    return {
        "boxNumber": f"{box.number:03d}",
        "trackingNumber": box.tracking,
        "weight": weight,
        "cubicVolume": Decimal("0.4"),
        "boxRequired": True,
        "conveyorBarcode": f"{order.invoice}.{box.number:03d}1",
        "lines": [
            {
                "lineNumber": line.number,
                **_item(line, order.warehouse),
                "qtyShipped": pieces,
                **_names(line.product),
                "countryOfOrigin": "HN",
            }
            for line, pieces in box.lines
        ],
    }


def _item(line: StoredLine, warehouse: str) -> dict[str, Any]:
    product = line.product
    return {
        "skuID": product.sku_id(warehouse),
        "sku": product.sku,
        "gtin": product.gtin,
        "yourSku": line.your_sku,
    }


def _names(product: Product) -> dict[str, Any]:
    return {
        "brandName": product.brand,
        "styleName": product.style,
        "title": product.title,
        "colorName": product.color,
        "sizeName": product.size,
    }
