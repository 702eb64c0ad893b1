"""What the shop still has to be told about shipments: decided from what it shows now, so it is safe to repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from order_sync.core.model.order import Fulfillment, FulfillmentStatus, Order, TrackingInfo, WorkStatus
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine, SyncRecord
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


@dataclass(frozen=True, slots=True)
class CannotWrite:
    """Pieces that went out, by line id, for which the shop has no open work. ``on_hold``: it has, but on hold."""

    order_number: str
    pieces: Mapping[str, int]
    on_hold: bool


WriteBack = Create | UpdateTracking | AlreadyWritten | CannotWrite


def has_shipped(order: SupplierOrder) -> bool:
    """Whether the supplier handed it to a carrier."""
    return order.status in _SHIPPED


def next_write(order: Order, record: SyncRecord, *, fulfill_when: str, others: Iterable[str] = ()) -> WriteBack | None:
    """The next thing to tell the shop for a share, or None. One at a time: read the order again in between.

    What cannot be written comes last: it keeps nothing else from being written.

    Args:
        others: ids of fulfillments that belong to other shares.
    """
    if record.fulfillment_id:
        return _manual_write(order, record, frozenset(others))
    blocked: CannotWrite | None = None
    for supplier_order in active(record.supplier_orders):
        if fulfill_when == "shipped" and not has_shipped(supplier_order):
            continue
        write = _auto_write(order, record, supplier_order, frozenset(others))
        if isinstance(write, CannotWrite):
            blocked = blocked or write
        elif write is not None:
            return write
    return blocked


def _auto_write(
    order: Order, record: SyncRecord, supplier_order: SupplierOrder, others: frozenset[str]
) -> WriteBack | None:
    ours = [f for f in order.fulfillments if f.fulfillment_id in supplier_order.fulfillment_ids]
    ours = [f for f in ours if not _is_out_of_date(f, supplier_order)]
    pieces = pieces_of(record.lines, record.supplier_orders, supplier_order)
    left = pieces - _pieces_in(ours)
    used = others | {each for other in record.supplier_orders for each in other.fulfillment_ids}
    free = [f for f in order.fulfillments if f.status is FulfillmentStatus.SUCCESS and f.fulfillment_id not in used]
    if left:
        known = _with_tracking(free, supplier_order.tracking, left)
        if known:
            return AlreadyWritten(supplier_order.order_number, known)
        work_lines = _work_lines(order, left)
        if work_lines:
            return Create(supplier_order.order_number, work_lines, supplier_order.tracking)
        covered = _without_tracking(free, left)
        if covered:
            return AlreadyWritten(supplier_order.order_number, covered)
    missing = _missing_tracking(ours, (supplier_order,))
    if missing is not None:
        return missing
    if not pieces and not supplier_order.fulfillment_ids and supplier_order.tracking:
        return _told_with_another(order, record, supplier_order)
    if left and has_shipped(supplier_order):
        return CannotWrite(supplier_order.order_number, left, _is_on_hold(order, left))
    return None


def _told_with_another(order: Order, record: SyncRecord, supplier_order: SupplierOrder) -> AlreadyWritten | None:
    """The numbers of an order that does not tell its pieces go where the share's other orders are told.

    Nobody knows which of the pieces are its, and a number that is told with the others is not lost.
    """
    told = {each for other in active(record.supplier_orders) for each in other.fulfillment_ids}
    standing = (f for f in order.fulfillments if f.status is FulfillmentStatus.SUCCESS and f.fulfillment_id in told)
    host = next(standing, None)
    return AlreadyWritten(supplier_order.order_number, host.fulfillment_id) if host else None


def _is_out_of_date(fulfillment: Fulfillment, supplier_order: SupplierOrder) -> bool:
    """Cancelled in the shop before all that went out was told: what followed has to be told again.

    One that the merchant cancelled with every number in it stays cancelled: to write it again would be a quarrel.
    """
    numbers = {info.number for info in supplier_order.tracking}
    cancelled = fulfillment.status is FulfillmentStatus.CANCELLED
    return cancelled and not numbers <= {info.number for info in fulfillment.tracking}


def _manual_write(order: Order, record: SyncRecord, others: frozenset[str]) -> WriteBack | None:
    """Manual mode: the merchant's own fulfillment gets every tracking number known so far.

    One that the merchant cancelled and made again, with the same pieces, is known by those.
    """
    standing = active(record.supplier_orders)
    mine = next((f for f in order.fulfillments if f.fulfillment_id == record.fulfillment_id), None)
    if mine is None or mine.status is FulfillmentStatus.CANCELLED:
        pieces = bought_pieces_by_line(record.lines)
        mine = next(
            (
                f
                for f in order.fulfillments
                if f.status is FulfillmentStatus.SUCCESS
                and f.fulfillment_id not in others
                and pieces
                and pieces <= _pieces_in([f])
            ),
            None,
        )
    write = _missing_tracking([mine], standing) if mine else None
    if write is None and mine is None and any(has_shipped(each) and each.tracking for each in standing):
        gone_out = [each for each in standing if has_shipped(each)]
        return CannotWrite(gone_out[0].order_number, bought_pieces_by_line(record.lines), on_hold=False)
    return write


def bought_pieces_by_line(lines: Iterable[RecordLine]) -> Counter[str]:
    """Pieces by line id that a record bought."""
    pieces = Counter[str]()
    for line in lines:
        if line.outcome in (LineOutcome.BOUGHT, LineOutcome.SHORT) and line.quantity:
            pieces[line.line_id] += line.quantity
    return pieces


def _missing_tracking(
    fulfillments: Iterable[Fulfillment], supplier_orders: tuple[SupplierOrder, ...]
) -> UpdateTracking | None:
    known = {info.number: info for each in supplier_orders for info in each.tracking}
    for fulfillment in fulfillments:
        shown = {info.number for info in fulfillment.tracking}
        if fulfillment.status is FulfillmentStatus.CANCELLED or not known.keys() - shown:
            continue
        kept = tuple(info for info in fulfillment.tracking if info.number not in known)
        return UpdateTracking(supplier_orders[0].order_number, fulfillment.fulfillment_id, (*kept, *known.values()))
    return None


def _with_tracking(fulfillments: Iterable[Fulfillment], tracking: tuple[TrackingInfo, ...], left: Counter[str]) -> str:
    """A fulfillment of nobody else's with one of these numbers and some of these pieces: the reply to it was lost."""
    numbers = {info.number for info in tracking}
    for fulfillment in fulfillments:
        if numbers & {t.number for t in fulfillment.tracking} and _pieces_in([fulfillment]) & left:
            return fulfillment.fulfillment_id
    return ""


