"""Whether an order is bought now, later or not at all, and in which shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from order_sync.core.model.order import FinancialStatus, Fulfillment, FulfillmentStatus, Order, WorkStatus
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.settings import OrderSyncSettings

_PAID = (FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED)
OVER = {
    FinancialStatus.REFUNDED: "was refunded in full",
    FinancialStatus.VOIDED: "has a voided payment",
    FinancialStatus.EXPIRED: "has an expired payment authorization",
}
_UNPAID = {
    FinancialStatus.PENDING: "its payment is pending",
    FinancialStatus.AUTHORIZED: "its payment is authorized but not captured",
    FinancialStatus.PARTIALLY_PAID: "it is only partially paid",
    FinancialStatus.UNKNOWN: "the shop does not say whether it is paid",
}
_KEPT_OUT = frozenset({"order_sync_off", "before_enabled"})


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet. ``due_at`` is set when time alone may change that."""

    code: str
    reason: str
    next_action: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ignore:
    """Not at all, as things stand."""

    code: str
    reason: str
    next_action: str = ""


@dataclass(frozen=True, slots=True)
class Proceed:
    """Buy these shares: None stands for the whole eligible order (auto mode)."""

    shares: tuple[Fulfillment | None, ...]


Decision = Wait | Ignore | Proceed


def decide(
    order: Order,
    settings: OrderSyncSettings,
    *,
    admitted: bool,
    now: datetime,
    ours: Iterable[str] = (),
) -> Decision:
    """What to do with an order.

    Args:
        admitted: the order was let in before, or an operator asked for it (an explicit backfill).
        ours: ids of fulfillments that we wrote ourselves; they are no request to buy.
    """
    refused = _refuse(order, settings, admitted)
    if refused is not None:
        return refused
    if settings.auto_fulfillment:
        return _auto(order, now)
    return _manual(order, frozenset(ours))


def lets_in(decision: Decision) -> bool:
    """Whether the order counts as let in from now on, so that later looks need no explicit backfill."""
    return not (isinstance(decision, Ignore) and decision.code in _KEPT_OUT)


def _refuse(order: Order, settings: OrderSyncSettings, admitted: bool) -> Ignore | None:
    if not settings.enabled:
        return Ignore(
            "order_sync_off",
            "Order Sync is off for this connection.",
            "Turn it on (order-sync settings NAME enabled=true), then order-sync sync NAME --since to buy it.",
        )
    if order.cancelled_at is not None:
        return Ignore("cancelled_in_shop", "The order was cancelled in the shop.")
    if order.is_test and settings.mode is Mode.LIVE:
        return Ignore("shop_test_order", "It is one of the shop's own test orders; those are never bought live.")
    if order.financial_status in OVER:
        return Ignore(f"payment_{order.financial_status}", f"The order {OVER[order.financial_status]}.")
    if not admitted and settings.enabled_since is not None and order.created_at < settings.enabled_since:
        return Ignore(
            "before_enabled",
            f"It was ordered before Order Sync was turned on ({settings.enabled_since:%Y-%m-%d %H:%M} UTC).",
            "To buy it all the same: order-sync handle NAME ORDER, or order-sync sync NAME --since TIME.",
        )
    return None


def _auto(order: Order, now: datetime) -> Decision:
    if order.financial_status not in _PAID:
        return Wait(
            "payment",
            f"Waits for payment: {_UNPAID[order.financial_status]}.",
            "Nothing to do: it is bought once the shop shows it as paid.",
        )
    held = [work for work in order.work if work.status is WorkStatus.ON_HOLD]
    if held:
        reasons = "; ".join(reason for work in held for reason in work.hold_reasons)
        return Wait(
            "shop_hold",
            f"Waits: its fulfillment is on hold in the shop{f' ({reasons})' if reasons else ''}.",
            "Release the hold in the shop.",
        )
    later = [work.fulfill_at for work in order.work if work.status is WorkStatus.SCHEDULED and work.fulfill_at]
    if later and max(later) > now:
        return Wait(
            "scheduled",
            f"Waits: its fulfillment is scheduled for {max(later):%Y-%m-%d %H:%M} UTC.",
            due_at=max(later),
        )
    return Proceed((None,))


def _manual(order: Order, ours: frozenset[str]) -> Decision:
    shares = tuple(
        fulfillment
        for fulfillment in order.fulfillments
        if fulfillment.status is FulfillmentStatus.SUCCESS and fulfillment.fulfillment_id not in ours
    )
    if not shares:
        return Wait(
            "fulfillment",
            "Waits for fulfillment: auto fulfillment is off and nothing is marked as fulfilled in the shop.",
            "Mark the order, or a part of it, as fulfilled in the shop; that part is then bought.",
        )
    return Proceed(shares)
