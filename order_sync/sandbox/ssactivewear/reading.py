"""GET and DELETE /v2/orders/. Source: S&S API v2, GET orders and DELETE orders pages, developers guide."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from order_sync.sandbox.messages import Reply, Request
from order_sync.sandbox.ssactivewear.errors import Problem, bad_request, not_found
from order_sync.sandbox.ssactivewear.order_book import OrderBook
from order_sync.sandbox.ssactivewear.stored_order import (
    StoredOrder,
    box_document,
    document,
    line_document,
    local_date,
)


def get_orders(book: OrderBook, request: Request, identifiers: list[str], now: datetime) -> Reply:
    """Orders by identifier, by invoice date, by box label, or all open ones.

    Cancelled ones and credits included.
    """
    if identifiers:
        found = book.find(identifiers, now)
        if not found and book.knobs.no_match_is_404:
            return not_found()
    else:
        try:
            found = _filtered(book, request, now)
        except ValueError as exc:
            return bad_request(Problem("invoicedate", str(exc)))
    return Reply.json(200, [_shown(book, request, order, now) for order in found])


def _filtered(book: OrderBook, request: Request, now: datetime) -> list[StoredOrder]:
    everything = book.listed(now, everything=True)
    barcode = request.parameter("shippinglabelbarcode")
    if barcode:
        return [
            order
            for order in everything
            if barcode in {box_document(order, box)["conveyorBarcode"] for box in order.boxes}
        ]
    days = request.parameter("invoicedate")
    first, last = request.parameter("invoicestartdate"), request.parameter("invoiceenddate")
    if days or (first and last):
        wanted = _days(days) if days else _range(first or "", last or "")
        return [
            order
            for order in everything
            if order.is_invoiced(now, book.knobs) and local_date(order.shipped_at or order.ordered_at) in wanted
        ]
    if is_true(request, "All"):
        return everything
    return book.listed(now, everything=False)


def _days(text: str) -> set[str]:
    return {parse_day(item).isoformat() for item in text.split(",")}


def _range(first: str, last: str) -> set[str]:
    start, end = parse_day(first), parse_day(last)
    return {(start + timedelta(days=step)).isoformat() for step in range((end - start).days + 1)}


def parse_day(text: str) -> date:
    """yyyy-mm-dd; a date without zero padding was accepted too (seen live)."""
    year, month, day = (int(part) for part in text.strip().split("-"))
    return date(year, month, day)


def is_true(request: Request, name: str) -> bool:
    return (request.parameter(name) or "").lower() == "true"


def _shown(book: OrderBook, request: Request, order: StoredOrder, now: datetime) -> dict[str, Any]:
    shown = document(order, now, book.knobs)
    if is_true(request, "Billing"):
        shown["billingAddress"] = {
            "billTo": "QUILL PRINTS",
            "attn": "",
            "address": "418 Larch Ave",
            "city": "Duluth",
            "state": "MN",
            "zip": "55805",
        }
    if is_true(request, "lines"):
        shown["lines"] = [line_document(line, order.warehouse) for line in order.lines]
    if order.boxes and (is_true(request, "Boxes") or is_true(request, "BoxLines")):
        shown["boxes"] = [box_document(order, box) for box in order.boxes]
    return only_fields(request, shown)


def only_fields(request: Request, shown: dict[str, Any]) -> dict[str, Any]:
    """`fields=` restricts what is returned; names are compared without regard to case."""
    wanted = {name.strip().lower() for name in (request.parameter("fields") or "").split(",") if name.strip()}
    return {name: value for name, value in shown.items() if name.lower() in wanted} if wanted else shown


def cancel_order(book: OrderBook, identifiers: list[str], now: datetime) -> Reply:
    """Cancel within the window. That a late one is a 400, and its text, is assumed."""
    knobs = book.knobs
    found = book.find(identifiers, now)
    if not knobs.cancel_by_any_identifier:
        found = [order for order in found if order.number in identifiers]
    if not found:
        return not_found()
    window = timedelta(minutes=knobs.cancel_minutes)
    open_ones = [
        order
        for order in found
        if now - order.ordered_at <= window
        and not order.shipped_at
        and not order.is_cancelled(now, knobs)
        and order.order_type != "Credit"
    ]
    if not open_ones and not knobs.late_cancel_empty_list:
        return bad_request(Problem("OrderNumber", "order can no longer be cancelled"))
    for order in open_ones:
        book.cancel(order, now)
    if open_ones and knobs.cancel_answers_204:
        return Reply(204)
    shown = [document(order, now, knobs) for order in open_ones]
    return Reply.json(200, shown)
