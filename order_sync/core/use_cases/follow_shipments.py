"""Following a bought share until it is shipped, and telling the shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from order_sync.core.errors import (
    AuthenticationError,
    MalformedResponseError,
    OrderSyncError,
    ServiceError,
    ServiceUnavailableError,
)
from order_sync.core.model.order import Order
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import BOUGHT, TERMINAL, State, SyncRecord
from order_sync.core.policies.alarms import with_message
from order_sync.core.policies.conclude import concluded, merged
from order_sync.core.policies.plan import Hold
from order_sync.core.policies.retry import delay, follow_at
from order_sync.core.policies.withdraw import in_words, unwanted
from order_sync.core.policies.write_back import (
    AlreadyWritten,
    CannotWrite,
    Create,
    UpdateTracking,
    WriteBack,
    next_write,
)
from order_sync.core.ports import Attempt, FulfillmentWrite
from order_sync.core.use_cases.context import ConnectionContext, Desk
from order_sync.core.use_cases.shipment_news import ShipmentNews
from order_sync.core.use_cases.withdraw_purchase import settle_cancelled

_MAX_WRITES = 50
_UNTOLD = ("shop_not_told", "not_writable")


def follow_shipments(
    ctx: ConnectionContext,
    desk: Desk,
    order: Order,
    record: SyncRecord,
    *,
    found: tuple[SupplierOrder, ...] | None = None,
) -> tuple[SyncRecord, Order | None]:
    """Bring a bought share up to date with what the supplier said, then tell the shop what it lacks.

    Test shares are followed, but never write to the shop. The record stays due until the shop is told: who dies in
    between must not leave that for tomorrow.

    Args:
        found: the supplier's orders, when it was asked just now.

    Returns:
        The record as stored, and the order as the shop shows it after what was written; None when a write may have
        been carried out or not: it must be read again before anything else is told.

    Raises:
        AuthenticationError: the shop refused the credentials; that it is owed is stored.
    """
    can_ask = ctx.gateway.capabilities.find_by_po
    next_at = record.due_at if can_ask else None
    if found is not None:
        record, next_at = _as_found(desk, record, found)
    pieces = unwanted(order, tuple(record if r.key == record.key else r for r in desk.records())).get(record.key)
    record = settle_cancelled(desk, record, pieces.pieces if pieces else {})
    if record.key.mode is Mode.LIVE:
        record, shown = _tell_shop(ctx, desk, order, record)
        if shown is None:
            return record, None
        order = shown
    attempts = record.attempts if found is None and can_ask else 0  # it may have failed to answer just now
    return desk.save(concluded(replace(record, due_at=next_at, attempts=attempts), told=True), record), order


def ask_supplier(
    ctx: ConnectionContext, desk: Desk, record: SyncRecord, news: ShipmentNews, *, alone: bool
) -> tuple[SupplierOrder, ...] | None:
    """What the supplier has under a bought record's PO number; None when it could not be asked, which is stored.

    Args:
        alone: ask about this purchase only, now: a person wants to know.

    Raises:
        AuthenticationError: after storing that the look is owed.
    """
    started = desk.clock.now()
    try:
        return _asked(ctx, record, news, alone=alone)
    except ServiceError as exc:
        attempts = record.attempts + 1
        later = started + delay(attempts, record.key.order_id, base_s=60)
        attempt = desk.attempt("look_up", started, f"could not ask: {exc.code}", exc)
        desk.save(replace(record, due_at=later, attempts=attempts), record, attempt)
        if isinstance(exc, AuthenticationError):
            raise
        return None


def _asked(ctx: ConnectionContext, record: SyncRecord, news: ShipmentNews, *, alone: bool) -> tuple[SupplierOrder, ...]:
    try:
        return news.ask(ctx, record) if alone else news.of(ctx, record)
    except OrderSyncError:
        raise
    except Exception as exc:  # a plugin's bug is no answer
        raise MalformedResponseError(f"the supplier plugin failed with {type(exc).__name__}") from exc


def owes_nothing(record: SyncRecord, *, fulfill_when: str) -> bool:
    """Whether nothing that is known of a bought share has to be told to the shop.

    Who stored the supplier's answer may have died before the shop was told.
    """
    if record.state is not State.PLACED or record.reason_code == "shop_not_told" or record.attempts:
        return False
    placed_told = fulfill_when == "shipped" or record.fulfillment_id or record.key.mode is Mode.TEST
    return all(
        order.status in (SupplierOrderStatus.IN_PROGRESS, SupplierOrderStatus.UNKNOWN)
        and not order.tracking
        and (placed_told or order.fulfillment_ids)
        for order in record.supplier_orders
    )


def is_news(record: SyncRecord, found: tuple[SupplierOrder, ...]) -> bool:
    """Whether the supplier says something that the record does not know yet."""
    return merged(record.supplier_orders, found) != record.supplier_orders


def note_no_news(desk: Desk, record: SyncRecord, found: tuple[SupplierOrder, ...]) -> None:
    """The supplier was asked and nothing has changed: only when it is asked again is stored."""
    stored, next_at = _as_found(desk, record, found)
    desk.save(replace(stored, due_at=next_at), stored)


def _as_found(desk: Desk, record: SyncRecord, found: tuple[SupplierOrder, ...]) -> tuple[SyncRecord, datetime | None]:
    """The record as the supplier shows it, stored, and when to ask again.

    That the shop is owed an answer, and since when, stays until it has it.
    """
    now = desk.clock.now()
    updated = replace(record, supplier_orders=merged(record.supplier_orders, found))
    if found and record.reason_code == "missing_at_supplier":
        updated = replace(updated, reason_code="", reason="", next_action="")
    attempt = desk.attempt("look_up", now, f"found {len(found)}")
    stored = desk.save(updated, record, attempt)
    return stored, follow_at(now, record.intent_at or now)


def _tell_shop(ctx: ConnectionContext, desk: Desk, order: Order, record: SyncRecord) -> tuple[SyncRecord, Order | None]:
    """Write what the shop lacks, one write at a time, reading the order afresh in between.

    Returns the record, and the order as it is shown then; None: a write is owed, which is stored.
    """
    for _ in range(_MAX_WRITES):
        write = next_write(order, record, fulfill_when=ctx.settings.fulfill_when, others=_of_others(desk, record))
        if write is None:
            return _told(record), order
        if isinstance(write, CannotWrite):
            return _not_writable(record, write), order
        try:
            record = _carry_out(ctx, desk, record, write)
            order = ctx.source.get_order(order.order_id)
            _check_shown(order, record, write)
        except ServiceError as exc:
            stored = desk.save(_write_failed(record, exc, desk.clock.now()), record, _failed(desk, write, exc))
            if isinstance(exc, AuthenticationError):
                raise
            return stored, None
    return record, order


def _check_shown(order: Order, record: SyncRecord, write: WriteBack) -> None:
    """A shop that does not show yet what was just written would have it written again: better later."""
    if not isinstance(write, Create):
        return
    written = {
        each for o in record.supplier_orders if o.order_number == write.order_number for each in o.fulfillment_ids
    }
    if written - {fulfillment.fulfillment_id for fulfillment in order.fulfillments}:
        raise ServiceUnavailableError("The shop does not show yet what was written.", order=order.order_id)


def _of_others(desk: Desk, record: SyncRecord) -> set[str]:
    """Fulfillments that belong to other shares of the order."""
    others = [r for r in desk.records() if r.key != record.key]
    ids = {each for r in others for o in r.supplier_orders for each in o.fulfillment_ids}
    return ids | {r.fulfillment_id for r in others if r.fulfillment_id and r.key.mode is record.key.mode}


def _carry_out(ctx: ConnectionContext, desk: Desk, record: SyncRecord, write: WriteBack) -> SyncRecord:
    notify = ctx.settings.notify_customer
    started = desk.clock.now()
    if isinstance(write, UpdateTracking):
        ctx.source.update_tracking(write.fulfillment_id, write.tracking, notify)
        return desk.save(record, record, desk.attempt("write", started, f"tracking of {write.order_number}"))
    if isinstance(write, AlreadyWritten):
        return desk.save(_written(record, write.order_number, write.fulfillment_id), record)
    assert isinstance(write, Create)
    created = ctx.source.create_fulfillment(
        FulfillmentWrite(work_lines=write.work_lines, tracking=write.tracking, notify_customer=notify)
    )
    attempt = desk.attempt("write", started, f"fulfillment of {write.order_number}")
    return desk.save(_written(record, write.order_number, created), record, attempt)


def _failed(desk: Desk, write: WriteBack, exc: ServiceError) -> Attempt:
    return desk.attempt("write", desk.clock.now(), f"{exc.code} {write.order_number}", exc)


def _written(record: SyncRecord, order_number: str, fulfillment_id: str) -> SyncRecord:
    orders = tuple(
        replace(each, fulfillment_ids=(*each.fulfillment_ids, fulfillment_id))
        if each.order_number == order_number
        else each
        for each in record.supplier_orders
    )
    return replace(record, supplier_orders=orders)


def _write_failed(record: SyncRecord, exc: ServiceError, now: datetime) -> SyncRecord:
    """The shop could not be told: the order is read again before the next try, so a lost reply does no harm."""
    attempts = record.attempts + 1
    wait = delay(attempts, record.key.order_id, base_s=2)
    if (
        record.next_action and record.reason_code != "shop_not_told"
    ):  # what a person was asked stays; the write is owed all the same
        return replace(record, attempts=attempts, due_at=now + wait)
    return replace(
        record,
        attempts=attempts,
        due_at=now + wait,
        reason_code="shop_not_told",
        reason=f"The shop could not be told of the shipment: {exc.message}",
        next_action=exc.next_step or "It is tried again by itself.",
    )


def _told(record: SyncRecord) -> SyncRecord:
    """The shop lacks nothing."""
    if record.reason_code not in _UNTOLD:
        return record
    return replace(record, reason_code="", reason="", next_action="", act_by=None)


def _not_writable(record: SyncRecord, write: CannotWrite) -> SyncRecord:
    """Goods went out, and the shop has no open work for them: looked at again with every change of the order."""
    what = in_words(record.lines, write.pieces) or "its items"
    if write.on_hold:
        hold = Hold(
            "not_writable",
            f"Order {write.order_number} ({what}) has shipped; its fulfillment is on hold, or scheduled, in the shop.",
            "Release it in the shop: it is then marked as fulfilled by itself.",
        )
    else:
        hold = Hold(
            "not_writable",
            f"Order {write.order_number} ({what}) has shipped, and nothing is left of it to be fulfilled in the shop.",
            "Compare the order in the shop with what was shipped; then close this: order-sync orders skip.",
        )
    return record if hold.reason in record.reason else with_message(record, hold)


def is_followed(record: SyncRecord) -> bool:
    """Whether the supplier is still asked after the record."""
    return record.state in BOUGHT - TERMINAL
