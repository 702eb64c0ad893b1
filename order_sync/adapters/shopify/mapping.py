"""Shopify's words into the core's. Pure: takes what the schemas read, knows no network.

Source of every meaning: Shopify Admin API 2026-10, the object and member named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from order_sync.core.model.address import Address, StoreLocation
from order_sync.core.model.money import Money
from order_sync.core.model.order import (
    RISK_PENDING,
    FinancialStatus,
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    FulfillmentWork,
    LineItem,
    Order,
    OrderHead,
    ShopItem,
    ShopSku,
    TrackingInfo,
    WorkLine,
    WorkStatus,
)

Found = Mapping[str, Any]
"""An object as `schemas` reads it."""

FULFILLMENT_STATUS = {
    "SUCCESS": FulfillmentStatus.SUCCESS,
    "OPEN": FulfillmentStatus.PENDING,
    "PENDING": FulfillmentStatus.PENDING,
    "CANCELLED": FulfillmentStatus.CANCELLED,
    "ERROR": FulfillmentStatus.FAILED,
    "FAILURE": FulfillmentStatus.FAILED,
}
"""FulfillmentStatus. A value of a later version is PENDING: never taken for the merchant's mark, nor for free."""

WORK_STATUS = {
    "OPEN": WorkStatus.OPEN,
    "IN_PROGRESS": WorkStatus.OPEN,
    "INCOMPLETE": WorkStatus.OPEN,
    "SCHEDULED": WorkStatus.SCHEDULED,
    "ON_HOLD": WorkStatus.ON_HOLD,
    "CLOSED": WorkStatus.CLOSED,
    "CANCELLED": WorkStatus.CANCELLED,
}
"""FulfillmentOrderStatus. A value of a later version counts as held, with a reason that names it."""

RETURNED = "RETURN"
"""RefundLineItemRestockType of pieces that came back after they were fulfilled."""


@dataclass
class OrderParts:
    """An order read whole: the order's own members and every entry of its pages."""

    order: Found
    lines: list[Found] = field(default_factory=list)
    work: list[tuple[Found, list[Found]]] = field(default_factory=list)
    parcels: list[tuple[Found, list[Found]]] = field(default_factory=list)
    refunds: list[Found] = field(default_factory=list)


def to_order(parts: OrderParts) -> Order:
    """The order, with refunds counted into its lines."""
    found = parts.order
    head = to_head(found)
    refunded, returned = _refunded(parts.refunds)
    address = found["shipping_address"]
    return Order(
        order_id=head.order_id,
        name=head.name,
        number=_number(found["number"], head.name),
        created_at=head.created_at,
        updated_at=head.updated_at,
        financial_status=_financial_status(found["display_financial_status"]),
        lines=tuple(_line(line, refunded, returned) for line in unique(parts.lines)),
        fulfillments=tuple(_fulfillment(parcel, lines) for parcel, lines in _unique_pairs(parts.parcels)),
        work=tuple(_work(work, lines) for work, lines in _unique_pairs(parts.work)),
        shipping_address=None if address is None else to_address(address),
        cancelled_at=_utc(found["cancelled_at"]) if found["cancelled_at"] else None,
        is_test=found["test"],
        email=_text(found["email"]),
        tags=tuple(found["tags"] or ()),
        total=_money(found["current_total_price_set"]),
        risk=_risk(found["risk"]),
    )


def to_head(found: Found) -> OrderHead:
    """An order in a list."""
    return OrderHead(found["id"], found["name"], _utc(found["created_at"]), _utc(found["updated_at"]))


def to_address(found: Found, *, name: str = "") -> Address:
    """A MailingAddress or LocationAddress. Empty texts where Shopify has nothing or withholds it."""
    full_name = " ".join(filter(None, (_text(found["first_name"]), _text(found["last_name"]))))
    return Address(
        name=name or _text(found["name"]) or full_name,
        company=_text(found["company"]),
        address1=_text(found["address1"]),
        address2=_text(found["address2"]),
        city=_text(found["city"]),
        province=_text(found["province"]),
        province_code=_text(found["province_code"]),
        country_code=_text(found["country_code_v2"]) or _text(found["country_code"]),
        postal_code=_text(found["zip"]),
        phone=_text(found["phone"]),
    )


def to_item(found: Found) -> ShopItem | None:
    """A ProductVariant; None for one without a SKU."""
    sku = _text(found["sku"])
    return ShopItem(ShopSku(sku), _text(found["display_name"]), _text(found["barcode"])) if sku else None


def to_location(found: Found) -> StoreLocation:
    """A location. Its address has no name of its own, so the location's stands in."""
    name = found["name"].strip()
    address = Address(name=name) if found["address"] is None else to_address(found["address"], name=name)
    return StoreLocation(found["id"], name, address, active=found["is_active"])


