"""Following a bought share until it is shipped, and telling the shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from order_sync.core.errors import AuthenticationError, ServiceError
from order_sync.core.model.order import Order
from order_sync.core.model.purchase_order import Mode, PoNumber
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import ALARMS, State, SyncRecord
from order_sync.core.policies.allocate import active
from order_sync.core.policies.retry import delay, follow_delay
from order_sync.core.policies.write_back import (
    AlreadyWritten,
    Create,
    UpdateTracking,
    WriteBack,
    has_shipped,
    next_auto_write,
    next_manual_write,
)
from order_sync.core.ports import FulfillmentWrite
from order_sync.core.use_cases.context import ConnectionContext, Desk

_MAX_WRITES = 50
_STANDING_REASONS = (ALARMS - {"cancelled_at_supplier"}) | {"short", "cancelled_after_purchase"}


def follow_shipments(ctx: ConnectionContext, desk: Desk, order: Order, record: SyncRecord, *, ask: bool) -> SyncRecord:
    """Bring a bought share up to date: ask the supplier (``ask``), then tell the shop what it lacks.

    Test shares are followed, but never write to the shop.

    Raises:
        AuthenticationError: after storing that the look is owed.
    """
    if record.reason_code == "shop_not_told":
        record = replace(record, reason_code="", reason="", next_action="")
    next_at = record.due_at
    if ask:
        record, next_at = _ask_supplier(ctx, desk, record)
    if record.key.mode is Mode.LIVE:
        record = _tell_shop(ctx, desk, order, record)
    if record.reason_code != "shop_not_told":
        record = replace(record, due_at=next_at)
    return desk.save(concluded(record), record)


def _ask_supplier(ctx: ConnectionContext, desk: Desk, record: SyncRecord) -> tuple[SyncRecord, datetime | None]:
    """The record as the supplier shows it, and when to ask again.

    It stays due until the shop is told: who dies in between must not leave that for tomorrow.
    """
    started = desk.clock.now()
    if not ctx.gateway.capabilities.find_by_po:
        return record, None
    try:
        found = ctx.gateway.find_by_po_number(PoNumber(record.po_number or ""))
    except ServiceError as exc:
        attempts = record.attempts + 1
        wait = delay(attempts, record.key.order_id, base_s=60)
        attempt = desk.attempt("look_up", started, f"could not ask: {exc.code}", exc)
        stored = desk.save(replace(record, due_at=desk.clock.now() + wait, attempts=attempts), record, attempt)
        if isinstance(exc, AuthenticationError):
            raise
        return stored, stored.due_at
    if found and record.reason_code == "missing_at_supplier":
        record = replace(record, reason_code="", reason="", next_action="")
    now = desk.clock.now()
    wait_for = follow_delay(now - (record.intent_at or now))
    orders = merged(record.supplier_orders, found)
    updated = replace(record, supplier_orders=orders, attempts=0)
    stored = desk.save(updated, record, desk.attempt("look_up", started, f"found {len(found)}"))
    return stored, now + wait_for if wait_for else None


def merged(known: tuple[SupplierOrder, ...], found: tuple[SupplierOrder, ...]) -> tuple[SupplierOrder, ...]:
    """The supplier orders as found, with what is known of each besides; those that were not found stay."""
    before = {each.order_number: each for each in known}
    shown = tuple(
        replace(
            each, fulfillment_ids=before[each.order_number].fulfillment_ids, found_by=before[each.order_number].found_by
        )
        if each.order_number in before
        else each
        for each in found
    )
    numbers = {each.order_number for each in found}
    return (*shown, *(each for each in known if each.order_number not in numbers))


def _tell_shop(ctx: ConnectionContext, desk: Desk, order: Order, record: SyncRecord) -> SyncRecord:
    """Write what the shop lacks, one write at a time, reading the order afresh in between."""
    for _ in range(_MAX_WRITES):
        write = _next_write(ctx, order, record)
        if write is None:
            return record
        try:
            record = _carry_out(ctx, desk, record, write)
            order = ctx.source.get_order(order.order_id)
        except ServiceError as exc:
            stored = desk.save(_write_failed(record, exc, desk.clock.now()), record)
            if isinstance(exc, AuthenticationError):
                raise
            return stored
    return record


def _next_write(ctx: ConnectionContext, order: Order, record: SyncRecord) -> WriteBack | None:
    if record.fulfillment_id:
        return next_manual_write(order, record.fulfillment_id, record.supplier_orders)
    return next_auto_write(order, record.lines, record.supplier_orders, fulfill_when=ctx.settings.fulfill_when)


def _carry_out(ctx: ConnectionContext, desk: Desk, record: SyncRecord, write: WriteBack) -> SyncRecord:
    notify = ctx.settings.notify_customer
    if isinstance(write, UpdateTracking):
        ctx.source.update_tracking(write.fulfillment_id, write.tracking, notify)
        return record
    if isinstance(write, AlreadyWritten):
        return desk.save(_written(record, write.order_number, write.fulfillment_id), record)
    assert isinstance(write, Create)
    created = ctx.source.create_fulfillment(
        FulfillmentWrite(work_lines=write.work_lines, tracking=write.tracking, notify_customer=notify)
    )
    return desk.save(_written(record, write.order_number, created), record)


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
    return replace(
        record,
        attempts=attempts,
        due_at=now + delay(attempts, record.key.order_id, base_s=2),
        reason_code="shop_not_told",
        reason=f"The shop could not be told of the shipment: {exc.message}",
        next_action=exc.next_step or "It is tried again by itself.",
    )


def concluded(record: SyncRecord) -> SyncRecord:
    """The record in the state that its supplier orders show."""
    standing = active(record.supplier_orders)
    if record.reason_code == "shop_not_told":
        return record
    kept: dict[str, object] = {"due_at": record.due_at}
    if record.reason_code in _STANDING_REASONS:
        kept |= {"reason": record.reason, "reason_code": record.reason_code, "next_action": record.next_action}
    if not standing:
        return _all_cancelled(record)
    shipped = [each for each in standing if has_shipped(each)]
    if not shipped:
        return record.move(record.state, **kept)
    if len(shipped) < len(standing):
        part = f"{len(shipped)} of {len(standing)} supplier orders are shipped."
        return record.move(State.SHIPPED, **({"reason": part, "reason_code": "partly_shipped"} | kept))
    if short := _short_shipped(standing):
        return record.move(State.SHIPPED, **(kept | short))
    if all(each.tracking for each in standing) and (record.key.mode is Mode.TEST or _shop_knows(record)):
        return record.move(State.COMPLETED, **(kept | {"due_at": None}))
    return record.move(State.SHIPPED, **kept)


def _shop_knows(record: SyncRecord) -> bool:
    """Whether nothing is left to tell: a manual share's fulfillment exists, an auto share's orders are written."""
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


def _all_cancelled(record: SyncRecord) -> SyncRecord:
    if record.key.mode is Mode.TEST:
        return record.move(State.COMPLETED, reason="Test order; the supplier cancelled it, as it does with tests.")
    if record.reason_code == "cancelled_after_purchase":
        return record.move(State.CANCELLED, reason="Cancelled in the shop, and at the supplier.")
    return record.move(
        record.state,
        reason_code="cancelled_at_supplier",
        reason=f"The supplier cancelled PO {record.po_number} after it was placed.",
        next_action="Ask the supplier why, and buy the goods elsewhere or refund the order.",
    )
