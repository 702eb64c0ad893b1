"""Sending a planned purchase: store the intent, send once, store the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from order_sync.core.errors import (
    AuthenticationError,
    MalformedResponseError,
    OutcomeUnknownError,
    RejectedRequestError,
    ServiceError,
    TransientError,
)
from order_sync.core.model.purchase_order import PurchaseOrder
from order_sync.core.model.supplier_order import Submission
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State, SyncRecord
from order_sync.core.policies.allocate import allocate
from order_sync.core.policies.plan import hold_lines
from order_sync.core.policies.retry import MAX_ATTEMPTS, delay, follow_at
from order_sync.core.ports import Attempt
from order_sync.core.use_cases.context import ConnectionContext, Desk
from order_sync.core.use_cases.settle_doubt import with_shortage
from order_sync.core.use_cases.spend_within_limits import intend_within_limits

MALFORMED_TRIES = 5
"""So many answers out of shape are put down to a bad moment of the service; then a person looks."""
_FIRST_LOOK_S = 1.0
"""A purchase in doubt is first looked up this soon (seconds): mostly it is there already."""


def submit_purchase(
    ctx: ConnectionContext, desk: Desk, record: SyncRecord, purchase_order: PurchaseOrder
) -> SyncRecord:
    """Buy a planned share, at most once for its PO number; returns the record as stored, or held by the day's limit.

    Raises:
        AuthenticationError: the supplier refused the credentials; the record is planned again.
        ConcurrentUpdateError: the order was claimed by somebody else meanwhile; nothing was sent.
    """
    body = ctx.gateway.compose(purchase_order)
    if not _time_enough(ctx, desk):
        return desk.save(_postpone(record, desk.clock.now(), "the work took too long; it is begun again"), record)
    intended = intend_within_limits(ctx, desk, record, lambda: _intended(desk, record, body))
    if intended.state is not State.SUBMITTING:
        return intended
    if not (_time_enough(ctx, desk) and desk.ledger.still_mine(desk.claim)):
        return desk.save(_postpone(intended, desk.clock.now(), "the work took too long; it is begun again"), intended)
    return _send(ctx, desk, intended, purchase_order, body)


def _intended(desk: Desk, record: SyncRecord, body: str) -> SyncRecord:
    now = desk.clock.now()
    submitting = record.move(
        State.SUBMITTING,
        intent_at=now,
        intent_body=body,
        sends=record.sends + 1,
        due_at=now,
        attempts=record.attempts,
    )
    return desk.save(submitting, record)


def _time_enough(ctx: ConnectionContext, desk: Desk) -> bool:
    """Whether a send would end inside the first half of the lease: a frozen sender must not wake up to send."""
    return desk.clock.now() + timedelta(seconds=ctx.lease_s / 2) < desk.claim.lease_until


def _send(
    ctx: ConnectionContext, desk: Desk, intended: SyncRecord, purchase_order: PurchaseOrder, body: str
) -> SyncRecord:
    started = desk.clock.now()
    try:
        submission = ctx.gateway.submit(purchase_order, body)
    except RejectedRequestError as exc:
        return _rejected(desk, intended, exc, desk.attempt("send", started, "rejected", exc))
    except (TransientError, AuthenticationError) as exc:
        return _not_received(desk, intended, exc, desk.attempt("send", started, f"not received: {exc.code}", exc))
    except OutcomeUnknownError as exc:
        return _in_doubt(ctx, desk, intended, exc.message, desk.attempt("send", started, "no answer", exc))
    except Exception as exc:  # whatever leaves a send without a parsed answer is in doubt, a plugin's bug too
        why = f"the supplier plugin failed with {type(exc).__name__}"
        return _in_doubt(ctx, desk, intended, why, desk.attempt("send", started, "plugin failed"))
    if not isinstance(submission, Submission) or not submission.orders:  # it was sent, and nothing names an order
        why = "the supplier plugin named no order"
        return _in_doubt(ctx, desk, intended, why, desk.attempt("send", started, "plugin failed"))
    return _placed(desk, intended, submission, desk.attempt("send", started, f"placed {len(submission.orders)}"))


def _placed(desk: Desk, intended: SyncRecord, submission: Submission, attempt: Attempt) -> SyncRecord:
    placed = intended.move(
        State.PLACED,
        lines=allocate(intended.lines, submission.orders, submission.refusals),
        supplier_orders=submission.orders,
        attempts=intended.attempts,
        due_at=follow_at(attempt.ended_at, attempt.ended_at),
    )
    return desk.save(with_shortage(placed), intended, attempt)


def _rejected(desk: Desk, intended: SyncRecord, exc: RejectedRequestError, attempt: Attempt) -> SyncRecord:
    texts = "; ".join(f"{field}: {text}" if field else text for field, text in exc.reasons) or exc.message
    # stored in one step: a record left at REJECTED by a crash would be looked at by nobody
    held = intended.move(State.REJECTED).move(
        State.HELD,
        reason_code="rejected",
        reason=f"The supplier refused PO {intended.po_number}: {texts}",
        next_action=exc.next_step
        or "Nothing was bought. Correct what is named, then order-sync orders retry; or order-sync orders skip.",
        lines=hold_lines(_blame(intended.lines, exc), "the supplier refused the order"),
    )
    return desk.save(held, intended, attempt)


def _blame(lines: tuple[RecordLine, ...], exc: RejectedRequestError) -> tuple[RecordLine, ...]:
    """Lines whose SKU the supplier names in its refusal are the ones at fault."""
    blamed = []
    for line in lines:
        names = {name.casefold() for name in (line.supplier_sku, line.sku) if name}
        text = next((t for f, t in exc.reasons if any(n in f"{f} {t}".casefold() for n in names)), None)
        if line.outcome is LineOutcome.TO_BUY and text is not None:
            reason = "; ".join(part for part in (line.reason, text) if part)
            blamed.append(replace(line, outcome=LineOutcome.HELD, reason=reason))
        else:
            blamed.append(line)
    return tuple(blamed)


def _not_received(
    desk: Desk, intended: SyncRecord, exc: TransientError | AuthenticationError, attempt: Attempt
) -> SyncRecord:
    stored = desk.save(back_off(intended, exc, desk.clock.now()), intended, attempt)
    if isinstance(exc, AuthenticationError):
        raise exc
    return stored


def is_passing(exc: ServiceError, record: SyncRecord) -> bool:
    """Whether asking again may help: not received, credentials that somebody replaces, or an answer out of shape,
    such as a maintenance page, as long as it has not been so for too long.
    """
    if isinstance(exc, MalformedResponseError):
        return record.attempts < MALFORMED_TRIES
    return isinstance(exc, (TransientError, AuthenticationError))


def back_off(record: SyncRecord, exc: ServiceError, now: datetime) -> SyncRecord:
    """The record planned (or still undecided) with the time of the next try; held after too many."""
    limited = getattr(exc, "retry_after_s", None)
    attempts = record.attempts if limited is not None else record.attempts + 1
    state = State.PLANNED if record.state is State.SUBMITTING else record.state
    if attempts > MAX_ATTEMPTS:
        ready = record.move(State.PLANNED) if record.state is State.SUBMITTING else record
        return ready.unsent().move(
            State.HELD,
            reason_code="gave_up",
            reason=f"Tried {attempts} times: {exc.message}",
            next_action=exc.next_step or "When the service works again: order-sync orders retry.",
            attempts=0,
        )
    wait = delay(max(attempts, 1), record.key.order_id)
    if limited is not None:
        wait = timedelta(seconds=limited)
    return record.unsent().move(
        state,
        reason_code=exc.code,
        reason=exc.message,
        next_action=exc.next_step or "Nothing to do: it is tried again by itself.",
        attempts=attempts,
        due_at=now + wait,
    )


def _postpone(record: SyncRecord, now: datetime, why: str) -> SyncRecord:
    return record.unsent().move(State.PLANNED, reason=why, due_at=now)


def _in_doubt(ctx: ConnectionContext, desk: Desk, intended: SyncRecord, why: str, attempt: Attempt) -> SyncRecord:
    doubted = intended.move(
        State.IN_DOUBT,
        reason_code="no_answer",
        reason=f"In doubt whether PO {intended.po_number} was placed: {why}",
        next_action="Nothing to do yet: it is looked up by itself; it is not sent twice.",
        doubt_since=attempt.ended_at,
        absent_since=None,
        attempts=0,
        due_at=attempt.ended_at + timedelta(seconds=min(_FIRST_LOOK_S, ctx.gateway.settle_s)),
    )
    return desk.save(doubted, intended, attempt)