def unique(entries: Iterable[Found]) -> list[Found]:
    """The entries without those whose id came before: pages that shift while they are read may repeat one."""
    first: dict[str, Found] = {}
    for entry in entries:
        first.setdefault(entry["id"], entry)
    return list(first.values())


def _unique_pairs(pairs: Iterable[tuple[Found, list[Found]]]) -> list[tuple[Found, list[Found]]]:
    first: dict[str, tuple[Found, list[Found]]] = {}
    for pair in pairs:
        first.setdefault(pair[0]["id"], pair)
    return list(first.values())


def _line(found: Found, refunded: Counter[str], returned: Counter[str]) -> LineItem:
    sku = _text(found["sku"])
    return LineItem(
        line_id=found["id"],
        title=_text(found["name"]) or _text(found["title"]),
        sku=ShopSku(sku) if sku else None,
        quantity=max(0, found["quantity"]),
        current_quantity=max(0, found["current_quantity"]),
        unfulfilled_quantity=max(0, found["unfulfilled_quantity"]),
        refunded_quantity=refunded[found["id"]],
        returned_quantity=returned[found["id"]],
        requires_shipping=found["requires_shipping"],
        is_gift_card=found["is_gift_card"],
        vendor=_text(found["vendor"]),
        unit_price=_money(found["original_unit_price_set"]),
    )


def _money(price_set: Found | None) -> Money | None:
    """A MoneyBag in the shop's own currency."""
    amount = price_set["shop_money"] if price_set else None
    return Money(amount["amount"], amount["currency_code"]) if amount else None


def _risk(found: Found | None) -> str:
    """OrderRiskSummary.recommendation, unless an assessment is still PENDING (RiskAssessmentResult)."""
    if found is None:
        return ""
    levels = [_text(each["risk_level"]) for each in found["assessments"] or ()]
    return RISK_PENDING if "PENDING" in levels else _text(found["recommendation"]).lower()


def _refunded(refunds: Iterable[Found]) -> tuple[Counter[str], Counter[str]]:
    """Pieces by line id: all that were refunded, and those of them that came back."""
    refunded, returned = Counter[str](), Counter[str]()
    for refund in unique(refunds):
        for part in refund["refund_line_items"]["nodes"]:
            line_id, pieces = part["line_item"]["id"], max(0, part["quantity"])
            refunded[line_id] += pieces
            if part["restock_type"] == RETURNED:
                returned[line_id] += pieces
    return refunded, returned


def _fulfillment(found: Found, lines: list[Found]) -> Fulfillment:
    return Fulfillment(
        fulfillment_id=found["id"],
        name=_text(found["name"]),
        status=FULFILLMENT_STATUS.get(found["status"], FulfillmentStatus.PENDING),
        lines=tuple(FulfillmentLine(part["line_item"]["id"], max(0, part["quantity"] or 0)) for part in unique(lines)),
        tracking=tuple(
            TrackingInfo(_text(info["number"]), _text(info["company"]), _text(info["url"]))
            for info in found["tracking_info"]
            if _text(info["number"]) or _text(info["url"])
        ),
        created_at=_utc(found["created_at"]),
    )


def _work(found: Found, lines: list[Found]) -> FulfillmentWork:
    status = WORK_STATUS.get(found["status"])
    reasons = [_hold_reason(hold) for hold in found["fulfillment_holds"]]
    if status is None:
        reasons.append(f"unknown status {found['status']}")
    return FulfillmentWork(
        work_id=found["id"],
        status=status or WorkStatus.ON_HOLD,
        lines=tuple(
            WorkLine(part["id"], part["line_item"]["id"], max(0, part["remaining_quantity"])) for part in unique(lines)
        ),
        fulfill_at=_utc(found["fulfill_at"]) if found["fulfill_at"] else None,
        hold_reasons=tuple(reason for reason in reasons if reason),
        location=_location(found["assigned_location"]),
    )


def _location(found: Found | None) -> str:
    """Name and street of a FulfillmentOrderAssignedLocation; its id would need the scope read_locations."""
    return " / ".join(filter(None, (_text(found["name"]), _text(found["address1"])))) if found else ""


def _hold_reason(hold: Found) -> str:
    reason = _text(hold["reason"]).lower().replace("_", " ")
    return ": ".join(filter(None, (reason, _text(hold["reason_notes"]))))


def _financial_status(value: str | None) -> FinancialStatus:
    try:
        return FinancialStatus((value or "").lower())
    except ValueError:
        return FinancialStatus.UNKNOWN


def _number(number: int | None, name: str) -> str:
    """Order.number as text; the longest run of digits in the name where it is missing."""
    if number is not None:
        return str(number)
    return max(re.findall(r"[0-9]+", name), key=len, default="")


def _text(value: str | None) -> str:
    return (value or "").strip()


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
