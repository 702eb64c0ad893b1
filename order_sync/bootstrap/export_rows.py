"""Rows of an export: stable names, plain text, nothing of a person unless asked for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from order_sync.bootstrap.documents import moment
from order_sync.core.model.money import Money
from order_sync.core.model.sync_record import RecordLine, SyncRecord
from order_sync.core.policies.cost import cost_of, margin_of, revenue_of
from order_sync.core.policies.redaction import next_action_of, one_line, reason_of
from order_sync.core.policies.report import bought_at, pieces_bought

KEY_COLUMNS = ("connection", "order_id", "order", "share", "mode", "state", "reason_code", "po_number")
RECORD_COLUMNS = (
    *KEY_COLUMNS,
    "reason",
    "next_action",
    "supplier_orders",
    "pieces_ordered",
    "pieces_bought",
    "cost",
    "cost_parts",
    "revenue",
    "margin",
    "bought_at",
    "reason_since",
    "created_at",
    "updated_at",
)
LINE_COLUMNS = (
    *KEY_COLUMNS,
    "line_id",
    "sku",
    "supplier_sku",
    "ordered",
    "wanted",
    "quantity",
    "outcome",
    "unit_price",
)
PERSONAL_RECORD_COLUMNS = ("tracking", "sent")
"""Where it went: parcels, and the purchase as it was sent, with the customer's address."""
PERSONAL_LINE_COLUMNS = ("line_reason",)
"""In words; they may quote a line's title, or what a supplier answered."""


def columns(*, lines: bool, personal_data: bool) -> tuple[str, ...]:
    """The columns of an export, in order."""
    if lines:
        return (*LINE_COLUMNS, *(PERSONAL_LINE_COLUMNS if personal_data else ()))
    return (*RECORD_COLUMNS, *(PERSONAL_RECORD_COLUMNS if personal_data else ()))


def rows_of(record: SyncRecord, *, lines: bool, personal_data: bool) -> Iterator[dict[str, str]]:
    """The rows of one record: one, or one for each of its lines."""
    if not lines:
        yield {**_key(record), **_record(record, personal_data=personal_data)}
        return
    for line in record.lines:
        yield {**_key(record), **_line(line), **({"line_reason": line.reason} if personal_data else {})}


def _key(record: SyncRecord) -> dict[str, str]:
    return {
        "connection": record.key.connection,
        "order_id": record.key.order_id,
        "order": one_line(record.order_name),
        "share": record.key.share,
        "mode": str(record.key.mode),
        "state": str(record.state),
        "reason_code": record.reason_code,
        "po_number": record.po_number or "",
    }


def _record(record: SyncRecord, *, personal_data: bool) -> dict[str, str]:
    cost, margin = cost_of(record), margin_of(record)
    parts = cost.parts if cost else {}
    currency = cost.total.currency if cost else ""
    row = {
        "reason": record.reason if personal_data else reason_of(record),
        "next_action": record.next_action if personal_data else next_action_of(record),
        "supplier_orders": " ".join(order.order_number for order in record.supplier_orders),
        "pieces_ordered": str(sum(line.ordered for line in record.lines)),
        "pieces_bought": str(pieces_bought(record)),
        "cost": _amount(cost.total if cost else None),
        "cost_parts": "; ".join(
            f"{name} {_amount(Money(amount, currency))}" for name, amount in sorted(parts.items()) if amount
        ),
        "revenue": _amount(revenue_of(record)),
        "margin": _amount(margin.amount if margin else None),
        "bought_at": moment(bought_at(record)) or "",
        "reason_since": moment(record.reason_since) or "",
        "created_at": moment(record.created_at) or "",
        "updated_at": moment(record.updated_at) or "",
    }
    if personal_data:
        row["tracking"] = " ".join(f"{info.carrier} {info.number}".strip() for info in record.tracking)
        row["sent"] = record.intent_body or ""
    return row


def _line(line: RecordLine) -> dict[str, str]:
    return {
        "line_id": line.line_id,
        "sku": one_line(line.sku),
        "supplier_sku": line.supplier_sku,
        "ordered": str(line.ordered),
        "wanted": str(line.wanted),
        "quantity": str(line.quantity),
        "outcome": str(line.outcome),
        "unit_price": _amount(line.unit_price),
    }


def _amount(money: Money | None) -> str:
    """The currency first: a negative amount is then no formula of a spreadsheet."""
    return f"{money.currency} {cents(money.amount)}" if money else ""


def cents(amount: Decimal) -> Decimal:
    """An amount with at least two places; more stay, because nothing is rounded here."""
    exponent = amount.as_tuple().exponent
    return amount if isinstance(exponent, int) and exponent <= -2 else amount.quantize(Decimal("0.01"))
