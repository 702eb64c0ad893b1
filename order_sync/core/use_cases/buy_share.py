"""Deciding one share line by line, and buying it when nothing stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    PoNumberTakenError,
    ServiceError,
)
from order_sync.core.model.address import Address
from order_sync.core.model.money import Money
from order_sync.core.model.order import Fulfillment, Order, ShopSku
from order_sync.core.model.plan_adjustment import Adjustments, ProposedPlan
from order_sync.core.model.purchase_order import Mode, PoNumber, PurchaseOrder
from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State, SyncRecord
from order_sync.core.policies.adjust import plugin_hold, proposed_lines, removed_lines
from order_sync.core.policies.guards import guard
from order_sync.core.policies.holds import as_held, joined
from order_sync.core.policies.plan import Hold, Plan, hold_lines, plan_share, skus_to_look_up
from order_sync.core.policies.po_number import mint
from order_sync.core.policies.quantities import WantedLine, accounts_of, current_quantity, wanted_lines
from order_sync.core.policies.ship_to import choose_ship_to, hold_for_address
from order_sync.core.policies.spending import over_order_limit
from order_sync.core.policies.stock import SUPPLIER
from order_sync.core.ports import Pause
from order_sync.core.use_cases.context import ConnectionContext, Desk
from order_sync.core.use_cases.look_first import bought_before
from order_sync.core.use_cases.look_up_items import look_up_items
from order_sync.core.use_cases.note_decision import DecisionNote
from order_sync.core.use_cases.spend_within_limits import expected_cost, foreseen
from order_sync.core.use_cases.submit_purchase import back_off, is_passing, submit_purchase

LOOK_AGAIN = timedelta(hours=1)
"""What waits for a pause to end is looked at again after this, should the end not be heard of."""
LOOK_AGAIN_UNDER_WAY = timedelta(minutes=1)


def buy_share(
    ctx: ConnectionContext,
    desk: Desk,
    order: Order,
    share: Fulfillment | None,
    record: SyncRecord,
    records: tuple[SyncRecord, ...],
) -> SyncRecord | None:
    """Decide an undecided share afresh and buy it; returns the record as stored.

    None when there is nothing to buy and other shares of the order account for it.

    Raises:
        AuthenticationError: the supplier refused the credentials; the record says so.
    """
    begun = replace(
        record,
        order_name=order.name,
        shop_updated_at=order.updated_at,
        admitted=True,
        supplier_orders=(),
        estimate=None,
    )
    wanted = wanted_lines(order, share, accounts_of(order, records, record))
    skus = skus_to_look_up(wanted)
    sku_map = ctx.sku_map_for(skus)
    note = DecisionNote(ctx, desk, order, records)
    siblings = any(other.key != record.key and other.key.mode is record.key.mode for other in records)
    if not any(want.quantity for want in wanted):
        if siblings and not any(other.key == record.key for other in records):  # nobody was told of it yet
            return None
        return note.save(_nothing_to_buy(begun, wanted), record)
    try:
        # asked afresh where the stock decides what is bought
        items = look_up_items(ctx, skus, sku_map=sku_map, fresh=ctx.settings.short_stock != SUPPLIER)
        note = note.having_asked(skus, items)
        plan, adjustments = _planned(ctx, order, record, wanted, items, sku_map)
        note = note.adjusted(adjustments)
        expected = expected_cost(ctx, plan.lines)
    except ServiceError as exc:
        return _cannot_look_up(desk, begun, record, wanted, exc)
    if plan.hold is None and not plan.purchase:
        return note.save(_nothing_to_buy(begun, wanted, plan), record)
    begun = replace(begun, estimate=expected if isinstance(expected, Money) else None)
    return _buy_unless_held(ctx, note, begun, record, plan, (expected, plugin_hold(adjustments)))


def _planned(
    ctx: ConnectionContext,
    order: Order,
    record: SyncRecord,
    wanted: tuple[WantedLine, ...],
    items: Mapping[ShopSku, SupplierItem],
    sku_map: Mapping[str, str],
) -> tuple[Plan, Adjustments]:
    """The plan without the lines that plugins leave out, and what they want."""
    planned = partial(
        plan_share,
        wanted,
        items,
        unknown_sku=ctx.settings.unknown_sku,
        short_stock=ctx.settings.short_stock,
        released=record.released,
        sku_map=sku_map,
    )
    plan = planned()
    proposed = proposed_lines(order, plan.lines)
    if not proposed:
        return plan, Adjustments()
    connection = ctx.connection
    adjustments = ctx.extensions.adjust_plan(
        ProposedPlan(
            connection.name, connection.supplier.plugin, record.key.mode, record.fulfillment_id, order, proposed
        )
    )
    removed = removed_lines(adjustments)
    return (planned(removed=removed) if removed else plan), adjustments


def _buy_unless_held(
    ctx: ConnectionContext,
    note: DecisionNote,
    begun: SyncRecord,
    record: SyncRecord,
    plan: Plan,
    liftable: tuple[Money | Hold | None, Hold | None],
) -> SyncRecord:
    """Args: liftable: what it is expected to cost, or why that cannot be told; what plugins hold it for."""
    ship_to = choose_ship_to(note.order, ctx.settings)
    hold = _hold_of(ctx, note, record, plan, ship_to, *liftable)
    if hold is not None:
        return note.save(as_held(begun, plan.lines, hold), record)
    assert not isinstance(ship_to, Hold)  # it would be among the holds
    pause = None if ctx.dry_run else ctx.paused()
    if pause is not None:
        return note.save(_wait_for_resume(begun, plan, pause, note.desk.clock.now()), record)
    return _carry_out(ctx, note, begun, record, plan, ship_to)


def _hold_of(
    ctx: ConnectionContext,
    note: DecisionNote,
    record: SyncRecord,
    plan: Plan,
    ship_to: Address | Hold,
    expected: Money | Hold | None,
    by_plugins: Hold | None,
) -> Hold | None:
    """Everything that stands against the purchase. A person's release lifts it, but for what makes it impossible."""
    address = None if isinstance(ship_to, Hold) else ship_to
    standing = (plan.hold, _other_hold(ctx, ship_to, released=record.released))
    if record.released:
        return joined(standing)
    too_much = expected
    if isinstance(expected, Money):
        too_much = over_order_limit(expected, ctx.settings.order_limit)
    guards = guard(note.order, ctx.settings, address, note.desk.clock.now())
    # a plugin's comes first: under its code none of the words are shown where they might tell of a person
    return joined((by_plugins, guards, *standing, too_much if isinstance(too_much, Hold) else None))


