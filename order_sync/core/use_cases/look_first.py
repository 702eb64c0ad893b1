"""Asking before the first send whether an old order was bought already, without this ledger's knowledge."""

from __future__ import annotations

from datetime import timedelta

from order_sync.core.errors import AuthenticationError, ServiceError
from order_sync.core.model.order import Order
from order_sync.core.model.purchase_order import Mode, PoNumber
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.allocate import active
from order_sync.core.policies.plan import merge
from order_sync.core.use_cases.context import ConnectionContext, Desk
from order_sync.core.use_cases.settle_doubt import adopted, cancelled_there
from order_sync.core.use_cases.submit_purchase import back_off

YOUNG = timedelta(minutes=15)
"""An order this young, in a ledger older than it, cannot have been bought by anybody else of us."""
FOUND_BEFORE = "The supplier has this PO number already; it was taken over and not bought again."


def bought_before(ctx: ConnectionContext, desk: Desk, order: Order, planned: SyncRecord) -> SyncRecord | None:
    """The record as the supplier knows it, or None when the purchase may be sent.

    A ledger that was lost, or put back from a backup, does not know what was bought meanwhile; the supplier does.

    Raises:
        AuthenticationError: after storing that the question is owed.
    """
    now = desk.clock.now()
    known_whole_life = order.created_at >= max(desk.ledger.trusted_since(), now - YOUNG)
    asks = planned.key.mode is Mode.LIVE and not planned.sends and ctx.gateway.capabilities.find_by_po
    if known_whole_life or not asks:
        return None
    try:
        found = ctx.gateway.find_by_po_number(PoNumber(planned.po_number or ""))
    except ServiceError as exc:
        attempt = desk.attempt("look_up", now, f"could not ask: {exc.code}", exc)
        stored = desk.save(back_off(planned, exc, desk.clock.now()), planned, attempt)
        if isinstance(exc, AuthenticationError):
            raise
        return stored
    if not found:
        return None
    attempt = desk.attempt("look_up", now, f"found {len(found)}")
    if not active(found):
        return desk.save(cancelled_there(planned, found), planned, attempt)
    record = adopted(planned, merge(planned.lines), found, desk.clock.now(), reason=FOUND_BEFORE)
    return desk.save(record, planned, attempt)
