"""What a shop no longer wants of what was bought, and what cancelled supplier orders mean for the lines. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from order_sync.core.model.order import FulfillmentStatus, Order
from order_sync.core.model.supplier_order import Capabilities, SupplierOrder
from order_sync.core.model.sync_record import BOUGHT, TERMINAL, LineOutcome, RecordKey, RecordLine, SyncRecord
from order_sync.core.policies.allocate import active, pieces_by_sku
from order_sync.core.policies.plan import Hold
from order_sync.core.policies.quantities import current_quantity
from order_sync.core.policies.trigger import OVER
from order_sync.core.policies.write_back import bought_pieces_by_line, has_shipped, pieces_of

WINDOW_SLACK = timedelta(minutes=1)
"""Clocks differ: so long after the window a cancellation is still tried. Only its answer is believed."""
ACT_WITHIN = timedelta(hours=4)
"""A supplier ships the same day, so a person who is to call has a few hours."""


class Cause(StrEnum):
    """Why pieces that were bought are not wanted any more."""

    CANCELLED = "cancelled"  # the order was cancelled in the shop, or its money given back
    REFUNDED = "refunded"  # pieces of it were
    REMOVED = "removed"  # an edit took them off the order
    UNMARKED = "unmarked"  # manual mode: the fulfillment that asked for them was cancelled


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Pieces by line id of one record that were bought, did not ship, and are not wanted any more."""

    pieces: Mapping[str, int]
    cause: Cause


def unwanted(order: Order, records: Iterable[SyncRecord]) -> dict[RecordKey, Unwanted]:
    """What is not wanted of each bought record; the newest purchases give way first."""
    found: dict[RecordKey, Unwanted] = {}
    all_records = tuple(records)
    for mode in dict.fromkeys(record.key.mode for record in all_records):
        mine = [r for r in all_records if r.key.mode is mode and r.state in BOUGHT]
        bought, shipped = _sum(map(_bought, mine)), _sum(map(_shipped, mine))
        refunded, removed = _excess(order, bought, shipped)
        cause = Cause.CANCELLED if is_over(order) else Cause.REFUNDED
        for record in reversed(mine):
            open_pieces = _bought(record) - _shipped(record)
            if record.state in TERMINAL or not open_pieces:
                continue
            by_refund = open_pieces & refunded
            by_edit = (open_pieces - by_refund) & removed
            refunded, removed = refunded - by_refund, removed - by_edit
            if _is_unmarked(order, record, all_records):
                found[record.key] = Unwanted(open_pieces, Cause.UNMARKED)
            elif by_refund:
                found[record.key] = Unwanted(by_refund, cause)
            elif by_edit:
                found[record.key] = Unwanted(by_edit, Cause.REMOVED)
    return found


def is_over(order: Order) -> bool:
    """Whether nothing of the order is wanted any more."""
    return order.cancelled_at is not None or order.financial_status in OVER


def _excess(order: Order, bought: Counter[str], shipped: Counter[str]) -> tuple[Counter[str], Counter[str]]:
    """Pieces by line id beyond what the customer wants: by refunds and cancellations, and by edits alone.

    What has shipped went out before, or while, it was given back: that is a return, not a cancellation.
    """
    refunded, removed = Counter[str](), Counter[str]()
    for line_id, had in bought.items():
        line = order.line(line_id)
        paid_for = 0 if line is None or is_over(order) else max(0, line.quantity - line.refunded_quantity)
        kept = 0 if line is None or is_over(order) else current_quantity(line)
        if line is None and not is_over(order):
            paid_for = had  # a line that is gone was edited away
        by_refund = max(0, had - max(paid_for, shipped[line_id]))
        refunded[line_id] = by_refund
        removed[line_id] = max(0, had - max(kept, shipped[line_id])) - by_refund
    return refunded, removed


def _is_unmarked(order: Order, record: SyncRecord, records: Iterable[SyncRecord]) -> bool:
    """Whether the merchant took the mark back, and did not set it again for the same pieces."""
    if not record.fulfillment_id:
        return False
    mark = next((f for f in order.fulfillments if f.fulfillment_id == record.fulfillment_id), None)
    if mark is None or mark.status is not FulfillmentStatus.CANCELLED:
        return False
    others = {r.fulfillment_id for r in records if r.key != record.key}
    return not any(
        f.status is FulfillmentStatus.SUCCESS
        and f.fulfillment_id not in others
        and _bought(record) <= _sum([Counter({part.line_id: part.quantity}) for part in f.lines])
        for f in order.fulfillments
    )


