"""What an author gives to `OrderSourceContract`: the plugin, its fake shop, and what can be asked of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from order_sync.core.model.address import Address
from order_sync.core.model.order import LineItem, Order, TrackingInfo, WorkStatus
from order_sync.core.ports import FulfillmentWrite, OrderSource
from order_sync.plugins.contracts.builders import an_address
from order_sync.plugins.contracts.manual_clock import ManualClock
from order_sync.plugins.contracts.parts import given
from order_sync.plugins.registry import OrderSourceContext, OrderSourcePlugin

if TYPE_CHECKING:
    from order_sync.plugins.contracts.wire import Wire


@dataclass(frozen=True, slots=True)
class ShopLine:
    """A line that the fake shop is to have: a SKU, pieces of it, and what one costs."""

    sku: str
    quantity: int
    price: Decimal = Decimal("20.00")


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order that the fake shop is to have: everything in it is shipped to that address."""

    lines: tuple[ShopLine, ...]
    ship_to: Address
    paid: bool = True


@dataclass(frozen=True, slots=True)
class ShopFulfillment:
    """A fulfillment as the fake shop keeps it, told without the plugin.

    ``pieces``: the shop's SKU -> pieces; ``tracking``: the numbers of its parcels; ``told``: how often the customer
    was told of it, None: the shop does not know.
    """

    fulfillment_id: str
    pieces: Mapping[str, int]
    tracking: tuple[str, ...] = ()
    told: int | None = None


@dataclass
class OrderSourceBench:
    """An order source plugin beside its fake shop.

    Attributes:
        plugin: as it is registered.
        settings: of a connection, as a person types them; the address of the fake shop among them.
        secrets: by their names; at least 8 characters each, so that they can be searched for.
        new_order: has a customer order; returns the order's id. Nothing of it is fulfilled.
        change: has the shop change something of an order that does not matter, such as a tag.
        name_of: the name of an order ("#1001").
        fulfillments: what the shop has fulfilled of an order, oldest first.
        location_names: of the shop's own locations, at least one.
        absent_id: an id such as the shop gives, of which it has no order.
        other_ids: other forms in which people give an order's id; none unless given.
        cancel: has the shop cancel an order; None: it never does.
        refund: refunds pieces of a SKU of an order before they are fulfilled; None: it never does.
        add_item: has the shop sell something under a SKU; needed when the plugin lists what the shop sells.
        currency: of the prices.
        many: more lines, and more orders, than the plugin asks for at once.
        network: the plugin speaks HTTP by ``context.http_transport``; False: rules of the network do not apply.
        is_write: tells the requests that change something, where the method does not (GraphQL: all are POST).
        clock: the plugin's, and the fake shop's: its orders are created and changed at this time.
    """

    plugin: OrderSourcePlugin
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    new_order: Callable[[NewOrder], str]
    change: Callable[[str], None]
    name_of: Callable[[str], str]
    fulfillments: Callable[[str], Sequence[ShopFulfillment]]
    location_names: Sequence[str]
    absent_id: str
    other_ids: Callable[[str], Sequence[str]] = lambda order_id: ()
    cancel: Callable[[str], None] | None = None
    refund: Callable[[str, str, int], None] | None = None
    add_item: Callable[[str], None] | None = None
    currency: str = "USD"
    many: int = 60
    network: bool = True
    is_write: Callable[[Any], bool] | None = None
    clock: ManualClock = field(default_factory=ManualClock)

    def build(self, wire: Wire | None = None, **secrets: str) -> OrderSource:
        """The order source, built anew as for a connection; its network is the given one.

        Args:
            secrets: other ones than those of the bench.
        """
        known = {**self.secrets, **secrets}
        return self.plugin.build(
            OrderSourceContext(
                connection="contract",
                settings=given(self.plugin.fields, self.settings),
                secret=known.get,
                clock=self.clock,
                http_transport=wire,
            )
        )

    def order(self, *lines: ShopLine, paid: bool = True) -> str:
        """The id of a new order in the shop: 3 and 2 pieces of two SKUs unless lines are given."""
        wanted = lines or (ShopLine("CONTRACT-A", 3), ShopLine("CONTRACT-B", 2, Decimal("7.05")))
        return self.new_order(NewOrder(wanted, an_address(), paid))


def line_of(order: Order, sku: str) -> LineItem:
    """The line of that SKU, as the plugin reads it."""
    found = [line for line in order.lines if line.sku == sku]
    assert len(found) == 1, f"{len(found)} lines have the SKU {sku}"
    return found[0]


def write_of(
    order: Order, pieces: Mapping[str, int], *numbers: str, notify: bool = False, carrier: str = "UPS"
) -> FulfillmentWrite:
    """What the core would tell the shop of so many pieces by SKU, shipped under these tracking numbers."""
    wanted = {line_of(order, sku).line_id: count for sku, count in pieces.items()}
    work_lines: dict[str, dict[str, int]] = {}
    for work in order.work:
        for part in work.lines if work.status is WorkStatus.OPEN else ():
            count = min(wanted.get(part.line_id, 0), part.remaining_quantity)
            if count:
                work_lines.setdefault(work.work_id, {})[part.work_line_id] = count
                wanted[part.line_id] -= count
    assert not any(wanted.values()), "the order has no open work for these pieces"
    return FulfillmentWrite(work_lines, tuple(TrackingInfo(number, carrier) for number in numbers), notify)


def pieces_by_sku(order: Order, fulfillment_id: str) -> dict[str, int]:
    """The pieces of a fulfillment by SKU, as the plugin reads it."""
    (found,) = [each for each in order.fulfillments if each.fulfillment_id == fulfillment_id]
    skus = {line.line_id: str(line.sku) for line in order.lines}
    return {skus[part.line_id]: part.quantity for part in found.lines if part.quantity}
