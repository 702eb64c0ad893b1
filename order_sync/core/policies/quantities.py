"""How many pieces of each line a share may still buy, and why not more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from order_sync.core.model.order import (
    Fulfillment,
    FulfillmentStatus,
    FulfillmentWork,
    LineItem,
    Order,
    WorkStatus,
)
from order_sync.core.model.sync_record import CLAIMING, LineOutcome, State, SyncRecord

_STANDING = (FulfillmentStatus.SUCCESS, FulfillmentStatus.PENDING)


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line of the order and the pieces of it that a share wants to buy; ``reason`` explains the others."""

    line: LineItem
    quantity: int
    reason: str = ""


@dataclass(frozen=True)
class Accounts:
    """Pieces by line id that the other shares of an order account for, in one mode.

    Attributes:
        had: bought, or maybe bought.
        told: of those, the pieces that the shop shows as fulfilled because of us.
        given_up: wanted once, and left to a person since: skipped, short, cancelled by hand.
        of_share: of ``had`` and ``given_up``, what earlier purchases for the very same share account for.
    """

    had: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    given_up: Mapping[str, int] = field(default_factory=dict)
    of_share: Mapping[str, int] = field(default_factory=dict)


NOTHING = Accounts()


def current_quantity(line: LineItem) -> int:
    """Pieces that the customer still wants: without refunded and removed ones, whichever count is lower."""
    return max(0, min(line.current_quantity, line.quantity - line.refunded_quantity))


def wanted_lines(order: Order, fulfillment: Fulfillment | None, accounts: Accounts = NOTHING) -> tuple[WantedLine, ...]:
    """Every line of the order, with the pieces that the share wants.

    Args:
        fulfillment: the share's fulfillment, or None for the whole order (auto mode).
        accounts: what the order's other shares account for.
    """
    fulfilled = _fulfilled(order)
    remaining = _remaining_work(order.work)
    marked = Counter[str]()
    for part in fulfillment.lines if fulfillment else ():
        marked[part.line_id] += part.quantity
    wanted = []
    for line in order.lines:
        had = accounts.had.get(line.line_id, 0)
        current = current_quantity(line)
        if fulfillment is not None:
            base = marked[line.line_id]
            outside = current - base
            share = f"{outside} of {line.quantity} " if base else ""
            why_base = f"{share}not part of fulfillment {fulfillment.name}" if outside > 0 or not base else ""
            other = min(current - had, base - accounts.of_share.get(line.line_id, 0))
        else:
            base = current
            why_base = ""
            other = _left_of_order(line, fulfilled[line.line_id], remaining.get(line.line_id), accounts)
        given_up = accounts.given_up.get(line.line_id, 0)
        wanted.append(_wanted(line, base, max(0, min(base, other)), had, given_up, why_base))
    return tuple(wanted)


def _left_of_order(line: LineItem, fulfilled: int, remaining_work: int | None, accounts: Accounts) -> int:
    """Pieces of a line that nobody supplied yet and nobody gave up.

    What we bought and the shop does not show as fulfilled yet is still open there, and must not be bought again.
    """
    had, told = accounts.had.get(line.line_id, 0), accounts.told.get(line.line_id, 0)
    by_merchant = max(0, fulfilled - line.returned_quantity - told)
    nobodys = current_quantity(line) - by_merchant - had - accounts.given_up.get(line.line_id, 0)
    return min(nobodys, _open(line, fulfilled, remaining_work) - max(0, had - told))


def _wanted(line: LineItem, base: int, quantity: int, taken: int, given_up: int, why_base: str) -> WantedLine:
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
    elif quantity < base and given_up:
        reasons.append(f"{min(given_up, base)} left to a person, as another share of this order says")
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
    return _pieces_of(f for f in order.fulfillments if f.status in _STANDING)


def _remaining_work(work: tuple[FulfillmentWork, ...]) -> dict[str, int]:
    """Remaining pieces by line id, only for lines that appear in some work shown to us."""
    remaining: dict[str, int] = {}
    for piece in work:
        for part in piece.lines:
            counts = piece.status not in (WorkStatus.CLOSED, WorkStatus.CANCELLED)
            remaining[part.line_id] = remaining.get(part.line_id, 0) + (part.remaining_quantity if counts else 0)
    return remaining


def accounts_of(order: Order, records: tuple[SyncRecord, ...], record: SyncRecord) -> Accounts:
    """What the other shares of the same order and mode account for."""
    standing = {f.fulfillment_id: f for f in order.fulfillments if f.status in _STANDING}
    had, told, given_up, of_share = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for other in records:
        if other.key == record.key or other.key.mode is not record.key.mode:
            continue
        mine = _had(other)
        left = _given_up(other) - _fulfilled_since(order, other)
        had += mine
        given_up += left
        if other.fulfillment_id == record.fulfillment_id:
            of_share += mine + left
        if other.fulfillment_id:
            told += mine if other.fulfillment_id in standing else Counter()
        else:
            ours = {each for o in other.supplier_orders for each in o.fulfillment_ids if each in standing}
            told += mine & _pieces_of(standing[each] for each in ours)
    return Accounts(had, told, given_up, of_share)


def taken_by_others(records: tuple[SyncRecord, ...], record: SyncRecord) -> Counter[str]:
    """Pieces by line id that other shares of the same order and mode bought, or may have bought."""
    pieces = Counter[str]()
    for other in records:
        if other.key != record.key and other.key.mode is record.key.mode:
            pieces += _had(other)
    return pieces


def _had(record: SyncRecord) -> Counter[str]:
    pieces = Counter[str]()
    for line in record.lines if record.state in CLAIMING else ():
        if line.outcome in (LineOutcome.TO_BUY, LineOutcome.BOUGHT, LineOutcome.SHORT):
            pieces[line.line_id] += line.quantity
    return pieces


def _given_up(record: SyncRecord) -> Counter[str]:
    """Pieces that were wanted, and that a person sees to: they are not bought by a later share."""
    pieces = Counter[str]()
    decided = record.state in CLAIMING | {State.CANCELLED} or record.reason_code == "skipped"
    for line in record.lines if decided else ():
        if line.outcome is LineOutcome.SKIPPED:
            pieces[line.line_id] += line.wanted or line.quantity
        elif line.outcome is LineOutcome.SHORT:
            pieces[line.line_id] += max(0, line.wanted - line.quantity)
    return pieces


def _fulfilled_since(order: Order, record: SyncRecord) -> Counter[str]:
    """Pieces that the merchant fulfilled by other means after the record was made: perhaps those that were given up."""
    if record.created_at is None:
        return Counter()
    ours = {record.fulfillment_id, *(each for o in record.supplier_orders for each in o.fulfillment_ids)}
    return _pieces_of(
        f
        for f in order.fulfillments
        if f.status in _STANDING
        and f.fulfillment_id not in ours
        and f.created_at is not None
        and f.created_at > record.created_at
    )


def _pieces_of(fulfillments: Iterable[Fulfillment]) -> Counter[str]:
    pieces = Counter[str]()
    for fulfillment in fulfillments:
        for part in fulfillment.lines:
            pieces[part.line_id] += part.quantity
    return pieces
