"""POST /v2/orders/: from a request body to orders in the books and a reply.

Source: S&S API v2, POST orders page.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from order_sync.sandbox.messages import Reply, Request
from order_sync.sandbox.ssactivewear.allocation import Portion, Stock, Wanted, autoselect, fillable
from order_sync.sandbox.ssactivewear.catalogue import MILL, days_in_transit
from order_sync.sandbox.ssactivewear.errors import NO_CONTENT_TYPE, NOT_FOUND, Problem, bad_request
from order_sync.sandbox.ssactivewear.order_book import OrderBook
from order_sync.sandbox.ssactivewear.order_request import OrderRequest, RequestedLine, read_order
from order_sync.sandbox.ssactivewear.stored_order import StoredOrder, document, line_document

SHORT = "insufficient quantity available"


def place(book: OrderBook, request: Request, now: datetime) -> Reply:
    """Answer a POST. Nothing is stored unless the reply is 200 with orders in it."""
    media = request.header("content-type").lower()
    if not media:
        return bad_request(Problem("Header", NO_CONTENT_TYPE))
    if "json" not in media:
        return bad_request(Problem("Header", "the sandbox reads application/json only"))
    try:
        body = request.json()
    except ValueError:
        return bad_request(status=book.knobs.malformed_json_status)
    order, problems = read_order(body, book.knobs)
    if order is None:
        return bad_request(*problems)
    problems = _refusals(book, order)
    wanted, errors = _known_lines(book, order)
    portions, short = _allocate(book, order, wanted)
    errors += short
    if problems or (errors and order.reject_line_errors):
        return bad_request(*problems, *(problem for _, problem in sorted(errors, key=lambda row: row[0].position)))
    stored = book.enter(order, portions, now)
    return _reply(book, order, stored, errors, now)


def _refusals(book: OrderBook, order: OrderRequest) -> list[Problem]:
    """Reasons that concern the order as a whole. That these checks exist, and their texts, is assumed."""
    problems = []
    if order.profile and book.knobs.check_payment_profile:
        email, number = order.profile
        saved = book.profiles.get(email.lower(), [])
        if number not in {str(profile["profileID"]) for profile in saved}:
            problems.append(Problem("paymentProfile.profileID", "payment profile not found"))
    if book.knobs.reject_duplicate_po and order.po_number in {item.po_number for item in book.orders}:
        problems.append(Problem("poNumber", "an order with this PO number exists"))
    return problems


LineError = tuple[RequestedLine, Problem]


def _known_lines(book: OrderBook, order: OrderRequest) -> tuple[list[Wanted], list[LineError]]:
    wanted: dict[int, Wanted] = {}
    errors: list[LineError] = []
    first: dict[str, int] = {}
    for line in order.lines:
        product = book.product(line.identifier, your_sku=book.knobs.your_sku_in_orders)
        if product is None:
            errors.append((line, Problem(f"lines[{line.position}].identifier", NOT_FOUND)))
            continue
        earlier = first.setdefault(product.sku, line.position)
        if earlier != line.position and book.knobs.repeated_sku == "reject":
            errors.append((line, Problem(f"lines[{line.position}].identifier", "repeated item")))
        elif earlier != line.position and book.knobs.repeated_sku == "merge":
            wanted[earlier] = replace(wanted[earlier], quantity=wanted[earlier].quantity + line.quantity)
        else:
            wanted[line.position] = Wanted(line.position, line.identifier, product.sku, line.quantity, line.warehouse)
    return list(wanted.values()), errors


def _allocate(book: OrderBook, order: OrderRequest, wanted: list[Wanted]) -> tuple[list[Portion], list[LineError]]:
    if not order.autoselect:
        return _as_told(book, order, wanted)
    stock: Stock = {line.sku: _on_offer(book, line.sku, order.allowed, line.quantity) for line in wanted}
    can, cannot = fillable(wanted, stock)
    transit = partial(_transit, order.ship_to["zip"])
    errors = [_line_error(order, line, "qty", SHORT) for line in cannot]
    stock = {line.sku: stock[line.sku] for line in can}
    return autoselect(can, stock, transit, order.fastest, order.max_days), errors


def _transit(zip_code: str, warehouse: str) -> int:
    return days_in_transit(warehouse, zip_code)


def _on_offer(book: OrderBook, sku: str, allowed: tuple[str, ...], quantity: int) -> dict[str, int]:
    """Pieces per allowed warehouse; the mill offers nothing unless whole cases are wanted."""
    product = book.products[sku]
    places = {code: product.stock.get(code, 0) for code in allowed}
    if book.knobs.enforce_full_case and quantity % product.case_qty:
        places.pop(MILL, None)
    return places


def _as_told(book: OrderBook, order: OrderRequest, wanted: list[Wanted]) -> tuple[list[Portion], list[LineError]]:
    """Without autoselect each line names its warehouse; that a missing one is an error is assumed."""
    portions: list[Portion] = []
    errors: list[LineError] = []
    taken: dict[tuple[str, str], int] = {}
    for line in wanted:
        code = line.warehouse or ""
        if not code:
            errors.append(_line_error(order, line, "warehouseAbbr", "required without autoselectWarehouse"))
            continue
        left = _on_offer(book, line.sku, (code,), line.quantity).get(code, 0) - taken.get((line.sku, code), 0)
        if left < line.quantity:
            errors.append(_line_error(order, line, "qty", SHORT))
            continue
        taken[line.sku, code] = taken.get((line.sku, code), 0) + line.quantity
        portions.append(Portion(line.position, line.sku, line.quantity, code))
    return portions, errors


def _line_error(order: OrderRequest, line: Wanted, member: str, text: str) -> LineError:
    requested = next(item for item in order.lines if item.position == line.position)
    return requested, Problem(f"lines[{line.position}].{member}", text)


def _reply(
    book: OrderBook, order: OrderRequest, stored: list[StoredOrder], errors: list[LineError], now: datetime
) -> Reply:
    """A list with rejectLineErrors, else an object. The members of one line error are assumed."""
    orders = [_fresh(item, now, book) for item in stored]
    if order.reject_line_errors:
        return Reply.json(200, orders)
    body: dict[str, Any] = {
        book.knobs.orders_member: orders,
        book.knobs.line_errors_member: [
            {"identifier": line.identifier, "qty": line.quantity, "message": problem.message}
            for line, problem in errors
        ],
    }
    return Reply.json(200 if orders else book.knobs.all_lines_failed_status, body)


def _fresh(order: StoredOrder, now: datetime, book: OrderBook) -> dict[str, Any]:
    shown = document(order, now, book.knobs, fresh=True)
    return {**shown, "lines": [line_document(line, order.warehouse) for line in order.lines]}
