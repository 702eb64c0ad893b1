"""A supplier in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from order_sync.core.errors import RejectedRequestError
from order_sync.core.model.address import Address, AddressProblem
from order_sync.core.model.money import Money
from order_sync.core.model.order import ShopItem, ShopSku, TrackingInfo
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.purchase_order import PoNumber, PurchaseOptions, PurchaseOrder, SupplierSku
from order_sync.core.model.supplier_order import (
    Capabilities,
    Submission,
    SupplierItem,
    SupplierOrder,
    SupplierOrderLine,
    SupplierOrderStatus,
)
from order_sync.core.policies.cost import sum_of


class InMemoryGateway:
    """The SupplierGateway port over a list of orders.

    ``catalogue`` maps supplier SKUs to stock, ``prices`` to what a piece costs: an order tells its total when all are
    known. ``placed`` keeps every order. It does not refuse a repeated PO
    number, as S&S is not known to (S&S API v2 says nothing of it).
    """

    def __init__(
        self,
        catalogue: Mapping[str, int] | None = None,
        *,
        capabilities: Capabilities | None = None,
        settle_s: float = 1.0,
        timeout_s: float = 10.0,
    ) -> None:
        self._lock = threading.RLock()
        self.catalogue = dict(catalogue or {})
        self.placed: list[tuple[PurchaseOrder, SupplierOrder]] = []
        self.prices: dict[str, Money] = {}
        self._capabilities = capabilities or Capabilities(
            list_orders=True,
            cancel=True,
            find_many=True,
            prices=True,
            catalogue=True,
            payment_profiles=True,
            stock=True,
        )
        self._settle_s = settle_s
        self._timeout_s = timeout_s

    @property
    def capabilities(self) -> Capabilities:
        """See SupplierGateway."""
        return self._capabilities

    @property
    def settle_s(self) -> float:
        """See SupplierGateway."""
        return self._settle_s

    @property
    def timeout_s(self) -> float:
        """See SupplierGateway."""
        return self._timeout_s

    def option_problems(self, options: PurchaseOptions) -> tuple[str, ...]:
        """See SupplierGateway."""
        return ()

    def address_problems(self, address: Address, options: PurchaseOptions) -> tuple[AddressProblem, ...]:
        """See SupplierGateway: it ships wherever there is a city."""
        if address.city:
            return ()
        return (AddressProblem("missing_city", "The address has no city.", "Add one in the shop."),)

    def look_up_items(self, skus: Iterable[ShopSku], *, fresh: bool = False) -> Mapping[ShopSku, SupplierItem]:
        """See SupplierGateway."""
        with self._lock:
            return {
                sku: SupplierItem(SupplierSku(str(sku)), {"A": self.catalogue[sku]})
                for sku in skus
                if sku in self.catalogue
            }

    def item_prices(self, skus: Iterable[SupplierSku]) -> Mapping[SupplierSku, Money]:
        """See SupplierGateway."""
        with self._lock:
            return {sku: self.prices[sku] for sku in skus if sku in self.prices}

    def _total(self, purchase_order: PurchaseOrder) -> Money | None:
        prices = [(self.prices.get(line.sku), line.quantity) for line in purchase_order.lines]
        return sum_of(Money(price.amount * count, price.currency) if price else None for price, count in prices)

    def suggest_items(self, item: ShopItem) -> tuple[SupplierItem, ...]:
        """See SupplierGateway: those whose SKU is the same but for separators."""
        with self._lock:
            plain = "".join(char for char in item.sku if char.isalnum()).casefold()
            return tuple(SupplierItem(SupplierSku(sku)) for sku in self.catalogue if sku.casefold() == plain)

    def compose(self, purchase_order: PurchaseOrder) -> str:
        """See SupplierGateway."""
        lines = {line.sku: line.quantity for line in purchase_order.lines}
        ship_to = purchase_order.ship_to.one_line()
        return json.dumps(
            {"po": purchase_order.po_number, "mode": purchase_order.mode, "lines": lines, "ship_to": ship_to}
        )

    def submit(self, purchase_order: PurchaseOrder, body: str) -> Submission:
        """See SupplierGateway."""
        with self._lock:
            missing = [line.sku for line in purchase_order.lines if line.sku not in self.catalogue]
            if missing:
                raise RejectedRequestError("Unknown items.", reasons=tuple((sku, "unknown") for sku in missing))
            order = SupplierOrder(
                order_number=str(70000001 + len(self.placed)),
                po_number=purchase_order.po_number,
                status=SupplierOrderStatus.IN_PROGRESS,
                warehouse="A",
                lines=tuple(SupplierOrderLine(line.sku, line.quantity) for line in purchase_order.lines),
                total=self._total(purchase_order),
                ship_to=purchase_order.ship_to,
            )
            self.placed.append((purchase_order, order))
            return Submission((order,))

    def find_by_po_number(self, po_number: PoNumber) -> tuple[SupplierOrder, ...]:
        """See SupplierGateway."""
        with self._lock:
            return tuple(replace(o, found_by="look-up") for _, o in self.placed if o.po_number == po_number)

    def find_by_po_numbers(self, po_numbers: Iterable[PoNumber]) -> Mapping[PoNumber, tuple[SupplierOrder, ...]]:
        """See SupplierGateway."""
        return {number: self.find_by_po_number(number) for number in po_numbers}

    def recent_orders(self, since: datetime) -> tuple[SupplierOrder, ...]:
        """See SupplierGateway: an order that does not tell its time counts as recent."""
        with self._lock:
            return tuple(
                replace(o, found_by="look-up") for _, o in self.placed if o.ordered_at is None or o.ordered_at >= since
            )

    def cancel_order(self, order_number: str) -> SupplierOrder | None:
        """See SupplierGateway: until it is shipped."""
        with self._lock:
            for _, order in self.placed:
                if order.order_number == order_number and order.status is SupplierOrderStatus.IN_PROGRESS:
                    return self._change(order_number, status=SupplierOrderStatus.CANCELLED)
        return None

    def address_differences(self, body: str, ship_to: Address) -> tuple[str, ...]:
        """See SupplierGateway: the address as one line."""
        sent = json.loads(body).get("ship_to")
        same = sent is None or " ".join(sent.split()).casefold() == " ".join(ship_to.one_line().split()).casefold()
        return () if same else ("address",)

    def ship(self, order_number: str, *numbers: str) -> None:
        """Hand an order to a carrier, with these tracking numbers."""
        tracking = tuple(TrackingInfo(number, "UPS") for number in numbers)
        with self._lock:
            self._change(order_number, status=SupplierOrderStatus.SHIPPED, tracking=tracking)

    def _change(self, order_number: str, **changes: Any) -> SupplierOrder | None:
        self.placed = [
            (po, replace(order, **changes) if order.order_number == order_number else order)
            for po, order in self.placed
        ]
        return next((order for _, order in self.placed if order.order_number == order_number), None)

    def check(self) -> str:
        """See SupplierGateway."""
        return "memory"

    def close(self) -> None:
        """Nothing to give back."""


class InMemoryPaymentProfiles:
    """The PaymentProfileProvider port over a dictionary: e-mail -> profiles."""

    def __init__(self, profiles: Mapping[str, tuple[PaymentProfile, ...]] | None = None) -> None:
        self._profiles = dict(profiles or {})

    def fetch_profiles(self, email: str) -> tuple[PaymentProfile, ...]:
        """See PaymentProfileProvider."""
        return self._profiles.get(email, ())
