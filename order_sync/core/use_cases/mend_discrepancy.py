"""Mending one discrepancy of an order that is claimed; what only a person can settle is told to one."""

from __future__ import annotations

from dataclasses import replace

from order_sync.core.errors import OutcomeUnknownError, RejectedRequestError
from order_sync.core.model.discrepancy import Discrepancy, DiscrepancyKind, DiscrepancyStatus
from order_sync.core.model.supplier_order import SupplierOrderStatus
from order_sync.core.model.sync_record import BOUGHT, State, SyncRecord
from order_sync.core.policies.adopt import lines_as_supplied
from order_sync.core.policies.alarms import message, with_message
from order_sync.core.policies.allocate import active
from order_sync.core.policies.conclude import concluded, merged
from order_sync.core.policies.plan import Hold
from order_sync.core.use_cases.adopt_purchase import adopt_purchase
from order_sync.core.use_cases.both_sides import BothSides, patiently
from order_sync.core.use_cases.context import Desk
from order_sync.core.use_cases.settle_doubt import with_shortage
from order_sync.core.use_cases.tell_person import tell


def mend(sides: BothSides, desk: Desk, found: Discrepancy, records: tuple[SyncRecord, ...]) -> Discrepancy:
    """Mend it, or tell a person; returns it with what became of it."""
    record = next((r for r in records if r.po_number == found.po_number), None) or _bought_of(records, found)
    if found.kind is DiscrepancyKind.UNRECORDED_PURCHASE:
        stored = adopt_purchase(sides, desk, found, records)
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


def _bought_of(records: tuple[SyncRecord, ...], found: Discrepancy) -> SyncRecord | None:
    return next((r for r in records if r.state in BOUGHT and r.key.mode is found.mode), None)


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
