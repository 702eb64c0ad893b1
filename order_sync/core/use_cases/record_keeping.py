"""Keeping the records of an order true when nothing is bought: waiting, ignored, replaced, unreadable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from order_sync.core.errors import ServiceError
from order_sync.core.model.order import Fulfillment, Order
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import (
    BOUGHT,
    ORDER_SHARE,
    TERMINAL,
    UNDECIDED,
    RecordKey,
    State,
    SyncRecord,
)
from order_sync.core.policies.retry import delay
from order_sync.core.policies.trigger import Ignore, Wait, lets_in
from order_sync.core.use_cases.buy_share import explain_undecided
from order_sync.core.use_cases.context import ConnectionContext, Desk
from order_sync.core.use_cases.note_decision import DecisionNote
from order_sync.core.use_cases.submit_purchase import back_off, is_passing


def share_name(share: Fulfillment | None) -> str:
    """What a share is called: ``order``, or ``fulfillment-`` and the last part of the fulfillment's id."""
    return ORDER_SHARE if share is None else f"fulfillment-{share.fulfillment_id.rsplit('/', 1)[-1]}"


def base_share(record: SyncRecord) -> str:
    """The share that a record is one purchase of."""
    return f"fulfillment-{record.fulfillment_id.rsplit('/', 1)[-1]}" if record.fulfillment_id else ORDER_SHARE


def record_for(
    ctx: ConnectionContext, order: Order, share: Fulfillment | None, records: tuple[SyncRecord, ...]
) -> SyncRecord:
    """The share's record in the mode of the settings that is not bought yet, or a new one (not stored).

    A share whose purchases are settled may need another one: lines were added to the order, or what was bought was
    cancelled because there were too many. The second is called ``order-2``, and so on.
    """
    name = share_name(share)
    mine = [r for r in records if r.key.mode is ctx.settings.mode and base_share(r) == name]
    undecided = [record for record in mine if record.state in UNDECIDED]
    if undecided:  # one that has a PO number first: nothing else ends it
        return next((record for record in undecided if record.po_number), undecided[-1])
    suffix = f"-{len(mine) + 1}" if mine else ""
    again = bool(mine) and mine[-1].reason_code == "withdrawn"  # what a person let through is let through again
    return SyncRecord(
        key=RecordKey(ctx.connection.name, order.order_id, f"{name}{suffix}", ctx.settings.mode),
        order_name=order.name,
        state=State.RECEIVED,
        supplier_account=ctx.connection.supplier_account,
        fulfillment_id=share.fulfillment_id if share else "",
        released=again and mine[-1].released,
    )


def drop_repeats(desk: Desk, order: Order, record: SyncRecord) -> None:
    """Give up records that were to buy pieces which a record of the same share stands for again.

    That was sent, was thought to be bought, and turned out not to be.
    """
    if not record.po_number:
        return
    for other in desk.records():
        same = other.key.mode is record.key.mode and base_share(other) == base_share(record) and other.key != record.key
        waits = other.po_number is None and other.reason_code != "skipped"
        if same and other.state in UNDECIDED and (waits or other.state is State.PLANNED):  # planned: not sent yet
            _give_up(desk, order, other)


def _give_up(desk: Desk, order: Order, record: SyncRecord) -> None:
    """Nothing stands for it any more: without a PO number it goes without a trace, with one it is kept and says so."""
    if record.po_number is None:
        desk.remove_placeholder(record)
        return
    superseded = record.move(
        State.IGNORED,
        reason_code="superseded",
        reason="Nothing was bought for this share; the order is bought in other shares, or the other mode, now.",
        lines=explain_undecided(order, "bought in other shares, or the other mode, now", excluded=True),
    )
    desk.save(superseded, record)


def retire(desk: Desk, order: Order, records: tuple[SyncRecord, ...], mode: Mode, shares: Iterable[str] | None) -> None:
    """Undecided records that nothing stands for any more: the other mode's, and shares not in ``shares``.

    What is under way in the other mode ends there.

    ``shares`` None keeps every share of the mode. One that never had a PO number is replaced without a trace;
    one that had is kept and says so.
    """
    kept = None if shares is None else set(shares)
    for record in records:
        stays = record.key.mode is mode and (kept is None or base_share(record) in kept)
        elsewhere = record.key.mode is not mode and record.under_way
        if record.state not in UNDECIDED or stays or elsewhere:
            continue
        _give_up(desk, order, record)


