"""A shop in memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from order_sync.core.errors import OrderNotFoundError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.order import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    Order,
    OrderHead,
    ShopItem,
    TrackingInfo,
    WorkStatus,
)
from order_sync.core.ports import FulfillmentWrite, ShopIdentity


class InMemoryOrderSource:
    """The OrderSource port over a dictionary of orders; ``put`` adds or replaces one."""

    def __init__(self, orders: Iterable[Order] = (), locations: Iterable[StoreLocation] = ()) -> None:
        self._lock = threading.RLock()
        self.orders: dict[str, Order] = {order.order_id: order for order in orders}
        self._locations = tuple(locations)
        self.notified: list[str] = []
        self.catalogue: list[ShopItem] = []

    def put(self, order: Order) -> None:
        """Add or replace an order."""
        with self._lock:
            self.orders[order.order_id] = order

    def canonical_order_id(self, text: str) -> str:
        """See OrderSource."""
        return text

    def get_order(self, order_id: str) -> Order:
        """See OrderSource."""
        with self._lock:
            if order_id not in self.orders:
                raise OrderNotFoundError(f"The shop has no order {order_id!r}.", order=order_id)
            return self.orders[order_id]

    def orders_changed_since(self, since: datetime) -> Iterator[OrderHead]:
        """See OrderSource."""
        with self._lock:
            changed = sorted((o for o in self.orders.values() if o.updated_at >= since), key=lambda o: o.updated_at)
        return iter([_head(order) for order in changed])

    def find_orders_by_name(self, name: str) -> tuple[OrderHead, ...]:
        """See OrderSource."""
        with self._lock:
            found = [order for order in self.orders.values() if order.name in (name, f"#{name}")]
        return tuple(_head(order) for order in sorted(found, key=lambda o: o.created_at, reverse=True))

    def items(self) -> Iterator[ShopItem]:
        """See OrderSource: what its orders have, and what was put into ``catalogue``."""
        with self._lock:
            sold = [ShopItem(line.sku, line.title) for o in self.orders.values() for line in o.lines if line.sku]
            return iter([*self.catalogue, *sold])

    def locations(self) -> tuple[StoreLocation, ...]:
        """See OrderSource."""
        return self._locations

    def identify(self) -> ShopIdentity:
        """See OrderSource."""
        return ShopIdentity(shop_id="memory", name="Memory", domain="memory.example")

    def create_fulfillment(self, write: FulfillmentWrite) -> str:
        """See OrderSource."""
        with self._lock:
            order = next(o for o in self.orders.values() if {w.work_id for w in o.work} & set(write.work_lines))
            fulfillment_id = f"fulfillment/{order.order_id}/{len(order.fulfillments) + 1}"
            pieces = Counter[str]()
            for work in order.work:
                for part in work.lines:
                    pieces[part.line_id] += write.work_lines.get(work.work_id, {}).get(part.work_line_id, 0)
            made = Fulfillment(
                fulfillment_id=fulfillment_id,
                name=f"{order.name}.{len(order.fulfillments) + 1}",
                status=FulfillmentStatus.SUCCESS,
                lines=tuple(FulfillmentLine(line, count) for line, count in pieces.items() if count),
                tracking=write.tracking,
            )
            self.orders[order.order_id] = replace(
                order,
                fulfillments=(*order.fulfillments, made),
                lines=tuple(
                    replace(line, unfulfilled_quantity=line.unfulfilled_quantity - pieces.get(line.line_id, 0))
                    for line in order.lines
                ),
                work=tuple(
                    replace(
                        work,
                        status=work.status if work.work_id not in write.work_lines else WorkStatus.OPEN,
                        lines=tuple(
                            replace(
                                part,
                                remaining_quantity=part.remaining_quantity
                                - write.work_lines.get(work.work_id, {}).get(part.work_line_id, 0),
                            )
                            for part in work.lines
                        ),
                    )
                    for work in order.work
                ),
            )
            if write.notify_customer:
                self.notified.append(fulfillment_id)
            return fulfillment_id

    def update_tracking(self, fulfillment_id: str, tracking: tuple[TrackingInfo, ...], notify_customer: bool) -> None:
        """See OrderSource."""
        with self._lock:
            for order in list(self.orders.values()):
                if any(f.fulfillment_id == fulfillment_id for f in order.fulfillments):
                    changed = tuple(
                        replace(f, tracking=tracking) if f.fulfillment_id == fulfillment_id else f
                        for f in order.fulfillments
                    )
                    self.orders[order.order_id] = replace(order, fulfillments=changed)
                    if notify_customer:
                        self.notified.append(fulfillment_id)

    def close(self) -> None:
        """Nothing to give back."""


def _head(order: Order) -> OrderHead:
    return OrderHead(order.order_id, order.name, order.created_at, order.updated_at)
