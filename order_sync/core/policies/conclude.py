"""Where a bought share stands, from what its supplier orders show. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import ALARMS, LineOutcome, State, SyncRecord
from order_sync.core.policies.alarms import with_message
from order_sync.core.policies.allocate import active
from order_sync.core.policies.plan import Hold
from order_sync.core.policies.withdraw import AFTER_PURCHASE, after_cancellation, lost_lines
from order_sync.core.policies.write_back import bought_pieces_by_line, has_shipped

STANDING_REASONS = (ALARMS - {"cancelled_at_supplier"}) | {"not_writable"}
"""Reason codes that stay while the share goes on: a person has to see to them."""


def merged(known: tuple[SupplierOrder, ...], found: tuple[SupplierOrder, ...]) -> tuple[SupplierOrder, ...]:
    """The supplier orders as found, with what is known of each besides; those that were not found stay.

    Parcels only grow: a number that was known is not lost when a later answer leaves it out. What has shipped stays so,
    should a later answer lag behind; only a cancellation takes it back.
    """
    before = {each.order_number: each for each in known}
    numbers = {each.order_number for each in found}
    shown = (_with_known(each, before[each.order_number]) if each.order_number in before else each for each in found)
    return (*shown, *(each for each in known if each.order_number not in numbers))


def _with_known(found: SupplierOrder, known: SupplierOrder) -> SupplierOrder:
    numbers = {info.number for info in found.tracking}
    kept = tuple(info for info in known.tracking if info.number not in numbers)
    lags = has_shipped(known) and not has_shipped(found) and found.status is not SupplierOrderStatus.CANCELLED
    return replace(
        found,
        status=known.status if lags else found.status,
        raw_status=known.raw_status if lags else found.raw_status,
        fulfillment_ids=known.fulfillment_ids,
        found_by=known.found_by,
        lines=known.lines if found.lines is None else found.lines,
        tracking=(*kept, *found.tracking) if kept else found.tracking,
        ordered_at=found.ordered_at or known.ordered_at,
    )


def with_cancellations(
    record: SyncRecord, *, ours: Collection[str], by_person: Collection[str], unwanted: Mapping[str, int]
) -> SyncRecord:
    """The record with lines that say what became of the pieces of its cancelled supplier orders.

    Args:
        ours: numbers of the orders that we asked the supplier to cancel.
        by_person: numbers of those that a person had us ask for.
        unwanted: pieces by line id that the shop does not want any more, for what the supplier cancelled by itself.
    """
    gone = {o.order_number for o in record.supplier_orders if o.status is SupplierOrderStatus.CANCELLED}
    hand = bool(gone & set(by_person))
    wished = hand or gone <= set(ours)
    if not gone or (record.key.mode is Mode.TEST and not wished):  # S&S cancels test orders by itself
        return record
    lines = after_cancellation(record, None if wished else unwanted, by_person=hand)
    if lines == record.lines:
        return record
    lost = () if hand else lost_lines(record.lines, lines)
    if lost and not active(record.supplier_orders):
        return record  # the supplier cancelled all of it: see concluded
    settled = replace(record, lines=lines)
    if not lost:
        return settled
    names = "; ".join(f"{line.sku}: {line.reason}" for line in lost[:5])
    hold = Hold(
        "part_cancelled_at_supplier",
        f"The supplier cancelled a part of PO {record.po_number}: {names}.",
        "Order the missing pieces elsewhere, or refund them in the shop; then order-sync orders skip.",
    )
    return with_message(settled, hold)


def concluded(record: SyncRecord, *, told: bool = False) -> SyncRecord:
    """The record in the state that its supplier orders show.

    Args:
        told: the shop was just told what it lacks. Only then is a share completed: nobody looks at it afterwards.
    """
    standing = active(record.supplier_orders)
    if record.reason_code == "shop_not_told" and standing:
        return record
    kept: dict[str, object] = {"due_at": record.due_at}
    if record.reason_code in STANDING_REASONS:
        kept |= {name: getattr(record, name) for name in ("reason", "reason_code", "next_action", "act_by")}
    if not standing:
        return _all_cancelled(record)
    shipped = [each for each in standing if has_shipped(each)]
    if not shipped:
        return record.move(record.state, **kept)
    if len(shipped) < len(standing):
        part = f"{len(shipped)} of {len(standing)} supplier orders are shipped."
        return record.move(State.SHIPPED, **({"reason": part, "reason_code": "partly_shipped"} | kept))
    if short := _short_shipped(standing):
        more = {} if record.reason_code in STANDING_REASONS else _unless_settled(record, short)
        return record.move(State.SHIPPED, **(kept | more))
    if told and all(each.tracking for each in standing) and (record.key.mode is Mode.TEST or _shop_knows(record)):
        return record.move(State.COMPLETED, **(kept | {"due_at": None}))
    return record.move(State.SHIPPED, **kept)


def _shop_knows(record: SyncRecord) -> bool:
    """Whether nothing is left to tell: a manual share's fulfillment exists, an auto share's orders are written."""
    if record.reason_code == "not_writable":
        return False
    return bool(record.fulfillment_id) or all(each.fulfillment_ids for each in active(record.supplier_orders))


def _short_shipped(orders: tuple[SupplierOrder, ...]) -> dict[str, object]:
    missing = [
        f"{line.sku}: {line.shipped_quantity} of {line.quantity}"
        for each in orders
        for line in each.lines or ()
        if line.shipped_quantity is not None and line.shipped_quantity < line.quantity
    ]
    if not missing:
        return {}
    return {
        "reason_code": "short_shipped",
        "reason": f"The supplier shipped less than ordered: {'; '.join(missing)}.",
        "next_action": "Order the missing pieces elsewhere, or refund them in the shop.",
    }


def _unless_settled(record: SyncRecord, asked: dict[str, object]) -> dict[str, object]:
    """What is asked of a person; as it stands when one has seen to that very thing already."""
    settled = record.reason_code == asked["reason_code"] and not record.next_action
    if settled and record.reason.startswith(str(asked["reason"])):
        return {"reason_code": record.reason_code, "reason": record.reason}
    return asked


def _all_cancelled(record: SyncRecord) -> SyncRecord:
    if not bought_pieces_by_line(record.lines) and record.lines:
        return _withdrawn(record)
    if record.key.mode is Mode.TEST:
        return record.move(State.COMPLETED, reason="Test order; the supplier cancelled it, as it does with tests.")
    if record.reason_code in AFTER_PURCHASE:
        return record.move(State.CANCELLED, reason="Not wanted in the shop any more, and cancelled at the supplier.")
    asked: dict[str, object] = {
        "reason_code": "cancelled_at_supplier",
        "reason": f"The supplier cancelled PO {record.po_number} after it was placed.",
        "next_action": "Ask the supplier why, and buy the goods elsewhere or refund the order.",
    }
    return record.move(record.state, **_unless_settled(record, asked))


def _withdrawn(record: SyncRecord) -> SyncRecord:
    by_hand = any(line.outcome is LineOutcome.SKIPPED for line in record.lines)
    numbers = ", ".join(order.order_number for order in record.supplier_orders)
    told = any(order.fulfillment_ids for order in record.supplier_orders)
    return record.move(
        State.CANCELLED,
        reason_code="cancelled_by_hand" if by_hand else "withdrawn",
        reason=f"The supplier cancelled order {numbers}{' by hand' if by_hand else '; it is not wanted any more'}."
        + (" The shop shows it as fulfilled: cancel that fulfillment there." if told else ""),
    )
