"""Which orders of a look-up are really ours, and what a list of orders or a cancellation shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from order_sync.adapters.ssactivewear.mapping import is_credit, order_rows, supplier_order
from order_sync.adapters.ssactivewear.wire import WrongShapeError
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus


def orders_under(document: Any, po_number: str, country: str) -> tuple[SupplierOrder, ...]:
    """The orders with exactly this PO number, cancelled ones too, credits not.

    A look-up also matches order, invoice and GUID numbers (S&S API v2, GET orders page), so the others are
    somebody else's.

    Raises:
        WrongShapeError: the reply leaves open whether there is one. A row without PO number does, and so does
            one that differs from ours in case only: whether S&S keeps the case is not documented, and taking
            it for absence would buy twice.
    """
    ours = []
    alike = False
    for row in order_rows(document):
        theirs = row.get("ponumber")
        if isinstance(theirs, bool) or not isinstance(theirs, str | int):
            raise WrongShapeError("an order without PO number")
        given = str(theirs).strip()
        alike = alike or (given != po_number and given.casefold() == po_number.casefold())
        if given == po_number and not is_credit(row):
            ours.append(supplier_order(row, country=country, found_by="look-up"))
    if alike and not ours:
        raise WrongShapeError(f"an order whose PO number is {po_number!r} but for upper and lower case")
    return _each_once(ours)


def orders_since(document: Any, since: datetime, country: str) -> tuple[SupplierOrder, ...]:
    """Every order of a list that was placed since then, or does not tell when; credits not.

    Raises:
        WrongShapeError: an entry is no order.
    """
    listed = (
        supplier_order(row, country=country, found_by="look-up") for row in order_rows(document) if not is_credit(row)
    )
    return _each_once(order for order in listed if order.ordered_at is None or order.ordered_at >= since)


def cancelled_order(document: Any, order_number: str, country: str) -> SupplierOrder | None:
    """The order of a reply to DELETE, only if it is that one and shows as cancelled.

    The reply lists the orders that could be cancelled; an empty one means that none was (S&S API v2, DELETE
    orders page).
    """
    orders = (supplier_order(row, country=country, found_by="response") for row in order_rows(document))
    return next(
        (o for o in orders if o.order_number == order_number and o.status is SupplierOrderStatus.CANCELLED), None
    )


def _each_once(orders: Iterable[SupplierOrder]) -> tuple[SupplierOrder, ...]:
    return tuple({order.order_number: order for order in orders}.values())
