"""What the public API gives out as JSON: stable names, plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from order_sync.core.model.address import StoreLocation
from order_sync.core.model.discrepancy import Discrepancy
from order_sync.core.model.money import Money
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import PUBLIC_SETTINGS, Connection
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.cost import Cost, Margin, cost_of, margin_of, revenue_of


def record_document(record: SyncRecord) -> dict[str, Any]:
    """A sync record."""
    return {
        "connection": record.key.connection,
        "order_id": record.key.order_id,
        "order_name": record.order_name,
        "share": record.key.share,
        "mode": str(record.key.mode),
        "state": str(record.state),
        "reason_code": record.reason_code,
        "reason": record.reason,
        "next_action": record.next_action,
        "reason_since": moment(record.reason_since),
        "po_number": record.po_number,
        "supplier_orders": [
            {
                "order_number": order.order_number,
                "warehouse": order.warehouse,
                "status": str(order.status),
                "found_by": order.found_by,
                "total": str(order.total.amount) if order.total else None,
                "currency": order.total.currency if order.total else None,
                "fulfillment_id": order.fulfillment_ids[0] if order.fulfillment_ids else None,
                "fulfillment_ids": list(order.fulfillment_ids),
                "costs": dict(order.costs),
            }
            for order in record.supplier_orders
        ],
        "lines": [
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "supplier_sku": line.supplier_sku,
                "ordered": line.ordered,
                "quantity": line.quantity,
                "wanted": line.wanted,
                "unit_price": money_document(line.unit_price),
                "outcome": str(line.outcome),
                "reason": line.reason,
            }
            for line in record.lines
        ],
        "cost": _cost_document(cost_of(record)),
        "revenue": money_document(revenue_of(record)),
        "margin": _margin_document(margin_of(record)),
        "tracking": [asdict(info) for info in record.tracking],
        "attempts": record.sends,
        "due_at": moment(record.due_at),
        "created_at": moment(record.created_at),
        "updated_at": moment(record.updated_at),
    }


def money_document(money: Money | None) -> dict[str, str] | None:
    """An amount: exact decimal text, and its currency."""
    return {"amount": str(money.amount), "currency": money.currency} if money else None


def _cost_document(cost: Cost | None) -> dict[str, Any] | None:
    if cost is None:
        return None
    parts = {name: str(amount) for name, amount in cost.parts.items()}
    return {"total": str(cost.total.amount), "currency": cost.total.currency, "parts": parts}


def _margin_document(margin: Margin | None) -> dict[str, str | None] | None:
    if margin is None:
        return None
    share = None if margin.share is None else str(margin.share)
    return {"amount": str(margin.amount.amount), "currency": margin.amount.currency, "share": share}


def discrepancy_document(found: Discrepancy) -> dict[str, Any]:
    """A discrepancy: what each side says and the next step."""
    return {
        "kind": str(found.kind),
        "status": str(found.status),
        "order_id": found.order_id or None,
        "order_name": found.order_name or None,
        "share": found.share or None,
        "mode": str(found.mode),
        "po_number": found.po_number or None,
        "supplier_orders": list(found.order_numbers),
        "shop": found.shop,
        "ledger": found.ledger,
        "supplier": found.supplier,
        "next_step": found.next_step,
    }


def settings_document(connection: Connection) -> dict[str, dict[str, Any]]:
    """Every Order Sync setting: its value and where it came from."""
    settings = connection.order_sync
    document = {
        name: {
            "value": plain(getattr(settings, name)),
            "from": f"connection {connection.name}" if name in settings.chosen else "default",
            "title": metadata["title"],
        }
        for name, metadata in PUBLIC_SETTINGS.items()
    }
    if settings.enabled_since is not None:
        document["enabled_since"] = {
            "value": moment(settings.enabled_since),
            "from": "kept when Order Sync was turned on",
            "title": "Enabled Since",
        }
    return document


def connection_document(connection: Connection, secrets: Mapping[str, str]) -> dict[str, Any]:
    """A connection, with the places of its secrets and never their values."""
    settings = connection.order_sync
    return {
        "name": connection.name,
        "source": {"plugin": connection.source.plugin, **connection.source.values},
        "supplier": {"plugin": connection.supplier.plugin, **connection.supplier.values},
        "secrets": dict(secrets),
        "order_sync": {f.name: plain(getattr(settings, f.name)) for f in fields(settings) if f.name != "chosen"},
        "sku_map": dict(connection.sku_map),
    }


def plain(value: Any) -> Any:
    """A setting's value as JSON has it."""
    if isinstance(value, StoreLocation):
        return {"location_id": value.location_id, "name": value.name, "address": asdict(value.address)}
    if isinstance(value, PaymentProfile):
        return asdict(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    return moment(value) if isinstance(value, datetime) else value


def moment(value: datetime | None) -> str | None:
    """A time as ISO 8601 with a Z."""
    return None if value is None else value.isoformat(timespec="seconds").replace("+00:00", "Z")
