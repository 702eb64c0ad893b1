"""Records to rows and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from order_sync.core.model.money import Money
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.purchase_order import Mode, SupplierSku
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderLine, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordKey, RecordLine, State, SyncRecord

PLAIN = (
    "order_name",
    "supplier_account",
    "reason_code",
    "reason",
    "next_action",
    "po_number",
    "sends",
    "attempts",
    "due_at",
    "intent_at",
    "intent_body",
    "doubt_since",
    "absent_since",
    "admitted",
    "released",
    "fulfillment_id",
    "shop_updated_at",
    "created_at",
    "updated_at",
    "reason_since",
    "act_by",
    "decision",
)
"""Fields that are columns of the same name."""


def record_values(record: SyncRecord) -> dict[str, Any]:
    """The columns of sync_record but its id."""
    return {name: getattr(record, name) for name in PLAIN} | {
        "connection": record.key.connection,
        "order_id": record.key.order_id,
        "share": record.key.share,
        "mode": str(record.key.mode),
        "state": str(record.state),
        "estimate": str(record.estimate.amount) if record.estimate else None,
        "estimate_currency": record.estimate.currency if record.estimate else None,
    }


def record_from(row: Any, lines: tuple[RecordLine, ...], orders: tuple[SupplierOrder, ...]) -> SyncRecord:
    """A record from its rows."""
    return SyncRecord(
        key=RecordKey(row["connection"], row["order_id"], row["share"], Mode(row["mode"])),
        state=State(row["state"]),
        lines=lines,
        supplier_orders=orders,
        estimate=Money(Decimal(row["estimate"]), row["estimate_currency"]) if row["estimate"] else None,
        **{name: row[name] for name in PLAIN},
    )


def line_values(line: RecordLine) -> dict[str, Any]:
    """The columns of record_line but record_id and position."""
    values = {**asdict(line), "outcome": str(line.outcome)}
    price = values.pop("unit_price")
    return {**values, "unit_price": str(price["amount"]) if price else None, "currency": price and price["currency"]}


def line_from(row: Any) -> RecordLine:
    """A line from its row."""
    return RecordLine(
        line_id=row["line_id"],
        sku=row["sku"],
        ordered=row["ordered"],
        quantity=row["quantity"],
        outcome=LineOutcome(row["outcome"]),
        reason=row["reason"],
        supplier_sku=row["supplier_sku"],
        wanted=row["wanted"],
        unit_price=Money(Decimal(row["unit_price"]), row["currency"]) if row["unit_price"] else None,
    )


def order_document(order: SupplierOrder) -> str:
    """A supplier order as the text of one column: it is read and written only as a whole."""
    document = asdict(order)
    document["status"] = str(order.status)
    document["costs"] = dict(order.costs)
    document["ordered_at"] = order.ordered_at.isoformat() if order.ordered_at else None
    document["total"] = [str(order.total.amount), order.total.currency] if order.total else None
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def order_from(text: str) -> SupplierOrder:
    """A supplier order from that text."""
    document = json.loads(text)
    written = document.pop("fulfillment_id", "")  # schema version 2 had one
    lines = document["lines"]
    total = document["total"]
    return SupplierOrder(
        **{
            **document,
            "status": SupplierOrderStatus(document["status"]),
            "lines": None if lines is None else tuple(_order_line(line) for line in lines),
            "fulfillment_ids": tuple(document.get("fulfillment_ids") or ([written] if written else ())),
            "tracking": tuple(TrackingInfo(**info) for info in document["tracking"]),
            "ordered_at": datetime.fromisoformat(document["ordered_at"]) if document["ordered_at"] else None,
            "total": Money(Decimal(total[0]), total[1]) if total else None,
        }
    )


def _order_line(line: Mapping[str, Any]) -> SupplierOrderLine:
    return SupplierOrderLine(
        sku=SupplierSku(line["sku"]),
        quantity=line["quantity"],
        shipped_quantity=line["shipped_quantity"],
        aliases=tuple(line["aliases"]),
    )