def _carry_out(
    ctx: ConnectionContext, note: DecisionNote, begun: SyncRecord, record: SyncRecord, plan: Plan, ship_to: Address
) -> SyncRecord:
    desk, order = note.desk, note.order
    try:
        number = begun.po_number or mint(
            order, ctx.settings, record.key.mode, (r.po_number for r in note.records if r.po_number)
        )
        purchase_order = PurchaseOrder(
            po_number=PoNumber(number),
            mode=record.key.mode,
            lines=plan.purchase,
            ship_to=ship_to,
            payment_profile=ctx.settings.payment_profile,
            options=ctx.settings.options,
        )
        planned = note.save(
            begun.move(
                State.PLANNED,
                lines=plan.lines,
                po_number=number,
                due_at=desk.clock.now(),
                attempts=record.attempts,
                reason=_what(plan, ctx),
            ),
            record,
        )
        if ctx.dry_run:
            return foreseen(ctx, desk, planned)
        known = bought_before(ctx, desk, order, planned)
        return known or submit_purchase(ctx, desk, planned, purchase_order)
    except (ConfigurationError, PoNumberTakenError) as exc:
        hold = Hold(exc.code, f"Held: {exc.message}", exc.next_step)
        return note.save(as_held(begun, plan.lines, hold), record)


def _wait_for_resume(begun: SyncRecord, plan: Plan, pause: Pause, now: datetime) -> SyncRecord:
    """What would be bought now waits, with everything that was decided; resuming asks for another look."""
    why = f" ({pause.reason})" if pause.reason else ""
    # one that was sent before is to end in the mode it began in, so it stays planned
    return begun.move(
        State.PLANNED if begun.under_way else State.WAITING,
        lines=hold_lines(plan.lines, "waits while buying is paused"),
        reason_code="paused",
        reason=f"Waits: buying is paused since {pause.since:%Y-%m-%d %H:%M} UTC{why}.",
        next_action=f"order-sync resume {pause.connection}",
        due_at=now + (LOOK_AGAIN_UNDER_WAY if begun.under_way else LOOK_AGAIN),
        attempts=0,
    )


