"""Mending one discrepancy of an order that is claimed; what only a person can settle is told to one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from order_sync.core.errors import OutcomeUnknownError, RejectedRequestError
from order_sync.core.model.discrepancy import Discrepancy, DiscrepancyKind, DiscrepancyStatus
from order_sync.core.model.order import Fulfillment, FulfillmentStatus, Order
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import BOUGHT, ORDER_SHARE, UNDECIDED, RecordKey, State, SyncRecord
from order_sync.core.policies.adopt import lines_as_supplied, lines_found, supplier_names
from order_sync.core.policies.allocate import active, pieces_by_sku
from order_sync.core.policies.plan import Hold
from order_sync.core.policies.quantities import taken_by_others
from order_sync.core.policies.reconcile import message, with_message
from order_sync.core.policies.retry import follow_delay
from order_sync.core.ports import Ledger
from order_sync.core.use_cases.both_sides import BothSides, patiently
from order_sync.core.use_cases.context import Desk
from order_sync.core.use_cases.follow_shipments import concluded, merged
from order_sync.core.use_cases.record_keeping import share_name
from order_sync.core.use_cases.settle_doubt import with_shortage

RECONCILE = "reconcile"
"""Kind of attempt by which a record remembers what a person was told."""


def mend(sides: BothSides, desk: Desk, found: Discrepancy, records: tuple[SyncRecord, ...]) -> Discrepancy:
    """Mend it, or tell a person; returns it with what became of it."""
    record = next((r for r in records if r.po_number == found.po_number), None) or _bought_of(records, found)
    if found.kind is DiscrepancyKind.UNRECORDED_PURCHASE:
        stored = _adopt(sides, desk, found, records)
    elif record is None:
        return found
    elif found.kind is DiscrepancyKind.DUPLICATE_PURCHASE:
        stored = _cancel_surplus(sides, desk, found, record)
    elif found.kind is DiscrepancyKind.CANCELLED_AT_SUPPLIER and record.state is not State.COMPLETED:
        stored = _record_cancellation(sides, desk, record, found)
    elif found.kind is DiscrepancyKind.QUANTITY_DRIFT:
        stored = _take_over_quantities(sides, desk, record)
    else:
        stored = tell(desk, record, found, message(found))
    return replace(
        found,
        share=stored.key.share,
        status=DiscrepancyStatus.NEEDS_PERSON if stored.needs_person else DiscrepancyStatus.REPAIRED,
    )


def tell(desk: Desk, record: SyncRecord, found: Discrepancy, hold: Hold) -> SyncRecord:
    """Store what a person must do, with the mark by which the same evidence is not reported again."""
    attempt = desk.attempt(RECONCILE, desk.clock.now(), found.mark)
    return desk.save(with_message(record, hold), record, attempt)


def is_known(ledger: Ledger, records: tuple[SyncRecord, ...], found: Discrepancy) -> bool:
    """Whether a person was told of it already, on the same evidence."""
    marks = {a.outcome for record in records for a in ledger.attempts(record.key) if a.kind == RECONCILE}
    return found.mark in marks


def _bought_of(records: tuple[SyncRecord, ...], found: Discrepancy) -> SyncRecord | None:
    return next((r for r in records if r.state in BOUGHT and r.key.mode is found.mode), None)


# ---------------------------------------------------------------------- purchases that nobody recorded


def _adopt(sides: BothSides, desk: Desk, found: Discrepancy, records: tuple[SyncRecord, ...]) -> SyncRecord:
    orders = sides.by_po[found.po_number]
    order = sides.order(desk.claim.order_id) if found.order_id else None
    known = next((r for r in records if r.po_number == found.po_number), None)
    if order is None:
        return _hold_unknown(sides, desk, found, orders, known)
    share = _share_of(order, known, records, found, orders, auto=sides.ctx.settings.auto_fulfillment)
    key = RecordKey(sides.ctx.connection.name, order.order_id, share_name(share), found.mode)
    before = known or next((r for r in records if r.key == key), None)
    if before is not None and before.state not in UNDECIDED:  # every share of the order has a purchase already
        return tell(desk, before, found, message(replace(found, kind=DiscrepancyKind.DUPLICATE_PURCHASE)))
    begun = before or SyncRecord(
        key=key,
        order_name=order.name,
        state=State.RECEIVED,
        supplier_account=sides.ctx.connection.supplier_account,
        fulfillment_id=share.fulfillment_id if share else "",
    )
    taken = taken_by_others(records, begun)
    names = supplier_names(active(orders))
    unnamed = [line.sku for line in order.lines if line.sku and line.sku.casefold() not in names]
    items = patiently(desk.clock, lambda: sides.ctx.gateway.look_up_items(unnamed)) if unnamed else {}
    placed = _placed(desk, replace(begun, lines=lines_found(order, share, orders, items, taken)), orders)
    adopted = replace(placed, po_number=found.po_number, order_name=order.name, shop_updated_at=order.updated_at)
    return desk.save(with_shortage(adopted), before)


def _placed(desk: Desk, record: SyncRecord, orders: tuple[SupplierOrder, ...]) -> SyncRecord:
    now = desk.clock.now()
    return record.move(
        State.PLACED,
        reason="Found at the supplier by its PO number, though the ledger did not know it; it is not bought again.",
        supplier_orders=orders,
        admitted=True,
        attempts=0,
        sends=max(1, record.sends),
        intent_at=record.intent_at or min((o.ordered_at for o in orders if o.ordered_at), default=now),
        due_at=now + (follow_delay(timedelta()) or timedelta()),
    )


def _share_of(
    order: Order,
    known: SyncRecord | None,
    records: tuple[SyncRecord, ...],
    found: Discrepancy,
    orders: tuple[SupplierOrder, ...],
    *,
    auto: bool,
) -> Fulfillment | None:
    """The share that a purchase covers; None: the whole order.

    Of manual mode's free fulfillments it is the one with just its pieces, or with most of them.
    """
    if known is not None:
        return next((f for f in order.fulfillments if f.fulfillment_id == known.fulfillment_id), None)
    taken = {r.key.share for r in records if r.key.mode is found.mode and r.state not in UNDECIDED}
    ours = {o.fulfillment_id for r in records for o in r.supplier_orders if o.fulfillment_id}
    free = [
        f
        for f in order.fulfillments
        if f.status is FulfillmentStatus.SUCCESS and share_name(f) not in taken and f.fulfillment_id not in ours
    ]
    if auto and ORDER_SHARE not in taken:
        return None
    return max(free, key=lambda fulfillment: _fit(order, fulfillment, orders), default=None)


def _fit(order: Order, fulfillment: Fulfillment, orders: tuple[SupplierOrder, ...]) -> tuple[bool, int]:
    """Whether the purchase has just the fulfillment's pieces, and how many of them."""
    marked = Counter[str]()
    for part in fulfillment.lines:
        line = order.line(part.line_id)
        marked[(line.sku or "") if line else ""] += part.quantity
    pieces = pieces_by_sku(active(orders), marked) or Counter[str]()
    return pieces == marked, (pieces & marked).total()


