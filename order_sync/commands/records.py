"""Showing sync records."""

from __future__ import annotations

from collections.abc import Iterable

import click

from order_sync.bootstrap.documents import moment
from order_sync.commands.output import show_table
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.cost import cost_of, margin_of, revenue_of


def show_records(records: Iterable[SyncRecord], *, title: str = "Orders") -> None:
    """A table of records, and below it what people are asked to do."""
    records = tuple(records)
    if not records:
        click.echo("No orders.")
        return
    show_table(
        title,
        ("ORDER", "SHARE", "MODE", "STATE", "PO NUMBER", "SUPPLIER ORDERS", "REASON"),
        [
            (
                record.order_name,
                record.key.share,
                record.key.mode,
                record.state,
                record.po_number or "-",
                ", ".join(f"{o.order_number} {o.warehouse}".strip() for o in record.supplier_orders) or "-",
                record.reason or "-",
            )
            for record in records
        ],
    )
    for record in records:
        if record.needs_person and record.next_action:
            click.echo(f"{record.order_name}: {record.next_action}")


def show_lines(record: SyncRecord) -> None:
    """What becomes of every line."""
    show_table(
        "Lines",
        ("SKU", "SUPPLIER SKU", "ORDERED", "QUANTITY", "OUTCOME", "REASON"),
        [
            (line.sku or "(none)", line.supplier_sku or "-", line.ordered, line.quantity, line.outcome, line.reason)
            for line in record.lines
        ],
    )


def show_record(record: SyncRecord) -> None:
    """One record, whole."""
    facts = {
        "Order": f"{record.order_name} ({record.key.order_id})",
        "Connection": record.key.connection,
        "Share": f"{record.key.share}, {record.key.mode}",
        "State": str(record.state),
        "Reason": record.reason,
        "Next action": record.next_action,
        "PO number": record.po_number or "",
        "Sent": f"{record.sends} times" if record.sends else "",
        "Looked at again": moment(record.due_at) or "",
        "Changed": moment(record.updated_at) or "",
    }
    for name, text in facts.items():
        if text:
            click.echo(f"{name + ':':<16}{text}")
    show_lines(record)
    for order in record.supplier_orders:
        total = f", {order.total}" if order.total else ""
        place = f" from {order.warehouse}" if order.warehouse else ""
        click.echo(f"Supplier order {order.order_number}{place}: {order.status}{total} (known by {order.found_by})")
    show_cost(record)
    for info in record.tracking:
        click.echo(f"Tracking: {info.carrier} {info.number} {info.url}".rstrip())


def show_cost(record: SyncRecord) -> None:
    """What it cost at the supplier, by part, and what is left of what the shop took; nothing while it is unknown."""
    cost, revenue, margin = cost_of(record), revenue_of(record), margin_of(record)
    if cost is not None:
        parts = ", ".join(f"{name} {amount}" for name, amount in cost.parts.items() if amount)
        click.echo(f"Cost:           {cost.total}{f' ({parts})' if parts else ''}")
    if revenue is not None:
        click.echo(f"Revenue:        {revenue} at the shop's prices, without shipping, tax and discounts")
    if margin is not None:
        share = "" if margin.share is None else f" ({margin.share:.1%})"
        click.echo(f"Margin:         {margin.amount}{share}")
