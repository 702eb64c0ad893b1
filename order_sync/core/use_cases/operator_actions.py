"""What an operator does with a record by hand: retry, release, skip, settle, cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from order_sync.core.errors import NotAllowedError, StorageLockedError, TransientError
from order_sync.core.model.journal import OPERATOR, JournalEntry
from order_sync.core.model.purchase_order import PoNumber
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import (
    UNDECIDED,
    LineOutcome,
    RecordKey,
    State,
    SyncRecord,
)
from order_sync.core.policies.alarms import with_message
from order_sync.core.policies.allocate import active
from order_sync.core.policies.operator_rules import DOUBTED, belongs_to_no_order, cancellable, is_allowed, is_closable
from order_sync.core.policies.plan import Hold, merge
from order_sync.core.ports import Claim, Clock, Journal, Ledger, Notifier
from order_sync.core.use_cases.context import ConnectionContext, Desk, SyncResult
from order_sync.core.use_cases.look_at_order import Look, LookAtOrder
from order_sync.core.use_cases.settle_doubt import adopted
from order_sync.core.use_cases.withdraw_purchase import cancel_orders

_OPERATOR_LEASE_S = 30.0


class OperatorActions:
    """Retry, release, skip, settle and cancel. Each changes one record and says what is not allowed and why."""

    def __init__(
        self, ledger: Ledger, clock: Clock, notifier: Notifier, look_at_order: LookAtOrder, journal: Journal
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._notifier = notifier
        self._look_at_order = look_at_order
        self._journal = journal

    def retry(self, ctx: ConnectionContext, record: SyncRecord) -> SyncResult:
        """Decide a held, waiting, ignored or skipped share afresh; look one in doubt up now.

        Raises:
            NotAllowedError: it is bought or cancelled already.
        """
        _check_order(record, "retry")
        if record.state in UNDECIDED:
            self._journal.append(record.key, _acted("retry"))
            return self._look_at_order(ctx, record.key.order_id, self._again(record))
        if record.state in DOUBTED:
            self._journal.append(record.key, _acted("retry"))
            return self._look_at_order(ctx, record.key.order_id, Look(explicit=True))
        raise _not_allowed(record, "retry", "There is nothing to try again.")

    def release(self, ctx: ConnectionContext, record: SyncRecord) -> SyncResult:
        """Lift a hold: buy without the lines at fault, or to the address that was questioned.

        A purchase that nobody can look up is sent again.

        Raises:
            NotAllowedError: it is not held.
        """
        _check_order(record, "release")
        if not is_allowed("release", record):
            raise _not_allowed(record, "release", "Only a held order can be released.")

        def lift(current: SyncRecord) -> SyncRecord:
            if current.state is State.IN_DOUBT:
                current = current.unsent().move(State.PLANNED)
            return replace(current, released=True)

        self._change(record.key, lift, _acted("release"))
        return self._look_at_order(ctx, record.key.order_id, self._again(record))

    def skip(self, record: SyncRecord, reason: str) -> SyncRecord:
        """Never buy this share; `retry` takes that back. What is asked of a person for a bought one is settled.

        Raises:
            NotAllowedError: it is, or may be, bought, and nothing is asked of anybody.
        """
        if is_closable(record):
            return self._change(record.key, lambda current: _settled(current, reason), _acted("skip", reason))
        if not is_allowed("skip", record):
            raise _not_allowed(record, "skip", "Cancel it at the supplier instead." if record.supplier_orders else "")
        why = f"Skipped by an operator{f': {reason}' if reason else ''}."

        def close(current: SyncRecord) -> SyncRecord:
            if current.state is State.IN_DOUBT:
                current = current.move(State.HELD)
            lines = tuple(
                replace(line, outcome=LineOutcome.SKIPPED, reason=why)
                if line.outcome is not LineOutcome.EXCLUDED
                else line
                for line in current.lines
            )
            return current.move(State.IGNORED, reason_code="skipped", reason=why, lines=lines)

        return self._change(record.key, close, _acted("skip", reason))

    def settle(
        self, ctx: ConnectionContext, record: SyncRecord, order_numbers: tuple[str, ...], reason: str
    ) -> SyncRecord:
        """End a doubt by what a person found out: the supplier has these orders, or (none given) it has none.

        The supplier is asked first, where it can be: what it shows counts more than what a person says.

        Raises:
            NotAllowedError: nobody doubts it, or the supplier shows the purchase that is said to be absent.
        """
        if not is_allowed("settle", record):
            raise _not_allowed(record, "settle", "Only a purchase in doubt is settled.")
        found = _shown_by_supplier(ctx, record)
        if found and not order_numbers:
            numbers = ", ".join(order.order_number for order in found)
            raise NotAllowedError(
                f"The supplier has PO {record.po_number}: order {numbers}. It is not sent again.",
                next_step="order-sync orders retry takes it over.",
                order=record.order_name,
            )
        why = f" ({reason})" if reason else ""
        said = tuple(_as_said(record, number) for number in order_numbers)

        def end(current: SyncRecord) -> SyncRecord:
            if current.state not in DOUBTED:
                raise _not_allowed(current, "settle", "It was settled meanwhile.")
            now = self._clock.now()
            doubted = current if current.state is State.IN_DOUBT else current.move(State.IN_DOUBT)
            if order_numbers:
                text = f"A person found the purchase at the supplier{why}."
                return adopted(doubted, merge(doubted.lines), found or said, now, reason=text)
            text = f"A person found that the supplier does not have it{why}; it is sent again with the same number."
            return doubted.unsent().move(State.PLANNED, reason=text, due_at=now, attempts=0)

        return self._change(record.key, end, _acted("settle", reason, order_numbers))

    def cancel(self, ctx: ConnectionContext, record: SyncRecord, reason: str) -> SyncRecord:
        """Have a purchase cancelled at the supplier, as far as it lets us; what is not bought yet is skipped.

        The pieces are given up: they are not bought again by themselves. What the supplier did not cancel stays as it
        is, and a person is told whom to call.

        Raises:
            NotAllowedError: it is in doubt, shipped, or final, or this supplier cancels nothing.
            AuthenticationError: credentials are refused; what is known is stored.
        """
        if record.state in UNDECIDED:
            return self.skip(record, reason)
        numbers = cancellable(record)
        if not numbers:
            raise _not_allowed(record, "cancel", "Only what is bought and not shipped can be cancelled.")
        contact = ctx.gateway.capabilities.contact
        if not ctx.gateway.capabilities.cancel:
            raise _not_allowed(record, "cancel", f"This supplier cancels nothing by itself: call {contact}.")
        claim = self._claim(record.key, lease_s=ctx.lease_s)
        try:
            desk = Desk(self._ledger, self._clock, self._notifier, claim)
            current = next(each for each in desk.records() if each.key == record.key)
            self._journal.append(record.key, _acted("cancel", reason, numbers))
            stored, _ = cancel_orders(ctx, desk, current, numbers, by_person=True)
            left = [o.order_number for o in active(stored.supplier_orders) if o.order_number in numbers]
            if not left:
                return stored
            hold = Hold(
                "not_cancelled",
                f"The supplier did not cancel order {', '.join(left)}{f' ({reason})' if reason else ''}.",
                f"Call {contact} about order {', '.join(left)} (PO {record.po_number}); then order-sync orders skip.",
            )
            return desk.save(with_message(stored, hold), stored)
        finally:
            self._ledger.give_back(claim)

    @staticmethod
    def _again(record: SyncRecord) -> Look:
        return Look(explicit=True, retry=frozenset({record.key}), fulfillment_id=record.fulfillment_id or None)

    def _change(self, key: RecordKey, change: Callable[[SyncRecord], SyncRecord], acted: JournalEntry) -> SyncRecord:
        claim = self._claim(key)
        try:
            desk = Desk(self._ledger, self._clock, self._notifier, claim)
            current = next(record for record in desk.records() if record.key == key)
            return desk.save(change(current), current, None, acted)
        finally:
            self._ledger.give_back(claim)

    def _claim(self, key: RecordKey, *, lease_s: float = _OPERATOR_LEASE_S) -> Claim:
        claim = self._ledger.claim(key.connection, key.order_id, now=self._clock.now(), lease_s=lease_s)
        if claim is None:
            raise StorageLockedError(
                f"Order {key.order_id} is being worked on by another process.",
                next_step="Try again in a moment.",
                order=key.order_id,
            )
        return claim


def _acted(action: str, reason: str = "", order_numbers: tuple[str, ...] = ()) -> JournalEntry:
    payload = {"action": action, "reason": reason, "supplier_orders": list(order_numbers)}
    return JournalEntry(OPERATOR, {name: value for name, value in payload.items() if value})


def _shown_by_supplier(ctx: ConnectionContext, record: SyncRecord) -> tuple[SupplierOrder, ...]:
    if not ctx.gateway.capabilities.find_by_po:
        return ()
    try:
        return active(ctx.gateway.find_by_po_number(PoNumber(record.po_number or "")))
    except TransientError:  # it cannot be asked now: the person's word has to do
        return ()


def _as_said(record: SyncRecord, number: str) -> SupplierOrder:
    return SupplierOrder(
        order_number=number,
        po_number=record.po_number or "",
        status=SupplierOrderStatus.UNKNOWN,
        found_by="person",
    )


def _settled(record: SyncRecord, reason: str) -> SyncRecord:
    """A bought record whose alarm a person has seen to: it stays what it is, and asks for nothing."""
    why = f"Settled by an operator{f': {reason}' if reason else ''}."
    return replace(record, reason=f"{record.reason} {why}", next_action="")


def _check_order(record: SyncRecord, action: str) -> None:
    """A purchase that no order of the shop belongs to is not decided afresh: its task would be lost by that."""
    if belongs_to_no_order(record):
        raise _not_allowed(record, action, "No order of the shop belongs to it: order-sync orders skip closes it.")


def _not_allowed(record: SyncRecord, action: str, why: str) -> NotAllowedError:
    return NotAllowedError(
        f"{record.order_name} ({record.key.share}) is {record.state}: {action} is not possible. {why}".strip(),
        next_step="See order-sync orders show.",
        order=record.order_name,
    )