def put_off(
    ctx: ConnectionContext, desk: Desk, order: Order, records: tuple[SyncRecord, ...], decision: Wait | Ignore
) -> None:
    """Waiting or ignored: a record says so for the whole order, unless its shares are bought already."""
    retire(desk, order, records, ctx.settings.mode, None)
    mine = [record for record in records if record.key.mode is ctx.settings.mode]
    undecided = [record for record in mine if record.state in UNDECIDED]
    if not undecided and not mine:
        undecided = [record_for(ctx, order, None, records)]
    for record in undecided:
        if record.reason_code != "skipped":
            store_put_off(ctx, desk, order, record, decision)


def store_put_off(
    ctx: ConnectionContext, desk: Desk, order: Order, record: SyncRecord, decision: Wait | Ignore
) -> None:
    """One record as waiting or ignored, with the reason for each line."""
    waits = isinstance(decision, Wait)
    moved = record.move(
        State.WAITING if waits else State.IGNORED,
        reason_code=decision.code,
        reason=decision.reason,
        next_action=decision.next_action,
        due_at=decision.due_at if isinstance(decision, Wait) else None,
        lines=explain_undecided(order, decision.reason, excluded=not waits),
        shop_updated_at=order.updated_at,
        order_name=order.name,
        admitted=lets_in(decision),
        attempts=0,
    )
    DecisionNote(ctx, desk, order, desk.records()).save(moved, record)


def wait_for_live(desk: Desk, records: tuple[SyncRecord, ...]) -> None:
    """What began live is never tried as a test: it says so and waits until test orders are off again."""
    for record in records:
        waits = record.key.mode is Mode.LIVE and record.state in UNDECIDED and not record.under_way
        if waits and record.due_at is not None:
            waiting = record.move(
                State.WAITING,
                reason_code="test_mode",
                reason="It began as a live order and waits while test orders are on.",
                next_action="Turn test orders off to buy it: order-sync settings NAME test_order=false.",
                attempts=0,
            )
            desk.save(waiting, record)


def owe_a_look(
    ctx: ConnectionContext,
    desk: Desk,
    records: tuple[SyncRecord, ...],
    order_id: str,
    order_name: str,
    exc: ServiceError,
    *,
    explicit: bool,
) -> None:
    """The order cannot be read: a record says so and when it is tried again, so that it is not lost."""
    owed = [record for record in records if record.state in UNDECIDED]
    if not records:
        received = SyncRecord(
            key=RecordKey(ctx.connection.name, order_id, ORDER_SHARE, ctx.settings.mode),
            order_name=order_name,
            state=State.RECEIVED,
            supplier_account=ctx.connection.supplier_account,
            admitted=explicit,
        )
        owed = [received]
    for record in owed:
        if record.reason_code == "skipped":
            continue
        if is_passing(exc, record):
            desk.save(back_off(record, exc, desk.clock.now()), record)
            continue
        held = record.move(
            State.HELD,
            reason_code=exc.code,
            reason=f"Held: the order cannot be read from the shop: {exc.message}",
            next_action=exc.next_step or "When that is mended: order-sync orders retry.",
        )
        desk.save(held, record)


def gone_from_shop(desk: Desk, records: tuple[SyncRecord, ...]) -> None:
    """The shop no longer has the order: undecided records say so."""
    for record in records:
        if record.state in UNDECIDED:
            gone = record.move(
                State.IGNORED, reason_code="not_in_shop", reason="The shop does not have this order any more."
            )
            desk.save(gone, record)


def hold_for_defect(
    ctx: ConnectionContext, desk: Desk, records: tuple[SyncRecord, ...], order: Order, exc: Exception
) -> None:
    """Something broke that should not have: the order is held with the kind of error, never lost.

    What is bought already is followed again later, ever more seldom, and says so. Only the error's type is kept: its
    text may hold what must not be stored.
    """
    met = f"a defect in Order Sync or a plugin was met ({type(exc).__name__})."
    for record in records or (record_for(ctx, order, None, records),):
        if record.state in UNDECIDED:
            held = record.move(
                State.HELD,
                reason_code="defect",
                reason=f"Held: {met}",
                next_action="Report it with the log; when it is mended: order-sync orders retry.",
            )
            desk.save(held, record)
        elif record.state in BOUGHT - TERMINAL:
            attempts = record.attempts + 1
            wait = delay(attempts, record.key.order_id, base_s=60)
            later = replace(record, attempts=attempts, due_at=desk.clock.now() + wait)
            if not record.next_action:  # what a person was asked stays
                later = replace(
                    later,
                    reason_code="defect",
                    reason=f"It could not be followed: {met}",
                    next_action="Report it with the log. It is tried again by itself.",
                )
            desk.save(later, record)
