"""What a supplier answers: its items, and the orders it made of a purchase order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum

from order_sync.core.model.address import Address
from order_sync.core.model.money import Money
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.purchase_order import SupplierSku


@dataclass(frozen=True, slots=True)
class SupplierItem:
    """An item the supplier sells.

    ``stock`` is pieces per warehouse code; None when not told. ``title`` is for people, empty when not told.
    """

    sku: SupplierSku
    stock: Mapping[str, int] | None = None
    title: str = ""

    @property
    def in_stock(self) -> int | None:
        """Pieces over all warehouses, or None when the supplier does not tell."""
        return None if self.stock is None else sum(self.stock.values())


class SupplierOrderStatus(StrEnum):
    """Where a supplier order stands."""

    IN_PROGRESS = "in_progress"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SupplierOrderLine:
    """Pieces ordered of an item, and shipped as far as known (None: not told yet)."""

    sku: SupplierSku
    quantity: int
    shipped_quantity: int | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierOrder:
    """One order at the supplier; a purchase order may become several, one a warehouse.

    ``order_number`` is the supplier's; ``raw_status`` its own word. ``lines`` is None when the answer had none.
    ``found_by``: "response", "look-up" or "person". ``costs`` are the supplier's amounts by its own names, as exact
    decimal text. ``fulfillment_ids`` are those in the shop that tell of it. ``ship_to`` is where the supplier says that
    it ships, as far as
    told; it is compared and never stored.
    """

    order_number: str
    po_number: str
    status: SupplierOrderStatus
    warehouse: str = ""
    raw_status: str = ""
    lines: tuple[SupplierOrderLine, ...] | None = None
    tracking: tuple[TrackingInfo, ...] = ()
    ordered_at: datetime | None = None
    total: Money | None = None
    costs: Mapping[str, str] = field(default_factory=dict)
    found_by: str = "response"
    fulfillment_ids: tuple[str, ...] = ()
    ship_to: Address | None = field(default=None, compare=False, repr=False)

    def without_address(self) -> SupplierOrder:
        """The order as it may be stored: without the customer's address."""
        return self if self.ship_to is None else replace(self, ship_to=None)


@dataclass(frozen=True, slots=True)
class LineRefusal:
    """One item that the supplier did not take, in the supplier's words. ``sku`` empty: not told which."""

    sku: str
    quantity: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A parsed success: at least one order, and what was refused beside it."""

    orders: tuple[SupplierOrder, ...]
    refusals: tuple[LineRefusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a supplier can do; what it cannot changes how the core behaves (policies/plain_words.py says how).

    Attributes:
        find_by_po: an order can be found by our PO number. Without it an order in doubt always goes to a person.
        find_many: `SupplierGateway.find_by_po_numbers` asks about many PO numbers at once.
        test_orders: an order can be placed as a test. Without it orders are held while test_order is on.
        list_orders: every recent order can be listed. Without it reconcile looks each PO number up instead.
        cancel: an order can be cancelled. Without it a surplus order is left to a person.
        cancel_window_s: so long after it was placed an order can be cancelled (seconds); None: as long as it is open.
        prices: `SupplierGateway.item_prices` tells what items cost. Without it spending is estimated by the
            shop's prices.
        catalogue: `SupplierGateway.suggest_items` finds items that may be meant by a SKU that it does not know.
        payment_profiles: it has saved payments, and a PaymentProfileProvider lists them. Without it the account's terms
            pay, and an order is held while a payment profile is selected.
        stock: `SupplierGateway.look_up_items` tells how many pieces there are. Without it no order is held for
            its stock.
        contact: whom a person calls about an order, in words.
    """

    find_by_po: bool = True
    find_many: bool = False
    test_orders: bool = True
    list_orders: bool = False
    cancel: bool = False
    cancel_window_s: float | None = None
    prices: bool = False
    catalogue: bool = False
    payment_profiles: bool = False
    stock: bool = False
    contact: str = "the supplier"

    def declared(self) -> tuple[str, ...]:
        """The names of what it can do, in the order above."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) is True)