def _without_tracking(fulfillments: Iterable[Fulfillment], left: Counter[str]) -> str:
    """A fulfillment of nobody else's, without tracking, of some of these pieces and nothing else."""
    for fulfillment in fulfillments:
        has = _pieces_in([fulfillment])
        if has and not fulfillment.tracking and has <= left:
            return fulfillment.fulfillment_id
    return ""


def _pieces_in(fulfillments: Iterable[Fulfillment]) -> Counter[str]:
    pieces = Counter[str]()
    for fulfillment in fulfillments:
        for part in fulfillment.lines:
            pieces[part.line_id] += part.quantity
    return pieces


def pieces_of(
    lines: tuple[RecordLine, ...], supplier_orders: tuple[SupplierOrder, ...], wanted: SupplierOrder
) -> Counter[str]:
    """Pieces by shop line that a supplier order stands for: the lines are dealt out over the orders in turn.

    Of an order that has shipped, the pieces that went out.
    """
    left = bought_pieces_by_line(lines)
    mine = Counter[str]()
    for supplier_order in active(supplier_orders):
        if not _tells_pieces(lines, supplier_order):
            return Counter(left) if supplier_order is wanted else Counter()
        for sku_names, ordered, out in _parts(supplier_order):
            for line_id in (line.line_id for line in lines if line.supplier_sku.casefold() in sku_names):
                taken = min(ordered, left[line_id])
                left[line_id] -= taken
                ordered -= taken
                if supplier_order.order_number == wanted.order_number and (gone := min(taken, out)):
                    out -= gone
                    mine[line_id] += gone
    return mine


def _tells_pieces(lines: Iterable[RecordLine], supplier_order: SupplierOrder) -> bool:
    """Whether the order names any item of the record: one that names none tells as little as one without lines."""
    known = {line.supplier_sku.casefold() for line in lines}
    return any(sku_names & known for sku_names, _, _ in _parts(supplier_order))


def _parts(supplier_order: SupplierOrder) -> Iterator[tuple[set[str], int, int]]:
    """Of each line: the names of its item, pieces ordered, and pieces that went out or will."""
    for part in supplier_order.lines or ():
        told = part.shipped_quantity is not None and has_shipped(supplier_order)
        out = part.shipped_quantity if told and part.shipped_quantity is not None else part.quantity
        yield {name.casefold() for name in (part.sku, *part.aliases)}, part.quantity, min(out, part.quantity)


def _work_lines(order: Order, pieces: Counter[str]) -> dict[str, dict[str, int]]:
    """Those pieces as far as the shop still expects them to be fulfilled, from one location: the first that has any.

    A fulfillment covers work of one location only (Shopify Admin API, fulfillmentCreate).
    """
    left = Counter(pieces)
    chosen: dict[str, dict[str, int]] = {}
    location: str | None = None
    for work in order.work:
        if work.status is not WorkStatus.OPEN or location not in (None, work.location):
            continue
        for part in work.lines:
            take = min(left[part.line_id], part.remaining_quantity)
            if take > 0:
                location = work.location
                chosen.setdefault(work.work_id, {})[part.work_line_id] = take
                left[part.line_id] -= take
    return chosen


def _is_on_hold(order: Order, pieces: Counter[str]) -> bool:
    closed = (WorkStatus.ON_HOLD, WorkStatus.SCHEDULED)
    return any(
        part.line_id in pieces and part.remaining_quantity
        for work in order.work
        if work.status in closed
        for part in work.lines
    )
