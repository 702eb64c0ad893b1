"""Valid things by default, made of core models; one argument makes the odd case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from order_sync.core.model.address import Address, StoreLocation
from order_sync.core.model.order import (
    FinancialStatus,
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    FulfillmentWork,
    LineItem,
    Order,
    WorkLine,
    WorkStatus,
)
from order_sync.core.model.purchase_order import Mode, PoNumber, PurchaseOrder, PurchaseOrderLine, SupplierSku
from order_sync.core.model.settings import Connection, OrderSyncSettings, PluginSettings
from order_sync.core.model.sync_record import ORDER_SHARE, RecordKey, State, SyncRecord

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
"""When the suites take place."""
ENABLED = NOW - timedelta(days=1)
"""Since when Order Sync is on."""


def an_address(**overrides: Any) -> Address:
    """A home in the United States."""
    values: dict[str, Any] = {
        "name": "Dana Quill",
        "address1": "418 Larch Ave",
        "city": "Duluth",
        "province": "Minnesota",
        "province_code": "MN",
        "country_code": "US",
        "postal_code": "55805",
    }
    return Address(**{**values, **overrides})


def a_location(**overrides: Any) -> StoreLocation:
    """A place of the shop, to ship to when dropshipping is disabled."""
    values: dict[str, Any] = {
        "location_id": "gid://shopify/Location/1",
        "name": "Main Street",
        "address": an_address(name="The Shop"),
    }
    return StoreLocation(**{**values, **overrides})


def a_line(line_id: str = "L1", sku: str | None = "B00760004", quantity: int = 2, **overrides: Any) -> LineItem:
    """A line of two pieces, none of them fulfilled."""
    values: dict[str, Any] = {
        "line_id": line_id,
        "title": "T-Shirt",
        "sku": sku,
        "quantity": quantity,
        "current_quantity": quantity,
        "unfulfilled_quantity": quantity,
    }
    return LineItem(**{**values, **overrides})


def an_order(*lines: LineItem, **overrides: Any) -> Order:
    """A paid order of one line, to be shipped; give lines to have others."""
    order_lines = lines or (a_line(),)
    values: dict[str, Any] = {
        "order_id": "gid://shopify/Order/1",
        "name": "#1001",
        "number": "1001",
        "created_at": NOW - timedelta(minutes=5),
        "updated_at": NOW,
        "financial_status": FinancialStatus.PAID,
        "lines": order_lines,
        "work": (a_work(*order_lines),),
        "shipping_address": an_address(),
    }
    return Order(**{**values, **overrides})


def a_work(*lines: LineItem, status: WorkStatus = WorkStatus.OPEN, **overrides: Any) -> FulfillmentWork:
    """What the shop wants shipped of these lines."""
    parts = tuple(
        WorkLine(f"W-{line.line_id}", line.line_id, line.unfulfilled_quantity)
        for line in lines
        if line.requires_shipping
    )
    return FulfillmentWork(**{"work_id": "work/1", "status": status, "lines": parts, **overrides})


def a_fulfillment(number: int = 1, pieces: dict[str, int] | None = None, **overrides: Any) -> Fulfillment:
    """A fulfillment of pieces by line."""
    lines = tuple(FulfillmentLine(line, count) for line, count in (pieces or {"L1": 2}).items())
    values: dict[str, Any] = {
        "fulfillment_id": f"gid://shopify/Fulfillment/{number}",
        "name": f"#1001.{number}",
        "status": FulfillmentStatus.SUCCESS,
        "lines": lines,
    }
    return Fulfillment(**{**values, **overrides})


def some_settings(**overrides: Any) -> OrderSyncSettings:
    """On, live, auto mode: the settings under which an order is bought."""
    values: dict[str, Any] = {
        "enabled": True,
        "auto_fulfillment": True,
        "test_order": False,
        "po_prefix": "DEMO",
        "enabled_since": ENABLED,
    }
    values |= overrides
    chosen = frozenset(values) - {"enabled_since", "chosen"}
    return OrderSyncSettings(**{"chosen": chosen, **values})


def a_connection(name: str = "main", **settings: Any) -> Connection:
    """A connection with `some_settings`; name those that are to differ."""
    return Connection(
        name=name,
        source=PluginSettings("memory", {"shop": "demo.myshopify.com"}),
        supplier=PluginSettings("memory", {"account": "12345"}),
        order_sync=some_settings(**settings),
    )


def a_record(**overrides: Any) -> SyncRecord:
    """A record just received; ``connection``, ``order_id``, ``share`` and ``mode`` make its key."""
    key = RecordKey(
        overrides.pop("connection", "main"),
        overrides.pop("order_id", "gid://shopify/Order/1"),
        overrides.pop("share", ORDER_SHARE),
        overrides.pop("mode", Mode.LIVE),
    )
    values: dict[str, Any] = {
        "key": key,
        "order_name": "#1001",
        "state": State.RECEIVED,
        "supplier_account": "memory:12345",
    }
    return SyncRecord(**{**values, **overrides})


def a_purchase_order(**overrides: Any) -> PurchaseOrder:
    """A live purchase order of one line."""
    values: dict[str, Any] = {
        "po_number": PoNumber("DEMO-1001"),
        "mode": Mode.LIVE,
        "lines": (PurchaseOrderLine(SupplierSku("B00760004"), 2),),
        "ship_to": an_address(),
    }
    return PurchaseOrder(**{**values, **overrides})
