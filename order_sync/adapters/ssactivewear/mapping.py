"""From replies about orders to the model. Pure.

Whatever is not understood raises WrongShapeError; the gateway knows whether that means "malformed" or
"outcome unknown".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import ValidationError

from order_sync.adapters.ssactivewear.schemas import ORDER, ORDER_LINE, decimal_of
from order_sync.adapters.ssactivewear.ship_to import ship_to_of
from order_sync.adapters.ssactivewear.wire import WrongShapeError, flattened, lowered, rows
from order_sync.core.model.money import Money
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.purchase_order import SupplierSku
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderLine, SupplierOrderStatus

CURRENCIES = {"US": "USD", "CA": "CAD"}

COSTS = (
    "subtotal",
    "shipping",
    "shippingSaved",
    "cod",
    "tax",
    "lostCashDiscount",
    "smallOrderFee",
    "cuponDiscount",
    "sampleDiscount",
    "setUpFee",
    "restockFee",
    "debitCredit",
    "total",
)
"""Amounts of an order (S&S API v2, GET orders page; "cupon" is theirs)."""

_STATUSES = {
    "inprogress": SupplierOrderStatus.IN_PROGRESS,
    "shipped": SupplierOrderStatus.SHIPPED,
    "completed": SupplierOrderStatus.COMPLETED,
    "canceled": SupplierOrderStatus.CANCELLED,
}


def status_of(raw_status: str) -> SupplierOrderStatus:
    """The status behind S&S's word: "InProgress" and "In Progress", "Canceled" and "Cancelled" both occur.

    Its words for a delivery ("Shipped - In Transit") are understood here too.
    """
    word = "".join(filter(str.isalpha, raw_status)).lower().replace("cancelled", "canceled")
    return _STATUSES.get("shipped" if word.startswith("shipped") else word, SupplierOrderStatus.UNKNOWN)


def is_credit(row: Mapping[str, Any]) -> bool:
    """Whether a row of an orders reply is money back, not goods: such rows share the PO number."""
    words = (str(row.get(name) or "").strip().lower() for name in ("ordertype", "orderstatus"))
    return "credit" in words


def order_rows(document: Any) -> list[dict[str, Any]]:
    """The orders of a reply: a list, a list of lists, ``{"orders": [...]}`` or a single order."""
    if isinstance(document, dict):
        members = lowered(document)
        if "orders" in members:
            return rows(members["orders"] or [])
        if not ("ordernumber" in members or "guid" in members):
            raise WrongShapeError("an object that is no order")
    return rows(document)


def supplier_order(row: Mapping[str, Any], *, country: str, found_by: str) -> SupplierOrder:
    """One order of a reply. Raises WrongShapeError when it has no number to know it by."""
    try:
        order = ORDER.load(row)
    except ValidationError as exc:
        raise WrongShapeError(f"an order with wrong members {sorted(exc.messages_dict)}") from None
    number = order["order_number"] or order["guid"]
    if not number:
        raise WrongShapeError("an order without number")
    costs = _costs(row)
    total = decimal_of(costs.get("total"))
    return SupplierOrder(
        order_number=number,
        po_number=order["po_number"],
        status=status_of(order["status"]),
        warehouse=order["warehouse"],
        raw_status=order["status"],
        lines=_lines(order["lines"]),
        tracking=_tracking(order),
        ordered_at=central_time(order["ordered_at"]),
        total=None if total is None else Money(total, CURRENCIES[country]),
        costs=costs,
        ship_to=ship_to_of(order["shipping_address"]),
        found_by=found_by,
    )


def _costs(row: Mapping[str, Any]) -> dict[str, str]:
    members = lowered(row)
    amounts = {name: decimal_of(members.get(name.lower())) for name in COSTS}
    return {name: str(amount) for name, amount in amounts.items() if amount is not None}


def _lines(value: Any) -> tuple[SupplierOrderLine, ...] | None:
    """The lines, or None when the reply had none or not all of them can be understood.

    An empty list is none too: nobody orders nothing, and pieces that are not told are not pieces that were refused.
    """
    if value in (None, [], {}):
        return None
    try:
        loaded = [ORDER_LINE.load(row) for row in rows(value)]
    except (WrongShapeError, ValidationError):
        return None
    lines = []
    for line in loaded:
        sku = line["sku"] or line["gtin"] or line["your_sku"]
        if not sku:
            return None
        aliases = tuple(alias for alias in (line["gtin"], line["your_sku"]) if alias and alias != sku)
        shipped = None if line["shipped"] is None else max(0, line["shipped"])
        lines.append(SupplierOrderLine(SupplierSku(sku), max(0, line["ordered"]), shipped, aliases))
    return tuple(lines) or None


def _tracking(order: Mapping[str, Any]) -> tuple[TrackingInfo, ...]:
    """The number of the header and of each box, once each: the header has one number, a shipment many."""
    numbers = _numbers(order["tracking_number"])
    boxes = order["boxes"] or []
    try:
        entries = [boxes] if isinstance(boxes, Mapping) else flattened(boxes)
    except WrongShapeError:
        entries = []
    for box in entries:
        if isinstance(box, Mapping):
            numbers += _numbers(lowered(box).get("trackingnumber"))
    return tuple(TrackingInfo(number, order["carrier"]) for number in dict.fromkeys(numbers) if number)


def _numbers(value: Any) -> list[str]:
    """The numbers of a member: one, several in a list, or several in one text."""
    entries = value if isinstance(value, list) else [value]
    texts = [str(each) for each in entries if isinstance(each, str | int) and not isinstance(each, bool)]
    return [number.strip() for text in texts for number in text.replace(";", ",").split(",")]


def central_time(text: str) -> datetime | None:
    """Aware UTC from a time without offset, which is US Central (inferred from S&S's Developers Guide, 2021)."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            zone = _central()
            if zone is None:
                return None
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@cache
def _central() -> ZoneInfo | None:
    try:
        return ZoneInfo("America/Chicago")
    except (ZoneInfoNotFoundError, OSError):  # a system without time zone data
        return None
