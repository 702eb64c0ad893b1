"""How many pieces of each line a share may still buy, and why not more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from order_sync.core.model.order import (
    Fulfillment,
    FulfillmentStatus,
    FulfillmentWork,
    LineItem,
    Order,
    WorkStatus,
)
from order_sync.core.model.sync_record import CLAIMING, LineOutcome, SyncRecord

_STANDING = (FulfillmentStatus.SUCCESS, FulfillmentStatus.PENDING)


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line of the order and the pieces of it that a share wants to buy; ``reason`` explains the others."""

    line: LineItem
    quantity: int
    reason: str = ""


def current_quantity(line: LineItem) -> int:
    """Pieces that the customer still wants: without refunded and removed ones, whichever count is lower."""
    return max(0, min(line.current_quantity, line.quantity - line.refunded_quantity))


def wanted_lines(order: Order, fulfillment: Fulfillment | None, taken: Mapping[str, int]) -> tuple[WantedLine, ...]:
    """Every line of the order, with the pieces that the share wants.

    Args:
        fulfillment: the share's fulfillment, or None for the whole order (auto mode).
        taken: pieces by line id that other shares bought, or may have bought.
    """
    fulfilled = _fulfilled(order)
    remaining = _remaining_work(order.work)
    marked = Counter[str]()
    for part in fulfillment.lines if fulfillment else ():
        marked[part.line_id] += part.quantity
    wanted = []
    for line in order.lines:
        if fulfillment is not None:
            base = marked[line.line_id]
            outside = current_quantity(line) - base
            share = f"{outside} of {line.quantity} " if base else ""
            why_base = f"{share}not part of fulfillment {fulfillment.name}" if outside > 0 or not base else ""
            other = current_quantity(line) - taken.get(line.line_id, 0)
        else:
            base = current_quantity(line)
            why_base = ""
            other = min(
                _open(line, fulfilled[line.line_id], remaining.get(line.line_id)),
                base - taken.get(line.line_id, 0),
            )
        wanted.append(_wanted(line, base, max(0, min(base, other)), taken.get(line.line_id, 0), why_base))
    return tuple(wanted)


def _wanted(line: LineItem, base: int, quantity: int, taken: int, why_base: str) -> WantedLine:
    if line.is_gift_card:
        return WantedLine(line, 0, "gift card: nothing to ship")
    if line.quantity and current_quantity(line) == 0:
        return WantedLine(line, 0, "refunded or removed in the shop")
    if not line.requires_shipping:
        return WantedLine(line, 0, "needs no shipping (a tip, a service or a digital item)")
    reasons = [why_base] if why_base else []
    gone = line.quantity - current_quantity(line)
    if gone and base:
        reasons.append(f"{gone} of {line.quantity} refunded or removed in the shop")
    if quantity < base and taken:
        reasons.append(f"{min(taken, base)} already bought for another share of this order")
    elif quantity < base:
        reasons.append(f"{base - quantity} already fulfilled, or nothing left to fulfil, in the shop")
    if quantity == 0 and not reasons:
        reasons.append("nothing of it is left to buy")
    return WantedLine(line, quantity, "; ".join(reasons))


def _open(line: LineItem, fulfilled: int, remaining_work: int | None) -> int:
    """Pieces not fulfilled yet.

    Sources disagree on purpose, so the lowest counts: what is unfulfilled, what is wanted less what was
    fulfilled (pieces that came back do not count as fulfilled twice), and the shop's own remaining work,
    where it is shown. Shopify Admin API 2026-10: LineItem.currentQuantity, .unfulfilledQuantity,
    FulfillmentOrderLineItem.remainingQuantity, RefundLineItem.restockType.
    """
    current = current_quantity(line)
    counts = [current, line.unfulfilled_quantity, current - fulfilled + line.returned_quantity]
    if remaining_work is not None:
        counts.append(remaining_work)
    return max(0, min(counts))


def _fulfilled(order: Order) -> Counter[str]:
    pieces = Counter[str]()
    for fulfillment in order.fulfillments:
        if fulfillment.status in _STANDING:
            for part in fulfillment.lines:
                pieces[part.line_id] += part.quantity
    return pieces


def _remaining_work(work: tuple[FulfillmentWork, ...]) -> dict[str, int]:
    """Remaining pieces by line id, only for lines that appear in some work shown to us."""
    remaining: dict[str, int] = {}
    for piece in work:
        for part in piece.lines:
            counts = piece.status not in (WorkStatus.CLOSED, WorkStatus.CANCELLED)
            remaining[part.line_id] = remaining.get(part.line_id, 0) + (part.remaining_quantity if counts else 0)
    return remaining


def taken_by_others(records: tuple[SyncRecord, ...], record: SyncRecord) -> Counter[str]:
    """Pieces by line id that other shares of the same order and mode bought, or may have bought."""
    pieces = Counter[str]()
    for other in records:
        if other.key == record.key or other.key.mode is not record.key.mode or other.state not in CLAIMING:
            continue
        for line in other.lines:
            if line.outcome in (LineOutcome.TO_BUY, LineOutcome.BOUGHT, LineOutcome.SHORT):
                pieces[line.line_id] += line.quantity
    return pieces