def _bought(record: SyncRecord) -> Counter[str]:
    return bought_pieces_by_line(record.lines)


def _shipped(record: SyncRecord) -> Counter[str]:
    gone = (o for o in active(record.supplier_orders) if has_shipped(o))
    return _sum(pieces_of(record.lines, record.supplier_orders, each) for each in gone)


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total = Counter[str]()
    for each in counters:
        total += each
    return total


# ---------------------------------------------------------------------- cancelling


def may_cancel(record: SyncRecord, found: Unwanted, capabilities: Capabilities, now: datetime) -> bool:
    """Whether a cancellation at the supplier is tried. Pieces that an edit took off are left to a person."""
    if not capabilities.cancel or found.cause is Cause.REMOVED:
        return False
    if capabilities.cancel_window_s is None:
        return True
    return now <= cancellable_until(record, capabilities.cancel_window_s) + WINDOW_SLACK


def cancellable_until(record: SyncRecord, window_s: float) -> datetime:
    """Until when the supplier cancels; its own time of the order counts, and ours when that is later."""
    placed = [o.ordered_at for o in active(record.supplier_orders) if o.ordered_at]
    placed += [moment for moment in (record.intent_at, record.created_at) if moment][:1]
    assert placed, "a bought record has an intent"
    return max(placed) + timedelta(seconds=window_s)