def _what(plan: Plan, ctx: ConnectionContext) -> str:
    pieces = sum(line.quantity for line in plan.purchase)
    test = "as a test order " if ctx.settings.mode is Mode.TEST else ""
    return f"To be bought {test}at the supplier: {pieces} pieces of {len(plan.purchase)} items."


def _other_hold(ctx: ConnectionContext, ship_to: Address | Hold, *, released: bool) -> Hold | None:
    if isinstance(ship_to, Hold):
        return ship_to
    unusable = ctx.gateway.option_problems(ctx.settings.options)
    if unusable:
        return Hold("settings", f"Held: {' '.join(unusable)}", "Correct it with order-sync settings NAME KEY=VALUE.")
    if ctx.settings.test_order and not ctx.gateway.capabilities.test_orders:
        return Hold(
            "no_test_orders",
            "Held: test orders are on, and this supplier has none.",
            "Turn them off when you mean to buy: order-sync settings NAME test_order=false.",
        )
    if ctx.settings.payment_profile is not None and not ctx.gateway.capabilities.payment_profiles:
        return Hold(
            "no_payment_profiles",
            "Held: a payment profile is selected, and this supplier has none.",
            "Have the account's terms pay: order-sync settings NAME payment_profile=none.",
        )
    return hold_for_address(ctx.gateway.address_problems(ship_to, ctx.settings.options), released=released)


def _nothing_to_buy(begun: SyncRecord, wanted: tuple[WantedLine, ...], plan: Plan | None = None) -> SyncRecord:
    lines = plan.lines if plan else plan_share(wanted, {}, unknown_sku="skip").lines
    reasons = "; ".join(dict.fromkeys(line.reason for line in lines if line.reason))
    return begun.move(
        State.IGNORED,
        lines=lines,
        reason_code="nothing_to_buy",
        reason=f"There is nothing to buy: {reasons or 'the order has no lines'}.",
        attempts=0,
    )


def _cannot_look_up(
    desk: Desk, begun: SyncRecord, record: SyncRecord, wanted: tuple[WantedLine, ...], exc: ServiceError
) -> SyncRecord:
    """Not being able to ask is no answer: no line is called unknown for it."""
    lines = tuple(_waiting(want, "waits until the supplier can be asked") for want in wanted)
    undecided = replace(begun, lines=lines)
    if is_passing(exc, record):
        stored = desk.save(back_off(undecided, exc, desk.clock.now()), record)
        if isinstance(exc, AuthenticationError):
            raise exc
        return stored
    held = undecided.move(
        State.HELD,
        reason_code=exc.code,
        reason=f"Held: the supplier could not be asked about the items: {exc.message}",
        next_action=exc.next_step or "When that is mended: order-sync orders retry.",
    )
    return desk.save(held, record)


def _waiting(want: WantedLine, why: str) -> RecordLine:
    outcome = LineOutcome.WAITING if want.quantity else LineOutcome.EXCLUDED
    return RecordLine(
        line_id=want.line.line_id,
        sku=want.line.sku or "",
        ordered=want.line.quantity,
        quantity=want.quantity or want.line.quantity,
        outcome=outcome,
        reason="; ".join(part for part in (want.reason, why if want.quantity else "") if part),
        wanted=want.quantity,
        unit_price=want.line.unit_price,
    )


def explain_undecided(order: Order, why: str, *, excluded: bool) -> tuple[RecordLine, ...]:
    """Every line of an order that waits or is ignored as a whole."""
    return tuple(
        RecordLine(
            line_id=line.line_id,
            sku=line.sku or "",
            ordered=line.quantity,
            quantity=line.quantity,
            outcome=LineOutcome.EXCLUDED if excluded else LineOutcome.WAITING,
            reason=why,
            wanted=0 if excluded else current_quantity(line),
            unit_price=line.unit_price,
        )
        for line in order.lines
    )