def _hold_unknown(
    sides: BothSides, desk: Desk, found: Discrepancy, orders: tuple[SupplierOrder, ...], known: SyncRecord | None
) -> SyncRecord:
    """Kept under the PO number, which nobody can use again then."""
    ctx = sides.ctx
    before = known or SyncRecord(
        key=RecordKey(ctx.connection.name, desk.claim.order_id, ORDER_SHARE, found.mode),
        order_name=found.po_number,
        state=State.RECEIVED,
        supplier_account=ctx.connection.supplier_account,
    )
    held = before.move(
        State.HELD,
        reason_code="unrecorded_purchase",
        reason=f"The supplier has PO {found.po_number}, and the shop has no order that it can belong to.",
        next_action=f"Find out at the supplier whose order {', '.join(found.order_numbers)} is; then order-sync "
        "orders skip closes this record.",
        po_number=found.po_number,
        supplier_orders=orders,
    )
    return desk.save(held, known, desk.attempt(RECONCILE, desk.clock.now(), found.mark))


# ---------------------------------------------------------------------- purchases that differ


def _record_cancellation(sides: BothSides, desk: Desk, record: SyncRecord, found: Discrepancy) -> SyncRecord:
    told = record.reason_code == "cancelled_after_purchase"
    bare = record if told else replace(record, reason_code="", reason="", next_action="")
    orders = merged(record.supplier_orders, sides.by_po[record.po_number or ""])
    if active(orders):  # the record knows of one that the supplier does not show at all
        return tell(desk, record, found, message(found))
    return desk.save(concluded(replace(bare, supplier_orders=orders)), record)


def _take_over_quantities(sides: BothSides, desk: Desk, record: SyncRecord) -> SyncRecord:
    found = sides.by_po[record.po_number or ""]
    supplied = replace(
        record, lines=lines_as_supplied(record, found), supplier_orders=merged(record.supplier_orders, found)
    )
    if record.reason_code not in ("", "short"):
        short = with_shortage(replace(supplied, reason_code=""))
        if short.reason_code != "short":
            return desk.save(supplied, record)
        return desk.save(with_message(supplied, Hold("short", short.reason, short.next_action)), record)
    cleared = replace(supplied, reason_code="", reason="", next_action="")
    return desk.save(with_shortage(cleared), record)


def _cancel_surplus(sides: BothSides, desk: Desk, found: Discrepancy, record: SyncRecord) -> SyncRecord:
    """Cancel at the supplier what is too much; what is not shown as cancelled afterwards is told to a person."""
    gateway = sides.ctx.gateway
    done = set()
    for number in found.order_numbers if gateway.capabilities.cancel else ():
        started = desk.clock.now()
        shown = _cancel(sides, desk, number)
        if shown:
            done.add(number)
        desk.save(
            record, record, desk.attempt("cancel", started, f"{'cancelled' if shown else 'not cancelled'} {number}")
        )
    if done and gateway.capabilities.find_by_po:
        sides.look_up(found.po_number)
    elif done:
        sides.by_po[found.po_number] = tuple(
            replace(o, status=SupplierOrderStatus.CANCELLED) if o.order_number in done else o
            for o in sides.by_po[found.po_number]
        )
    if found.po_number == record.po_number:
        orders = merged(record.supplier_orders, sides.by_po[found.po_number])
        record = desk.save(replace(record, supplier_orders=orders), record)
    left = tuple(number for number in found.order_numbers if number not in done)
    if not found.order_numbers or left:
        return tell(desk, record, found, message(replace(found, order_numbers=left)))
    if record.reason_code == "duplicate_at_supplier":
        return desk.save(replace(record, reason_code="", reason="", next_action=""), record)
    return record


def _cancel(sides: BothSides, desk: Desk, number: str) -> bool:
    """Whether the supplier shows the order as cancelled: in its answer, or when it is asked afterwards."""
    gateway = sides.ctx.gateway
    try:
        shown = patiently(desk.clock, lambda: gateway.cancel_order(number))
    except (OutcomeUnknownError, RejectedRequestError):
        shown = None
    if shown is not None:
        return shown.status is SupplierOrderStatus.CANCELLED
    if not gateway.capabilities.find_by_po:
        return False
    po_number = next(po for po, orders in sides.by_po.items() if number in {o.order_number for o in orders})
    now = sides.look_up(po_number)
    return any(o.order_number == number and o.status is SupplierOrderStatus.CANCELLED for o in now)
