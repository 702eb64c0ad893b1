"""Which orders of a look-up are really ours. Pure."""

from __future__ import annotations

from typing import Any

from order_sync.adapters.ssactivewear.mapping import is_credit, order_rows, supplier_order
from order_sync.adapters.ssactivewear.wire import WrongShapeError
from order_sync.core.model.supplier_order import SupplierOrder


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
    return tuple({order.order_number: order for order in ours}.values())
