"""What the shop still has to be told about shipments: decided from what it shows now, so it is safe to repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from order_sync.core.model.order import FulfillmentStatus, Order, TrackingInfo, WorkStatus
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine
from order_sync.core.policies.allocate import active

_SHIPPED = (SupplierOrderStatus.SHIPPED, SupplierOrderStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Create:
    """Mark pieces as fulfilled for a supplier order: pieces by work line, inside each piece of work."""

    order_number: str
    work_lines: Mapping[str, Mapping[str, int]]
    tracking: tuple[TrackingInfo, ...]


@dataclass(frozen=True, slots=True)
class UpdateTracking:
    """Give an existing fulfillment the tracking it lacks."""

    order_number: str
    fulfillment_id: str
    tracking: tuple[TrackingInfo, ...]


@dataclass(frozen=True, slots=True)
class AlreadyWritten:
    """The shop shows this supplier order already, in that fulfillment."""

    order_number: str
    fulfillment_id: str


WriteBack = Create | UpdateTracking | AlreadyWritten


def has_shipped(order: SupplierOrder) -> bool:
    """Whether the supplier handed it to a carrier."""
    return order.status in _SHIPPED


def next_auto_write(
    order: Order, lines: tuple[RecordLine, ...], supplier_orders: tuple[SupplierOrder, ...], *, fulfill_when: str
) -> WriteBack | None:
    """The next thing to tell the shop for a share of auto mode, or None. One at a time: read again in between."""
    for supplier_order in active(supplier_orders):
        if fulfill_when == "shipped" and not has_shipped(supplier_order):
            continue
        if supplier_order.fulfillment_ids:
            update = _missing_tracking(order, supplier_order.fulfillment_ids[0], (supplier_order,))
            if update is not None:
                return update
            continue
        known = _fulfillment_with_tracking(order, supplier_order.tracking)
        if known:
            return AlreadyWritten(supplier_order.order_number, known)
        pieces = _pieces(lines, supplier_orders, supplier_order)
        work_lines = _work_lines(order, pieces)
        if work_lines:
            return Create(supplier_order.order_number, work_lines, supplier_order.tracking)
        used = {each for other in supplier_orders for each in other.fulfillment_ids}
        covering = _fulfillment_covering(order, pieces, used)
        if covering:
            return AlreadyWritten(supplier_order.order_number, covering)
    return None


def next_manual_write(
    order: Order, fulfillment_id: str, supplier_orders: tuple[SupplierOrder, ...]
) -> UpdateTracking | None:
    """Manual mode: the merchant's own fulfillment gets every tracking number known so far."""
    return _missing_tracking(order, fulfillment_id, active(supplier_orders))


def _missing_tracking(
    order: Order, fulfillment_id: str, supplier_orders: tuple[SupplierOrder, ...]
) -> UpdateTracking | None:
    fulfillment = next((f for f in order.fulfillments if f.fulfillment_id == fulfillment_id), None)
    known = tuple({info.number: info for each in supplier_orders for info in each.tracking}.values())
    if fulfillment is None or fulfillment.status is FulfillmentStatus.CANCELLED or not known:
        return None
    shown = {info.number for info in fulfillment.tracking}
    if all(info.number in shown for info in known):
        return None
    kept = tuple(info for info in fulfillment.tracking if info.number not in {k.number for k in known})
    return UpdateTracking(supplier_orders[0].order_number, fulfillment_id, (*kept, *known))


def _fulfillment_with_tracking(order: Order, tracking: tuple[TrackingInfo, ...]) -> str:
    numbers = {info.number for info in tracking}
    for fulfillment in order.fulfillments:
        if fulfillment.status is FulfillmentStatus.SUCCESS and numbers & {t.number for t in fulfillment.tracking}:
            return fulfillment.fulfillment_id
    return ""


def _fulfillment_covering(order: Order, pieces: Counter[str], used: set[str]) -> str:
    """A standing fulfillment of those pieces that is nobody else's: ours, when the reply to it was lost."""
    for fulfillment in order.fulfillments:
        if fulfillment.status is not FulfillmentStatus.SUCCESS or fulfillment.fulfillment_id in used:
            continue
        has = Counter({part.line_id: part.quantity for part in fulfillment.lines})
        if pieces and not fulfillment.tracking and all(has[line] >= count for line, count in pieces.items()):
            return fulfillment.fulfillment_id
    return ""


def _pieces(
    lines: tuple[RecordLine, ...], supplier_orders: tuple[SupplierOrder, ...], wanted: SupplierOrder
) -> Counter[str]:
    """Pieces by shop line that a supplier order stands for: the lines are dealt out over the orders in turn."""
    left = {line.line_id: line.quantity for line in lines if line.outcome in (LineOutcome.BOUGHT, LineOutcome.SHORT)}
    mine = Counter[str]()
    for supplier_order in active(supplier_orders):
        if supplier_order.lines is None:
            return Counter(left) if supplier_order is wanted else Counter()
        for part in supplier_order.lines:
            shipped = part.shipped_quantity
            pieces = part.quantity if shipped is None or not has_shipped(supplier_order) else shipped
            names = {name.casefold() for name in (part.sku, *part.aliases)}
            for line in lines:
                if line.supplier_sku.casefold() in names and left.get(line.line_id):
                    taken = min(pieces, left[line.line_id])
                    left[line.line_id] -= taken
                    pieces -= taken
                    if supplier_order.order_number == wanted.order_number and taken:
                        mine[line.line_id] += taken
    return mine


def _work_lines(order: Order, pieces: Counter[str]) -> dict[str, dict[str, int]]:
    """Those pieces as far as the shop still expects them to be fulfilled."""
    left = Counter(pieces)
    chosen: dict[str, dict[str, int]] = {}
    for work in order.work:
        if work.status is not WorkStatus.OPEN:
            continue
        for part in work.lines:
            take = min(left[part.line_id], part.remaining_quantity)
            if take > 0:
                chosen.setdefault(work.work_id, {})[part.work_line_id] = take
                left[part.line_id] -= take
    return chosen
