"""Taking back at the supplier what the shop no longer wants. Its answer is believed, never assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from order_sync.core.errors import (
    AuthenticationError,
    OrderSyncError,
    OutcomeUnknownError,
    ServiceError,
    TransientError,
)
from order_sync.core.model.order import Order, ShopSku
from order_sync.core.model.purchase_order import PoNumber
from order_sync.core.model.supplier_order import SupplierOrderStatus
from order_sync.core.model.sync_record import BOUGHT, TERMINAL, RecordKey, SyncRecord
from order_sync.core.policies.alarms import with_message
from order_sync.core.policies.allocate import active
from order_sync.core.policies.conclude import concluded, merged, with_cancellations
from order_sync.core.policies.retry import delay
from order_sync.core.policies.withdraw import (
    ACT_WITHIN,
    AFTER_PURCHASE,
    Unwanted,
    cancelled,
    mark,
    may_cancel,
    task,
    to_cancel,
    unwanted,
    wanted_of,
)
from order_sync.core.use_cases.context import ConnectionContext, Desk
from order_sync.core.use_cases.look_up_items import look_up_items

TOLD = "task"
"""Kind of attempt by which a record remembers what a person was told; the outcome is the mark."""
_ASKED = "asked to cancel"
_ASKED_BY_PERSON = "asked by a person to cancel"


def withdraw_unwanted(ctx: ConnectionContext, desk: Desk, order: Order) -> None:
    """Cancel at the supplier what is not wanted any more, as far as it lets us; the rest is told to a person.

    Raises:
        AuthenticationError: after storing what is owed.
    """
    for key in [r.key for r in desk.records() if r.state in BOUGHT - TERMINAL]:
        found = unwanted(order, desk.records()).get(key)
        record = _settled(desk, _record(desk, key), found)
        if found is None or record.state in TERMINAL:
            continue
        numbers = _numbers_to_cancel(ctx, desk, record, found)
        if numbers:
            record, settled = cancel_orders(ctx, desk, record, numbers)
            if not settled:
                continue
        left = unwanted(order, desk.records()).get(key)
        if left is not None:
            tell_task(desk, _record(desk, key), left, ctx.gateway.capabilities.contact)


def _settled(desk: Desk, record: SyncRecord, found: Unwanted | None) -> SyncRecord:
    """Who asked for a cancellation may have died before its answer was taken into account."""
    settled = settle_cancelled(desk, record, found.pieces if found else {})
    return record if settled == record else desk.save(concluded(settled), record)


def _record(desk: Desk, key: RecordKey) -> SyncRecord:
    return next(record for record in desk.records() if record.key == key)


def _numbers_to_cancel(ctx: ConnectionContext, desk: Desk, record: SyncRecord, found: Unwanted) -> tuple[str, ...]:
    if not may_cancel(record, found, ctx.gateway.capabilities, desk.clock.now()):
        return ()
    whole, partly = to_cancel(record, found.pieces)
    if partly and _can_be_bought_again(ctx, record, partly, found):
        return (*whole, *partly)
    return whole


def _can_be_bought_again(ctx: ConnectionContext, record: SyncRecord, numbers: tuple[str, ...], found: Unwanted) -> bool:
    """Whether the supplier shows enough of what would have to be bought again: else less is lost by a phone call."""
    skus = {line.line_id: (ShopSku(line.sku), line.supplier_sku) for line in record.lines}
    again = wanted_of(record, numbers, found.pieces)
    if not ctx.settings.enabled or ctx.paused() is not None:
        return False
    try:
        items = look_up_items(ctx, [skus[line_id][0] for line_id in again], fresh=True)
    except ServiceError:
        return False
    for line_id, count in again.items():
        item = items.get(skus[line_id][0])
        if item is None or item.in_stock is None or item.in_stock < count:
            return False
    return True


def cancel_orders(
    ctx: ConnectionContext, desk: Desk, record: SyncRecord, numbers: tuple[str, ...], *, by_person: bool = False
) -> tuple[SyncRecord, bool]:
    """Ask the supplier to cancel orders of a record; returns it as stored, and whether all that is known.

    That it is asked is stored first: whoever dies afterwards leaves a trace, so that an order which turns out to be
    cancelled is known to be so by our own wish.

    Raises:
        AuthenticationError: after storing that the answer is owed.
    """
    now = desk.clock.now()
    asks = _ASKED_BY_PERSON if by_person else _ASKED
    for number in numbers:
        record = desk.save(replace(record, due_at=now), record, desk.attempt("cancel", now, f"{asks} {number}"))
    unclear = False
    refused: AuthenticationError | None = None
    for number in numbers:
        started = desk.clock.now()
        try:
            shown = ctx.gateway.cancel_order(number)
        except (TransientError, AuthenticationError) as exc:
            refused = exc if isinstance(exc, AuthenticationError) else refused
            unclear = True
            record = desk.save(record, record, desk.attempt("cancel", started, f"not asked {number}", exc))
            continue
        except ServiceError as exc:
            outcome = "no answer" if isinstance(exc, OutcomeUnknownError) else "refused"
            record = desk.save(record, record, desk.attempt("cancel", started, f"{outcome} {number}", exc))
            continue
        except OrderSyncError:
            raise
        except Exception as exc:  # a plugin's bug is no answer
            attempt = desk.attempt("cancel", started, f"plugin failed with {type(exc).__name__} {number}")
            record = desk.save(record, record, attempt)
            continue
        if shown is not None and shown.status is SupplierOrderStatus.CANCELLED:
            orders = cancelled(record.supplier_orders, shown)
            attempt = desk.attempt("cancel", started, f"cancelled {number}")
            record = desk.save(replace(record, supplier_orders=orders), record, attempt)
        else:
            record = desk.save(record, record, desk.attempt("cancel", started, f"not cancelled {number}"))
    record, known = _look_up(ctx, desk, record, numbers)
    settled = known and not unclear
    record = desk.save(concluded(settle_cancelled(desk, record, {})), record)
    if not settled:
        attempts = record.attempts + 1
        wait = min(delay(attempts, record.key.order_id, base_s=2), timedelta(seconds=30))
        later = replace(record, attempts=attempts, due_at=desk.clock.now() + wait)
        record = record if record.state in TERMINAL else desk.save(later, record)
    elif record.attempts:
        record = desk.save(replace(record, attempts=0), record)
    if refused is not None:
        raise refused
    return record, settled


def _look_up(
    ctx: ConnectionContext, desk: Desk, record: SyncRecord, numbers: tuple[str, ...]
) -> tuple[SyncRecord, bool]:
    """The record with what the supplier shows now, where an answer left that open; whether it could be asked."""
    open_orders = {o.order_number for o in active(record.supplier_orders)}
    if not open_orders & set(numbers) or not ctx.gateway.capabilities.find_by_po:
        return record, True
    started = desk.clock.now()
    try:
        found = ctx.gateway.find_by_po_number(PoNumber(record.po_number or ""))
    except ServiceError as exc:
        attempt = desk.attempt("look_up", started, f"could not ask: {exc.code}", exc)
        return desk.save(record, record, attempt), False
    orders = merged(record.supplier_orders, found)
    attempt = desk.attempt("look_up", started, f"found {len(found)}")
    return desk.save(replace(record, supplier_orders=orders), record, attempt), True


def settle_cancelled(desk: Desk, record: SyncRecord, pieces: Mapping[str, int]) -> SyncRecord:
    """The record with what its cancelled supplier orders mean, not yet stored.

    Args:
        pieces: by line id, what the shop does not want any more.
    """
    if len(active(record.supplier_orders)) == len(record.supplier_orders):
        return record
    asked = [a.outcome for a in desk.ledger.attempts(record.key) if a.kind == "cancel"]
    by_person = {text.rpartition(" ")[2] for text in asked if text.startswith(_ASKED_BY_PERSON)}
    ours = {text.rpartition(" ")[2] for text in asked if text.startswith(_ASKED)}
    return with_cancellations(record, ours=ours, by_person=by_person, unwanted=pieces)


def tell_task(desk: Desk, record: SyncRecord, found: Unwanted, contact: str) -> SyncRecord:
    """Tell a person, once for the same pieces."""
    hold = task(record, found, contact)
    told = mark(hold, found.pieces)
    if any(a.kind == TOLD and a.outcome == told for a in desk.ledger.attempts(record.key)):
        return record
    now = desk.clock.now()
    bare = record
    if record.reason_code in AFTER_PURCHASE:  # what was asked before is asked anew, for more pieces
        bare = replace(record, reason_code="", reason="", next_action="")
    asked = replace(with_message(bare, hold), act_by=now + ACT_WITHIN)
    return desk.save(asked, record, desk.attempt(TOLD, now, told))
