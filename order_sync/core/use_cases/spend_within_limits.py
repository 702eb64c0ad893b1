"""Keeping spending below the caps: what a purchase will cost is known and stored before it is sent."""

from __future__ import annotations

from collections.abc import Callable

from order_sync.core.errors import MalformedResponseError, RejectedRequestError
from order_sync.core.model.money import Money
from order_sync.core.model.purchase_order import Mode, SupplierSku
from order_sync.core.model.sync_record import CLAIMING, LineOutcome, RecordLine, State, SyncRecord
from order_sync.core.policies.holds import as_held
from order_sync.core.policies.plan import Hold
from order_sync.core.policies.spending import estimate, over_daily_limit, start_of_day
from order_sync.core.ports import Claim
from order_sync.core.use_cases.context import ConnectionContext, Desk

CLAIM = "#spend"
"""Claimed like an order, so that two workers do not spend the same rest of the day's limit."""
_CLAIM_S = 60.0
_WAIT_S = 0.05
_MOST_WAITS = 100
_WOULD_BE_BOUGHT = (LineOutcome.TO_BUY, LineOutcome.WAITING, LineOutcome.HELD)


def expected_cost(ctx: ConnectionContext, lines: tuple[RecordLine, ...]) -> Money | Hold | None:
    """What the lines would cost, or why nobody can tell; None while nothing limits spending: then nobody is asked.

    Raises:
        ServiceError: the supplier could not be asked now.
    """
    if ctx.settings.order_limit is None and not _limits_the_day(ctx):
        return None
    bought = tuple(line for line in lines if line.supplier_sku and line.outcome in _WOULD_BE_BOUGHT)
    return estimate(bought, _prices(ctx, bought)) if bought else None


def _prices(ctx: ConnectionContext, lines: tuple[RecordLine, ...]) -> dict[str, Money]:
    if not ctx.gateway.capabilities.prices:
        return {}
    skus = dict.fromkeys(SupplierSku(line.supplier_sku) for line in lines)
    try:
        return {str(sku): price for sku, price in ctx.gateway.item_prices(skus).items()}
    except (RejectedRequestError, MalformedResponseError):  # it will not tell later either: the shop's prices do
        return {}


def intend_within_limits(
    ctx: ConnectionContext, desk: Desk, record: SyncRecord, intend: Callable[[], SyncRecord]
) -> SyncRecord:
    """What ``intend`` stores, unless the purchase would bring the day above its limit: then the record held.

    Between the reckoning and the intent nobody else of the connection intends anything. Without a limit, and for test
    orders, nothing is claimed or read.
    """
    if not _limits_the_day(ctx):
        return intend()
    claim = _claimed(desk)
    if claim is None:
        return desk.save(_later(record), record)
    try:
        hold = None if record.released else _over(ctx, desk, record)
        if hold is not None:
            return desk.save(as_held(record, record.lines, hold), record)
        if not desk.ledger.still_mine(claim):
            return desk.save(_later(record), record)
        return intend()
    finally:
        desk.ledger.give_back(claim)


def foreseen(ctx: ConnectionContext, desk: Desk, planned: SyncRecord) -> SyncRecord:
    """A dry run's planned record, held where the real thing would be: what it planned before counts as bought."""
    if not _limits_the_day(ctx) or planned.released:
        return planned
    name = ctx.connection.name
    planned_before = desk.ledger.find(connection=name, states=(State.PLANNED,))
    others = tuple(r for r in planned_before if r.estimate is not None and r.key.mode is Mode.LIVE)
    hold = _over(ctx, desk, planned, others)
    return planned if hold is None else desk.save(as_held(planned, planned.lines, hold), planned)


def _limits_the_day(ctx: ConnectionContext) -> bool:
    return ctx.settings.daily_limit is not None and ctx.settings.mode is Mode.LIVE


def _over(ctx: ConnectionContext, desk: Desk, record: SyncRecord, more: tuple[SyncRecord, ...] = ()) -> Hold | None:
    limit, now = ctx.settings.daily_limit, desk.clock.now()
    assert limit is not None
    intended = desk.ledger.intended_since(ctx.connection.name, Mode.LIVE, start_of_day(now))
    # what was refused, or provably never arrived, keeps its intent and cost nothing
    bought = (each for each in intended if each.state in CLAIMING)
    today = {each.key: each for each in (*more, *bought) if each.key != record.key}
    return over_daily_limit(record.estimate, today.values(), limit, now)


def _claimed(desk: Desk) -> Claim | None:
    """The right to spend, waited for a few seconds: whoever has it only reckons and stores."""
    for _ in range(_MOST_WAITS):
        claim = desk.ledger.claim(desk.claim.connection, CLAIM, now=desk.clock.now(), lease_s=_CLAIM_S)
        if claim is not None:
            return claim
        desk.clock.sleep_s(_WAIT_S)
    return None


def _later(record: SyncRecord) -> SyncRecord:
    reason = "Another purchase is being reckoned against the day's limit; this one is next."
    return record.move(State.PLANNED, reason=reason, due_at=record.due_at, attempts=record.attempts)