def to_cancel(record: SyncRecord, pieces: Mapping[str, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers of supplier orders that hold only these pieces, and of those that hold some of the rest of them.

    A supplier order is cancelled as a whole or not at all.
    """
    left = Counter(pieces)
    open_orders = [o for o in active(record.supplier_orders) if not has_shipped(o)]
    held = {o.order_number: pieces_of(record.lines, record.supplier_orders, o) for o in open_orders}
    whole, partly = [], []
    for order in reversed(open_orders):
        mine = held[order.order_number]
        if mine and mine <= left:
            whole.append(order.order_number)
            left -= mine
    for order in reversed(open_orders):
        mine = held[order.order_number]
        if order.order_number not in whole and mine & left:
            partly.append(order.order_number)
            left -= mine
    return tuple(whole), tuple(partly)


def wanted_of(record: SyncRecord, numbers: Collection[str], pieces: Mapping[str, int]) -> Counter[str]:
    """Pieces by line id in these supplier orders that are still wanted: to be bought again when they are cancelled."""
    held = _sum(
        pieces_of(record.lines, record.supplier_orders, order)
        for order in record.supplier_orders
        if order.order_number in numbers
    )
    return held - Counter(pieces)


# ---------------------------------------------------------------------- what a cancellation means


def after_cancellation(
    record: SyncRecord, free: Mapping[str, int] | None, *, by_person: bool = False
) -> tuple[RecordLine, ...]:
    """The record's lines without the pieces of its cancelled supplier orders.

    Args:
        free: pieces by line id that nobody wants any more (None: all of them): they may be bought again when they are
            wanted again. The others were cancelled by the supplier, and are a person's to see to.
        by_person: somebody had it cancelled by hand: the pieces are given up, and not bought again by themselves.
    """
    bought = Counter[str]()
    for line in record.lines:
        if line.supplier_sku and line.outcome in (LineOutcome.BOUGHT, LineOutcome.SHORT):
            bought[line.supplier_sku] += line.quantity
    standing = active(record.supplier_orders)
    have = pieces_by_sku(standing, bought)
    if have is None or len(standing) == len(record.supplier_orders):
        return record.lines
    missing = bought - have
    settled = []
    for line in reversed(record.lines):
        gone = 0
        if line.outcome in (LineOutcome.BOUGHT, LineOutcome.SHORT):
            gone = min(line.quantity, missing[line.supplier_sku])
            missing[line.supplier_sku] -= gone
        freed = gone if free is None else min(gone, free.get(line.line_id, 0))
        settled.append(_without(line, gone, 0 if by_person else freed, by_person=by_person) if gone else line)
    return tuple(reversed(settled))


def _without(line: RecordLine, gone: int, freed: int, *, by_person: bool) -> RecordLine:
    lost = gone - freed
    who = "by hand" if by_person else "by the supplier"
    parts = [line.reason]
    if freed:
        parts.append(f"{freed} cancelled at the supplier, because they are not wanted any more")
    if lost:
        parts.append(f"{lost} cancelled {who}")
    reason = "; ".join(part for part in parts if part)
    rest = line.quantity - gone
    wanted = max(line.wanted, line.quantity) - freed
    if lost and by_person and not rest:
        return replace(line, quantity=gone, wanted=wanted, outcome=LineOutcome.SKIPPED, reason=reason)
    if lost:
        return replace(line, quantity=rest, wanted=wanted, outcome=LineOutcome.SHORT, reason=reason)
    if not rest and line.outcome is LineOutcome.BOUGHT:
        return replace(line, quantity=gone, wanted=0, outcome=LineOutcome.CANCELLED, reason=reason)
    return replace(line, quantity=rest, wanted=wanted, reason=reason)


def lost_lines(before: Iterable[RecordLine], after: Iterable[RecordLine]) -> tuple[RecordLine, ...]:
    """The lines that have fewer pieces now through no wish of the shop."""
    known = {line.line_id: line for line in before}
    return tuple(
        line for line in after if line.outcome is LineOutcome.SHORT and line.quantity < known[line.line_id].quantity
    )


# ---------------------------------------------------------------------- telling a person

_TOLD = {
    Cause.CANCELLED: ("cancelled_after_purchase", "The order was cancelled, or refunded in full, in the shop"),
    Cause.REFUNDED: ("refunded_after_purchase", "{what} were refunded in the shop"),
    Cause.REMOVED: ("removed_after_purchase", "{what} were taken off the order in the shop"),
    Cause.UNMARKED: ("unmarked_after_purchase", "The fulfillment was cancelled in the shop"),
}
AFTER_PURCHASE = frozenset(code for code, _ in _TOLD.values())
"""Reason codes of tasks about pieces that are not wanted any more."""


def task(record: SyncRecord, found: Unwanted, contact: str) -> Hold:
    """What a person must do about pieces that could not be cancelled."""
    code, text = _TOLD[found.cause]
    what = in_words(record.lines, found.pieces)
    numbers = ", ".join(o.order_number for o in active(record.supplier_orders) if not has_shipped(o))
    bought_at = f" on {record.intent_at:%Y-%m-%d %H:%M} UTC" if record.intent_at else ""
    told = [f for o in record.supplier_orders for f in o.fulfillment_ids]
    return Hold(
        code,
        f"{text.format(what=what)} after PO {record.po_number} was placed{bought_at}, and the supplier did not cancel "
        f"order {numbers} with {what}.",
        f"Call {contact} about order {numbers} (PO {record.po_number}) and have {what} cancelled or returned"
        f"{'; cancel the fulfillment in the shop too' if told else ''}. Then close this: order-sync orders skip.",
    )


def mark(hold: Hold, pieces: Mapping[str, int]) -> str:
    """By this a record remembers that a person was told of these pieces."""
    return f"{hold.code} {' '.join(f'{line}:{count}' for line, count in sorted(pieces.items()))}"[:255]


def in_words(lines: Iterable[RecordLine], pieces: Mapping[str, int]) -> str:
    """``2 × B00760004, 1 × B00760003``"""
    skus = {line.line_id: line.supplier_sku or line.sku or line.line_id for line in lines}
    return ", ".join(f"{count} × {skus.get(line_id, line_id)}" for line_id, count in sorted(pieces.items()) if count)


def cancelled(orders: Iterable[SupplierOrder], shown: SupplierOrder) -> tuple[SupplierOrder, ...]:
    """The orders, the one that the supplier shows as cancelled with what it costs now."""
    return tuple(
        replace(order, status=shown.status, total=shown.total, costs=shown.costs)
        if order.order_number == shown.order_number
        else order
        for order in orders
    )
