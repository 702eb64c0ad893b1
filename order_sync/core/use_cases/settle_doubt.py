"""Settling a purchase whose answer never came: look it up before anything is sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from order_sync.core.errors import AuthenticationError, MalformedResponseError, OrderSyncError, ServiceError
from order_sync.core.model.purchase_order import Mode, PoNumber, PurchaseOrderLine
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.policies.allocate import active, allocate, as_bought, covers, exceeds
from order_sync.core.policies.plan import merge
from order_sync.core.policies.retry import delay, follow_at
from order_sync.core.ports import Attempt
from order_sync.core.use_cases.context import ConnectionContext, Desk

MAX_SENDS = 12
"""A purchase that was sent this often, and provably never arrived, is held.

Where three sends in ten go wrong, six would hold one order in 1,400 by mere chance, twelve one in two million.
"""
_LOOK_UP_CAP_S = 900.0


def settle_doubt(ctx: ConnectionContext, desk: Desk, record: SyncRecord) -> SyncRecord:
    """Look a submitting or in-doubt record up at the supplier and store what that shows.

    Found → placed. Nothing found → still in doubt until the settling time has passed and a second look, one
    settling time later, agrees; only then planned again, to be sent with the same PO number. A question that
    could not be asked proves nothing.

    Raises:
        AuthenticationError: after storing that the look-up is owed.
    """
    if record.state is State.SUBMITTING:
        record = _into_doubt(desk, record)
    if not ctx.gateway.capabilities.find_by_po:
        return _hand_over(desk, record)
    started = desk.clock.now()
    try:
        found = _found(ctx, record)
    except ServiceError as exc:
        attempt = desk.attempt("look_up", started, f"could not ask: {exc.code}", exc)
        stored = desk.save(_ask_again(desk, record, exc), record, attempt)
        if isinstance(exc, AuthenticationError):
            raise
        return stored
    return _conclude(ctx, desk, record, found, desk.attempt("look_up", started, f"found {len(found)}"))


def _found(ctx: ConnectionContext, record: SyncRecord) -> tuple[SupplierOrder, ...]:
    try:
        return ctx.gateway.find_by_po_number(PoNumber(record.po_number or ""))
    except OrderSyncError:
        raise
    except Exception as exc:  # a plugin's bug is no answer either
        raise MalformedResponseError(f"the supplier plugin failed with {type(exc).__name__}") from exc


def _into_doubt(desk: Desk, record: SyncRecord) -> SyncRecord:
    """A submitting record found by a new claim: whoever sent it died or lost its claim without an answer."""
    now = desk.clock.now()
    doubted = record.move(
        State.IN_DOUBT,
        reason_code="interrupted",
        reason="The purchase was being sent when the work was interrupted; the supplier is asked.",
        doubt_since=now,
        absent_since=None,
        due_at=now,
    )
    return desk.save(doubted, record)


def _conclude(
    ctx: ConnectionContext,
    desk: Desk,
    record: SyncRecord,
    found: tuple[SupplierOrder, ...],
    attempt: Attempt,
) -> SyncRecord:
    now = desk.clock.now()
    settle = timedelta(seconds=ctx.gateway.settle_s)
    settled_at = (record.doubt_since or now) + settle
    purchase = merge(record.lines)
    standing = active(found)
    if standing and (covers(purchase, standing) or now >= settled_at):
        return desk.save(adopted(record, purchase, found, now), record, attempt)
    if standing:
        return desk.save(_still(record, settled_at, "part of it shows at the supplier already"), record, attempt)
    if found and record.key.mode is Mode.TEST:  # S&S cancels test orders by itself within 10 minutes
        return desk.save(adopted(record, purchase, found, now), record, attempt)
    if found:
        return desk.save(cancelled_there(record, found), record, attempt)
    if now < settled_at:
        return desk.save(_still(record, settled_at, "it does not show at the supplier yet"), record, attempt)
    if record.absent_since is None:
        first = _still(record, now + settle, "it does not show at the supplier; asked once more")
        return desk.save(replace(first, absent_since=now), record, attempt)
    if now < record.absent_since + settle:
        again_at = record.absent_since + settle
        return desk.save(_still(record, again_at, "it does not show at the supplier; asked once more"), record, attempt)
    return desk.save(_absent(record, now), record, attempt)


ANSWER_LOST = "The answer to the purchase was lost; the order was found by its PO number and not sent again."


def adopted(
    record: SyncRecord,
    purchase: tuple[PurchaseOrderLine, ...],
    found: tuple[SupplierOrder, ...],
    now: datetime,
    *,
    reason: str = ANSWER_LOST,
) -> SyncRecord:
    """The record as placed with the orders that were found under its PO number."""
    standing = active(found)
    placed = record.move(
        State.PLACED,
        # nothing stands of a cancelled test order; it was bought whole, and cancelled as tests are
        lines=allocate(record.lines, standing) if standing else as_bought(record.lines),
        supplier_orders=found,
        due_at=follow_at(now, now),
        doubt_since=None,
        absent_since=None,
        attempts=0,
        reason=reason,
    )
    if exceeds(purchase, standing):
        return replace(
            placed,
            reason_code="duplicate_at_supplier",
            reason=f"The supplier has more under PO {record.po_number} than was ordered.",
            next_action="Cancel the surplus order at the supplier; S&S allows that for 10 minutes.",
        )
    return with_shortage(placed)


def with_shortage(placed: SyncRecord) -> SyncRecord:
    """The placed record, asking for a person when a line was not bought in full."""
    short = [line for line in placed.lines if line.outcome == "short"]
    if not short:
        return placed
    names = "; ".join(f"{line.sku}: {line.reason}" for line in short[:5])
    return replace(
        placed,
        reason_code="short",
        reason=f"Not everything could be bought: {names}.",
        next_action="Order the missing pieces elsewhere, or refund them in the shop.",
    )


def _still(record: SyncRecord, due_at: datetime, what: str) -> SyncRecord:
    return record.move(
        State.IN_DOUBT,
        reason_code=record.reason_code or "no_answer",
        reason=f"In doubt whether PO {record.po_number} was placed: {what}.",
        next_action="Nothing to do yet: it is looked up again by itself; it is not sent twice.",
        due_at=due_at,
        attempts=0,
    )


def _ask_again(desk: Desk, record: SyncRecord, exc: ServiceError) -> SyncRecord:
    attempts = record.attempts + 1
    now = desk.clock.now()
    wait = delay(attempts, record.key.order_id, cap_s=_LOOK_UP_CAP_S)
    if exc_wait := getattr(exc, "retry_after_s", None):
        wait = max(wait, timedelta(seconds=exc_wait))
    return replace(
        _still(record, now + wait, f"the supplier could not be asked ({exc.message})"),
        attempts=attempts,
        next_action=exc.next_step or "It is looked up again by itself; it is not sent twice.",
    )


def cancelled_there(record: SyncRecord, found: tuple[SupplierOrder, ...]) -> SyncRecord:
    """The record held, because a cancelled order is not absence."""
    return record.move(
        State.HELD,
        reason_code="cancelled_at_supplier",
        reason=f"The supplier has PO {record.po_number}, but cancelled.",
        next_action="Ask the supplier why; then order-sync orders retry to buy again, or order-sync orders skip.",
        supplier_orders=found,
        doubt_since=None,
        absent_since=None,
    )


def _absent(record: SyncRecord, now: datetime) -> SyncRecord:
    if record.sends >= MAX_SENDS:
        return record.unsent().move(
            State.HELD,
            reason_code="gave_up",
            reason=f"PO {record.po_number} was sent {record.sends} times and never arrived at the supplier.",
            next_action="Look whether the supplier works; then order-sync orders retry.",
        )
    return record.unsent().move(
        State.PLANNED,
        reason_code="absent",
        reason=f"The supplier has no PO {record.po_number}; it is sent again with the same number.",
        due_at=now + (delay(record.sends, record.key.order_id, base_s=2) if record.sends > 1 else timedelta()),
        attempts=0,
    )


def _hand_over(desk: Desk, record: SyncRecord) -> SyncRecord:
    """A supplier without look-up: never sent again by itself."""
    handed = record.move(
        State.IN_DOUBT,
        reason_code="cannot_look_up",
        reason=f"Nobody knows whether PO {record.po_number} was placed, and this supplier cannot be asked.",
        next_action="Look for the PO number at the supplier. Not there: order-sync orders release sends it again. "
        "There: order-sync orders skip closes it.",
    )
    return desk.save(handed, record)
