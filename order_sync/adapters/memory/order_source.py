"""A shop in memory."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from order_sync.core.errors import OrderNotFoundError, RejectedRequestError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.order import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    FulfillmentWork,
    Order,
    OrderHead,
    ShopItem,
    TrackingInfo,
    WorkStatus,
)
from order_sync.core.ports import Clock, FulfillmentWrite, ShopIdentity, Webhooks


class InMemoryOrderSource:
    """The OrderSource port over a dictionary of orders; ``put`` adds or replaces one.

    Args:
        clock: when an order changes that is fulfilled; None: its time stays as it was put.
    """

    def __init__(
        self, orders: Iterable[Order] = (), locations: Iterable[StoreLocation] = (), clock: Clock | None = None
    ) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self.orders: dict[str, Order] = {order.order_id: order for order in orders}
        self._locations = tuple(locations)
        self.notified: list[str] = []
        self.catalogue: list[ShopItem] = []

    def put(self, order: Order) -> None:
        """Add or replace an order."""
        with self._lock:
            self.orders[order.order_id] = order

    @property
    def webhooks(self) -> Webhooks | None:
        """See OrderSource: there are none."""
        return None

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
        """See OrderSource. Refused, as a shop does, for no pieces, and for more than are left."""
        wanted = {
            (work_id, line_id): count
            for work_id, parts in write.work_lines.items()
            for line_id, count in parts.items()
            if count > 0
        }
        with self._lock:
            order = next((o for o in self.orders.values() if {w.work_id for w in o.work} & set(write.work_lines)), None)
            if order is None or not wanted:
                raise _refused("there are no pieces to fulfil", "create_fulfillment")
            left = {(w.work_id, part.work_line_id): part for w in order.work for part in w.lines}
            if any(key not in left or count > left[key].remaining_quantity for key, count in wanted.items()):
                raise _refused(f"{order.name} has not so many pieces left", "create_fulfillment")
            pieces = Counter[str]()
            for key, count in wanted.items():
                pieces[left[key].line_id] += count
            number = len(order.fulfillments) + 1
            made = Fulfillment(
                fulfillment_id=f"fulfillment/{order.order_id}/{number}",
                name=f"{order.name}.{number}",
                status=FulfillmentStatus.SUCCESS,
                lines=tuple(FulfillmentLine(line, count) for line, count in pieces.items()),
                tracking=write.tracking,
            )
            self._keep(
                replace(
                    order,
                    fulfillments=(*order.fulfillments, made),
                    lines=tuple(
                        replace(line, unfulfilled_quantity=line.unfulfilled_quantity - pieces[line.line_id])
                        for line in order.lines
                    ),
                    work=tuple(_less(work, wanted) for work in order.work),
                )
            )
            if write.notify_customer:
                self.notified.append(made.fulfillment_id)
            return made.fulfillment_id

    def update_tracking(self, fulfillment_id: str, tracking: tuple[TrackingInfo, ...], notify_customer: bool) -> None:
        """See OrderSource."""
        with self._lock:
            order = next(
                (o for o in self.orders.values() if any(f.fulfillment_id == fulfillment_id for f in o.fulfillments)),
                None,
            )
            if order is None:
                raise _refused(f"there is no fulfillment {fulfillment_id!r}", "update_tracking")
            changed = (
                replace(f, tracking=tracking) if f.fulfillment_id == fulfillment_id else f for f in order.fulfillments
            )
            self._keep(replace(order, fulfillments=tuple(changed)))
            if notify_customer:
                self.notified.append(fulfillment_id)

    def _keep(self, order: Order) -> None:
        """As `put`, at the time of the clock if there is one."""
        self.put(order if self._clock is None else replace(order, updated_at=self._clock.now()))

    def close(self) -> None:
        """Nothing to give back."""


def _head(order: Order) -> OrderHead:
    return OrderHead(order.order_id, order.name, order.created_at, order.updated_at)


def _less(work: FulfillmentWork, taken: Mapping[tuple[str, str], int]) -> FulfillmentWork:
    """The work without pieces that were fulfilled, by work and its line."""
    if not any(work_id == work.work_id for work_id, _ in taken):
        return work
    lines = tuple(
        replace(part, remaining_quantity=part.remaining_quantity - taken.get((work.work_id, part.work_line_id), 0))
        for part in work.lines
    )
    return replace(work, status=WorkStatus.OPEN, lines=lines)


def _refused(why: str, operation: str) -> RejectedRequestError:
    return RejectedRequestError(
        f"The shop refused: {why}.", reasons=(("", why),), service="Memory", operation=operation
    )
