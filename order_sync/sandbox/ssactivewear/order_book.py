"""The supplier's books: stock, orders, own SKUs, saved payments.

No HTTP here; callers hold the server's lock.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from order_sync.sandbox.ssactivewear.allocation import Portion
from order_sync.sandbox.ssactivewear.catalogue import Product, build_catalogue, days_in_transit
from order_sync.sandbox.ssactivewear.knobs import Knobs
from order_sync.sandbox.ssactivewear.order_request import OrderRequest
from order_sync.sandbox.ssactivewear.stored_order import Box, StoredLine, StoredOrder

FIRST_ORDER_NUMBER = 71_000_101
FIRST_INVOICE_NUMBER = 88_000_101
NAMESPACE = uuid.UUID("5b0c6a52-1f5e-4a0e-9a43-6f3a10d0c001")


class OrderBook:
    """Everything the supplier remembers.

    `cross_references` maps yourSku to SKU; `profiles` e-mail to profiles.
    """

    def __init__(self, knobs: Knobs, seed: int, customer_number: str) -> None:
        self.knobs = knobs
        self.customer_number = customer_number
        self.products: dict[str, Product] = build_catalogue()
        self.orders: list[StoredOrder] = []
        self.cross_references: dict[str, str] = {"G2000whts": "B00760003"}
        self.profiles: dict[str, list[dict[str, object]]] = {
            "buyer@example.com": [
                {"profileID": 900100200, "profileType": "Credit Card", "name": "Visa 4242 (Dana Quill)"},
                {
                    "profileID": 900100201,
                    "profileType": "Bank",
                    "name": "Northwoods Bank 0077 (Quill Prints)",
                },
            ]
        }
        self._seed = seed
        self._parcels = 0

    # ------------------------------------------------------------ items

    def product(self, identifier: str, *, your_sku: bool) -> Product | None:
        """By Sku, Gtin or SkuID_Master; by yourSku too where that is allowed (product GETs)."""
        wanted = identifier.strip().lower()
        if your_sku:
            own = {name.lower(): sku for name, sku in self.cross_references.items()}
            wanted = own.get(wanted, wanted).lower()
        for product in self.products.values():
            if wanted in (product.sku.lower(), product.gtin, str(product.master_id)):
                return product
        return None

    def your_sku_of(self, sku: str) -> str:
        return next((name for name, target in self.cross_references.items() if target == sku), "")

    # ------------------------------------------------------------ orders

    def enter(self, request: OrderRequest, portions: Sequence[Portion], now: datetime) -> list[StoredOrder]:
        """Store one order per warehouse and take its pieces from the stock."""
        warehouses = list(dict.fromkeys(portion.warehouse for portion in portions))
        return [
            self._enter_one(request, code, [item for item in portions if item.warehouse == code], now)
            for code in warehouses
        ]

    def _enter_one(
        self, request: OrderRequest, warehouse: str, portions: Sequence[Portion], now: datetime
    ) -> StoredOrder:
        lines = []
        for number, portion in enumerate(portions, start=1):
            product = self.products[portion.sku]
            if not request.test or self.knobs.test_orders_take_stock:
                product.stock[warehouse] -= portion.quantity
            lines.append(StoredLine(number, product, portion.quantity, self.your_sku_of(product.sku)))
        index = len(self.orders)
        order = StoredOrder(
            guid=str(uuid.uuid5(NAMESPACE, f"{self._seed}/{index}")),
            number=str(FIRST_ORDER_NUMBER + index),
            invoice=str(FIRST_INVOICE_NUMBER + index),
            po_number=request.po_number,
            warehouse=warehouse,
            customer_number=self.customer_number,
            ordered_at=now,
            ship_to=request.ship_to,
            method=request.method,
            blind=request.blind,
            test=request.test,
            terms="Credit Card" if request.profile else "Net",
            days_in_transit=days_in_transit(warehouse, request.ship_to["zip"]),
            lines=lines,
            request=request.raw,
            tracking=self._next_tracking(),
        )
        self.orders.append(order)
        return order

    def by_number(self, number: str) -> StoredOrder:
        for order in self.orders:
            if order.number == number:
                return order
        raise LookupError(f"order {number}")

    def find(self, identifiers: Iterable[str], now: datetime) -> list[StoredOrder]:
        """Orders by PO, order number, invoice number or GUID, one namespace (GET orders page), oldest first.

        An order younger than `visible_after_s` is not found by its PO, but by its own numbers.
        """
        wanted = {item.strip() for item in identifiers if item.strip()}
        lowered = {item.lower() for item in wanted}
        exact = self.knobs.po_case_sensitive
        found = []
        for order in self.orders:
            po_matches = order.po_number in wanted if exact else order.po_number.lower() in lowered
            visible = now >= order.ordered_at + timedelta(seconds=self.knobs.visible_after_s)
            own = {order.number, order.invoice_number(now, self.knobs) or order.number, order.guid.lower()}
            if (po_matches and visible) or own & lowered:
                found.append(order)
        return [order for order in found if self._within_history(order, now)]

    def listed(self, now: datetime, *, everything: bool) -> list[StoredOrder]:
        """Open orders, that is not yet invoiced ones.

        With `everything` also invoiced ones of the last 3 months.
        """
        return [
            order
            for order in self.orders
            if self._within_history(order, now)
            and now >= order.ordered_at + timedelta(seconds=self.knobs.visible_after_s)
            and (everything or not self._is_closed(order, now))
        ]

    def _is_closed(self, order: StoredOrder, now: datetime) -> bool:
        return order.is_invoiced(now, self.knobs) or order.is_cancelled(now, self.knobs)

    def _within_history(self, order: StoredOrder, now: datetime) -> bool:
        return now - order.ordered_at <= timedelta(days=self.knobs.history_days)

    # ------------------------------------------------------------ what happens to orders

    def cancel(self, order: StoredOrder, now: datetime) -> None:
        """Cancel and put the pieces back on the shelf."""
        if order.cancelled_at is None:
            order.cancelled_at = now
            for line in order.lines:
                line.product.stock[order.warehouse] += line.quantity

    def ship(self, order: StoredOrder, now: datetime, boxes: int, shipped: dict[str, int] | None) -> None:
        """Hand over to the carrier. `shipped` maps SKU to pieces where less went out than was ordered."""
        if order.is_cancelled(now, self.knobs):
            raise ValueError(f"order {order.number} is cancelled")
        for line in order.lines:
            line.shipped = min(line.quantity, (shipped or {}).get(line.product.sku, line.quantity))
        order.shipped_at = now
        order.boxes = self._pack(order, max(1, boxes))

    def _pack(self, order: StoredOrder, count: int) -> list[Box]:
        boxes = []
        for index in range(count):
            tracking = order.tracking if index == 0 else self._next_tracking()
            lines = []
            for line in order.lines:
                pieces = line.shipped or 0
                share = pieces // count + (1 if index < pieces % count else 0)
                if share:
                    lines.append((line, share))
            boxes.append(Box(index + 1, tracking, lines))
        return boxes

    def credit(self, order: StoredOrder, now: datetime) -> StoredOrder:
        """A credit for the whole order.

        Type and status "Credit", same PO, negative amounts (returns pages).
        """
        index = len(self.orders)
        credit = replace(
            order,
            guid=str(uuid.uuid5(NAMESPACE, f"{self._seed}/{index}")),
            number=str(FIRST_ORDER_NUMBER + index),
            invoice=str(FIRST_INVOICE_NUMBER + index),
            order_type="Credit",
            ordered_at=now,
            cancelled_at=None,
            shipped_at=None,
            boxes=[],
            test=False,
        )
        self.orders.append(credit)
        return credit

    def _next_tracking(self) -> str:
        self._parcels += 1
        return f"1Z9999W9{self._seed % 100:02d}{self._parcels:08d}"
