"""The TrackingData resources and payment profiles.

Source: S&S API v2, TrackingData and PaymentProfiles pages.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from order_sync.sandbox.messages import Reply, Request
from order_sync.sandbox.ssactivewear.catalogue import CITY
from order_sync.sandbox.ssactivewear.errors import Problem, bad_request, not_found
from order_sync.sandbox.ssactivewear.order_book import OrderBook
from order_sync.sandbox.ssactivewear.reading import is_true, parse_day
from order_sync.sandbox.ssactivewear.stored_order import StoredOrder, local_date, stamp

Match = Callable[[StoredOrder], bool]


def get_tracking(book: OrderBook, request: Request, resource: str, items: list[str], now: datetime) -> Reply | None:
    """The rows of one tracking resource; None when the resource has another name."""
    try:
        match = _match(book, resource, items, now)
    except ValueError as exc:
        return bad_request(Problem("date", str(exc)))
    if match is None:
        return None
    found = [order for order in book.orders if order.shipped_at and match(order)]
    rows = [row for order in found for row in _rows(book, order, now, is_true(request, "Boxes"))]
    if not rows and book.knobs.no_tracking_is_404:
        return not_found()
    return Reply.json(200, [rows] if book.knobs.tracking_nested else rows)


def _match(book: OrderBook, resource: str, items: list[str], now: datetime) -> Match | None:
    match resource:
        case "trackingdatagetall":
            return lambda order: True
        case "trackingdatabyinvoice":
            return lambda order: order.invoice in items
        case "trackingdatabyordernum":
            return lambda order: order.number in items
        case "trackingdatabytrackingnum":
            return lambda order: any(box.tracking in items for box in order.boxes)
        case "trackingdatabyshipdate":
            days = {parse_day(item).isoformat() for item in items}
            return lambda order: _shipped_on(order) in days
        case "trackingdatabyshippingdaterange":
            first, last = (parse_day(item).isoformat() for item in items)
            return lambda order: first <= _shipped_on(order) <= last
        case "trackingdatabyactualdeliverydate":
            delivered = {parse_day(item).isoformat() for item in items}
            return lambda order: (
                order.is_delivered(now, book.knobs) and local_date(_delivered_at(book, order)) in delivered
            )
    return None


def _shipped_on(order: StoredOrder) -> str:
    return local_date(order.shipped_at) if order.shipped_at else ""


def _delivered_at(book: OrderBook, order: StoredOrder) -> datetime:
    return (order.shipped_at or order.ordered_at) + timedelta(seconds=book.knobs.delivered_after_ship_s)


def _rows(book: OrderBook, order: StoredOrder, now: datetime, per_box: bool) -> list[dict[str, Any]]:
    boxes = order.boxes if per_box else order.boxes[:1]
    return [_row(book, order, box.tracking, now) | ({"boxNumber": str(box.number)} if per_box else {}) for box in boxes]


def _row(book: OrderBook, order: StoredOrder, tracking: str, now: datetime) -> dict[str, Any]:
    """Dates in latestCheckpoint are US text without zero padding.

    No delivery time before delivery is assumed.
    """
    delivered = order.is_delivered(now, book.knobs)
    seen = _delivered_at(book, order) if delivered else (order.shipped_at or now)
    place = f"{order.ship_to['city'].upper()}, {order.ship_to['state']}, US"
    row: dict[str, Any] = {
        "carrierName": "UPS",
        "trackingNumber": tracking,
        "origin": CITY.get(order.warehouse, order.warehouse),
    }
    if delivered:
        row["actualDeliveryDateTime"] = stamp(seen)
    return row | {
        "signedBy": "No information from carrier.",
        "latestCheckpoint": {
            "checkpointDate": f"{seen.month}/{seen.day}/{seen.year}",
            "checkpointTime": f"{seen.hour % 12 or 12}:{seen.minute:02d} {'PM' if seen.hour >= 12 else 'AM'}",
            "checkpointLocation": place if delivered else "HODGKINS, IL, US",
            "checkpointStatusMessage": "Delivered" if delivered else "In Transit",
        },
        "orderNumber": order.number,
        "invoiceNumber": order.invoice,
    }


def get_profiles(book: OrderBook, request: Request) -> Reply:
    """Saved cards and bank accounts of one website user. The reply for an unknown e-mail is assumed."""
    profiles = book.profiles.get((request.parameter("email") or "").lower())
    if profiles:
        return Reply.json(200, [profiles] if book.knobs.profiles_nested else profiles)
    match book.knobs.unknown_profile_email:
        case "400":
            return bad_request(Problem("email", "email not found"))
        case "404":
            return not_found()
        case "nested_empty":
            return Reply.json(200, [[]])
    return Reply.json(200, [])
