"""From the reply to POST /v2/orders/ to a submission, in any shape that is documented or was seen. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from order_sync.adapters.ssactivewear.answers import SERVICE
from order_sync.adapters.ssactivewear.mapping import order_rows, supplier_order
from order_sync.adapters.ssactivewear.schemas import LARGEST_COUNT, decimal_of
from order_sync.adapters.ssactivewear.wire import WrongShapeError, compact, lowered
from order_sync.core.errors import RejectedRequestError
from order_sync.core.model.supplier_order import LineRefusal, Submission, SupplierOrder

# With rejectLineErrors false the page speaks of "Orders and LineErrors"; what one line error is made of is
# not known, so every name that clients of the API guess is tried.
_PLACE = re.compile(r"lines\[([0-9]{1,4})\]")
_SKU_NAMES = ("identifier", "sku", "item")
_QUANTITY_NAMES = ("qty", "quantity")
_MESSAGE_NAMES = ("message", "error", "errors", "description", "reason")


def submission(document: Any, po_number: str, country: str, operation: str) -> Submission:
    """The orders that were made and the lines that were not.

    Raises:
        RejectedRequestError: no order, and the reply says which lines were refused.
        WrongShapeError: anything that does not show what was bought under this PO number.
    """
    found: dict[str, SupplierOrder] = {}
    for row in _order_rows(document):
        order = supplier_order(row, country=country, found_by="response")
        if order.po_number not in ("", po_number):
            raise WrongShapeError(f"an order with the PO number {order.po_number!r}")
        found.setdefault(order.order_number, order)
    refused = refusals(document)
    if not found and refused:
        raise RejectedRequestError(
            f"{SERVICE} could fill no line: {'; '.join(_shown(line) for line in refused)}",
            reasons=tuple((line.sku, line.message) for line in refused),
            service=SERVICE,
            operation=operation,
            status=200,
            po_number=po_number,
        )
    if not found:
        raise WrongShapeError("neither an order nor a line error")
    return Submission(tuple(_under(order, po_number) for order in found.values()), refused)


def naming_items(refused: RejectedRequestError, body: str) -> RejectedRequestError:
    """The refusal with the SKU of each line that S&S names by its place, ``lines[0].qty`` (counted from 0 in the
    examples of the POST orders page): people know SKUs, and the core finds the line at fault by it.
    """
    lines = json.loads(body).get("lines", [])

    def named(field: str, text: str) -> tuple[str, str]:
        place = _PLACE.match(field)
        if place is None or int(place[1]) >= len(lines):
            return field, text
        return field, f"{lines[int(place[1])]['identifier']}: {text}"

    refused.reasons = tuple(named(field, text) for field, text in refused.reasons)
    return refused


def _order_rows(document: Any) -> list[dict[str, Any]]:
    """Orders, where a reply may also have line errors alone."""
    if isinstance(document, dict):
        members = lowered(document)
        if "lineerrors" in members and "orders" not in members:
            return []
    return order_rows(document)


def _under(order: SupplierOrder, po_number: str) -> SupplierOrder:
    """The order with our PO number, should the reply leave it out."""
    return order if order.po_number else replace(order, po_number=po_number)


def refusals(document: Any) -> tuple[LineRefusal, ...]:
    """The line errors of a reply, with S&S's words for each."""
    errors = lowered(document).get("lineerrors") if isinstance(document, dict) else None
    return tuple(_refusal(entry) for entry in _entries(errors))


def _entries(errors: Any) -> list[Any]:
    if errors in (None, "", {}):
        return []
    if not isinstance(errors, list):
        return [errors]
    return [inner for entry in errors for inner in (entry if isinstance(entry, list) else [entry])]


def _refusal(entry: Any) -> LineRefusal:
    if not isinstance(entry, Mapping):
        return LineRefusal("", None, entry if isinstance(entry, str) else compact(entry))
    members = lowered(entry)
    message = _first(members, _MESSAGE_NAMES)
    if message is None:
        message = compact(entry)
    return LineRefusal(
        sku=str(_first(members, _SKU_NAMES) or "").strip(),
        quantity=_count(_first(members, _QUANTITY_NAMES)),
        message=message.strip() if isinstance(message, str) else compact(message),
    )


def _first(members: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((members[name] for name in names if members.get(name) not in (None, "", [], {})), None)


def _count(value: Any) -> int | None:
    number = decimal_of(value)
    return int(number) if number is not None and abs(number) <= LARGEST_COUNT else None


def _shown(line: LineRefusal) -> str:
    return f"{line.sku}: {line.message}" if line.sku else line.message
