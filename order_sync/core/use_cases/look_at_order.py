"""Looking at one order: read its present state, decide, act. Every hint ends here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from order_sync.core.errors import (
    AuthenticationError,
    ConcurrentUpdateError,
    MalformedResponseError,
    OrderNotFoundError,
    OrderSyncError,
    ServiceError,
)
from order_sync.core.model.order import Fulfillment, FulfillmentStatus, Order, OrderHead
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import ORDER_SHARE, UNDECIDED, RecordKey, State, SyncRecord
from order_sync.core.policies.trigger import Decision, Proceed, decide
from order_sync.core.ports import Clock, Ledger, Notifier
from order_sync.core.use_cases.buy_share import buy_share
from order_sync.core.use_cases.context import ConnectionContext, Desk, SyncResult
from order_sync.core.use_cases.follow_shipments import (
    ask_supplier,
    follow_shipments,
    is_followed,
    is_news,
    note_no_news,
    owes_nothing,
)
from order_sync.core.use_cases.record_keeping import (
    drop_repeats,
    gone_from_shop,
    hold_for_defect,
    owe_a_look,
    put_off,
    record_for,
    retire,
    share_name,
    store_put_off,
    wait_for_live,
)
from order_sync.core.use_cases.settle_doubt import settle_doubt
from order_sync.core.use_cases.shipment_news import ShipmentNews
from order_sync.core.use_cases.withdraw_purchase import withdraw_unwanted

STICKY_HOLDS = frozenset({"cancelled_at_supplier", "gave_up", "missing_in_ledger", "unrecorded_purchase"})
"""Holds that only a person lifts, not another look at the order."""
_ATTENTION = (
    State.IN_DOUBT,
    State.SUBMITTING,
    State.HELD,
    State.REJECTED,
    State.RECEIVED,
    State.PLANNED,
    State.WAITING,
    State.PLACED,
    State.SHIPPED,
    State.COMPLETED,
    State.CANCELLED,
    State.IGNORED,
)


@dataclass(frozen=True)
class Look:
    """What is asked of a look.

    Attributes:
        explicit: an operator asked for this order, so it is let in whatever its age.
        fulfillment_id: only this fulfillment's share (manual mode).
        follow: ask the supplier for shipments now, not only when due.
        due_only: nobody says that the order changed; it is only due.
        retry: shares whose hold a person lifted, to have them decided afresh.
        head: what the list said about the order, for a record when it cannot be read.
    """

    explicit: bool = False
    fulfillment_id: str | None = None
    follow: bool = False
    due_only: bool = False
    retry: frozenset[RecordKey] = frozenset()
    head: OrderHead | None = None


class LookAtOrder:
    """The one path by which an order is bought, whoever hinted at it."""

    def __init__(self, ledger: Ledger, clock: Clock, notifier: Notifier, news: ShipmentNews | None = None) -> None:
        self._ledger = ledger
        self._clock = clock
        self._notifier = notifier
        self._news = news or ShipmentNews(ledger, clock)

    def __call__(self, ctx: ConnectionContext, order_id: str, look: Look) -> SyncResult:
        """Read the order and do what is due for it.

        Raises:
            AuthenticationError: credentials are refused; what is owed is stored first.
            OrderNotFoundError: neither the shop nor the ledger has the order.
        """
        name = ctx.connection.name
        claim = self._ledger.claim(name, order_id, now=self._clock.now(), lease_s=ctx.lease_s)
        if claim is None:
            known = self._ledger.records_of_order(name, order_id)
            return result(known, "Another process is working on this order now.", busy=True)
        try:
            desk = Desk(self._ledger, self._clock, self._notifier, claim)
            self._work(ctx, desk, order_id, look)
        except ConcurrentUpdateError:
            known = self._ledger.records_of_order(name, order_id)
            return result(known, "Another process took the order over.", busy=True)
        finally:
            self._ledger.give_back(claim)
        return result(desk.records())

    def _work(self, ctx: ConnectionContext, desk: Desk, order_id: str, look: Look) -> None:
        records = desk.records()
        if not ctx.dry_run:
            for record in records:
                if record.state in (State.SUBMITTING, State.IN_DOUBT):
                    settle_doubt(ctx, desk, record)
            records = desk.records()
        found = self._ask_after_due(ctx, desk, look)
        if found is None:
            return
        try:
            order = _read(ctx, order_id)
        except ServiceError as exc:
            name = look.head.name if look.head else order_id
            owe_a_look(ctx, desk, records, order_id, name, exc, explicit=look.explicit)
            if isinstance(exc, AuthenticationError):
                raise
            return
        except OrderNotFoundError:
            if not records:
                raise
            gone_from_shop(desk, records)
            return
        try:
            if not ctx.dry_run:
                withdraw_unwanted(ctx, desk, order)
            self._decide(ctx, desk, order, look, desk.records())
            if not ctx.dry_run and self._follow(ctx, desk, order, look, found):
                self._decide(ctx, desk, order, look, desk.records())
        except OrderSyncError:
            raise
        except Exception as exc:  # a defect met by one order must neither lose it nor stop the others
            records = desk.records()
            hold_for_defect(ctx, desk, records, order, exc)

    def _ask_after_due(
        self, ctx: ConnectionContext, desk: Desk, look: Look
    ) -> dict[RecordKey, tuple[SupplierOrder, ...]] | None:
        """What the supplier says of shares that are merely due; None when that is all there is to do.

        Orders are many and news is rare: without any, the shop is not asked.
        """
        now = self._clock.now()
        due = [r for r in desk.records() if r.due_at is not None and r.due_at <= now]
        quiet = all(owes_nothing(r, fulfill_when=ctx.settings.fulfill_when) for r in due)
        if not (look.due_only and due and quiet and ctx.gateway.capabilities.find_many) or ctx.dry_run:
            return {}
        asked = [(record, ask_supplier(ctx, desk, record, self._news, alone=False)) for record in due]
        found = [(record, orders) for record, orders in asked if orders is not None]
        if any(is_news(record, orders) for record, orders in found):
            return {record.key: orders for record, orders in found}
        for record, orders in found:
            note_no_news(desk, record, orders)
        return None

    def _decide(
        self, ctx: ConnectionContext, desk: Desk, order: Order, look: Look, records: tuple[SyncRecord, ...]
    ) -> None:
        mode = ctx.settings.mode
        under_way = [record for record in records if record.key.mode is not mode and record.under_way]
        if under_way:
            self._finish(ctx.in_mode(under_way[0].key.mode), desk, order, look, under_way)
            records = desk.records()
        if mode is Mode.TEST and any(record.admitted and record.key.mode is Mode.LIVE for record in records):
            wait_for_live(desk, records)
            return
        admitted = look.explicit or any(record.admitted for record in records if record.key.mode is mode)
        decision = self._decision(ctx, order, records, admitted=admitted)
        if isinstance(decision, Proceed):
            self._proceed(ctx, desk, order, look, decision.shares)
        else:
            put_off(ctx, desk, order, records, decision)

    def _decision(
        self, ctx: ConnectionContext, order: Order, records: tuple[SyncRecord, ...], *, admitted: bool
    ) -> Decision:
        ours = {each for r in records for o in r.supplier_orders for each in o.fulfillment_ids}
        return decide(order, ctx.settings, admitted=admitted, now=self._clock.now(), ours=ours)

    def _finish(
        self, ctx: ConnectionContext, desk: Desk, order: Order, look: Look, under_way: list[SyncRecord]
    ) -> None:
        """Shares that were sent before test orders were switched end in the mode they began in."""
        records = desk.records()
        decision = self._decision(ctx, order, records, admitted=True)
        standing = {f.fulfillment_id: f for f in order.fulfillments if f.status is FulfillmentStatus.SUCCESS}
        for record in under_way:
            share = standing.get(record.fulfillment_id)
            if not isinstance(decision, Proceed):
                store_put_off(ctx, desk, order, record, decision)
            elif (share is not None or not record.fulfillment_id) and not _rests(
                record, order, look, self._clock.now()
            ):
                buy_share(ctx, desk, order, share, record, records)

    def _proceed(
        self,
        ctx: ConnectionContext,
        desk: Desk,
        order: Order,
        look: Look,
        shares: tuple[Fulfillment | None, ...],
    ) -> None:
        records = desk.records()
        if any(_skipped_as_a_whole(record, ctx) and record.key not in look.retry for record in records):
            return
        shares = (*_begun_fulfillments(order, records), *shares) if None in shares else shares
        retire(desk, order, records, ctx.settings.mode, [share_name(share) for share in shares])
        for share in shares:
            if share is not None and not _asked_for(share, look):
                continue
            records = desk.records()
            record = record_for(ctx, order, share, records)
            if record.state not in UNDECIDED:
                continue
            drop_repeats(desk, order, record)
            if not _rests(record, order, look, self._clock.now()):
                buy_share(ctx, desk, order, share, record, desk.records())

    def _follow(
        self,
        ctx: ConnectionContext,
        desk: Desk,
        order: Order,
        look: Look,
        found: Mapping[RecordKey, tuple[SupplierOrder, ...]],
    ) -> bool:
        """Bring bought shares up to date; whether pieces became free that may be wanted again."""
        freed = False
        now = self._clock.now()
        for record in desk.records():
            if not is_followed(record):
                continue
            orders = found.get(record.key)
            due = look.follow or (record.due_at is not None and record.due_at <= now)
            if orders is None and due and ctx.gateway.capabilities.find_by_po:
                orders = ask_supplier(ctx, desk, record, self._news, alone=look.follow or look.explicit)
                if orders is None:  # it could not be asked; what is known already may be told all the same
                    record = next(r for r in desk.records() if r.key == record.key)
            owes = record.state is State.SHIPPED or ctx.settings.fulfill_when == "placed"
            if orders is not None or due or owes:
                # what one share told the shop is there when the next one looks what is left to tell
                after, shown = follow_shipments(ctx, desk, order, record, found=orders)
                freed = freed or after.reason_code == "withdrawn"
                if (shown := shown or _read_again(ctx, order)) is None:
                    break  # the others stay due
                order = shown
        return freed


def _read(ctx: ConnectionContext, order_id: str) -> Order:
    try:
        return ctx.source.get_order(order_id)
    except OrderSyncError:
        raise
    except Exception as exc:  # an order that a plugin cannot read is held, not forgotten
        raise MalformedResponseError(
            f"The shop's plugin failed with {type(exc).__name__}.", next_step="Report it to the plugin's author."
        ) from exc


def _read_again(ctx: ConnectionContext, order: Order) -> Order | None:
    try:
        return _read(ctx, order.order_id)
    except (ServiceError, OrderNotFoundError):
        return None


def _asked_for(share: Fulfillment, look: Look) -> bool:
    wanted = look.fulfillment_id
    return wanted is None or wanted.rpartition("/")[2] == share.fulfillment_id.rpartition("/")[2]


def _skipped_as_a_whole(record: SyncRecord, ctx: ConnectionContext) -> bool:
    return record.reason_code == "skipped" and record.key.share == ORDER_SHARE and record.key.mode is ctx.settings.mode


def _begun_fulfillments(order: Order, records: tuple[SyncRecord, ...]) -> tuple[Fulfillment, ...]:
    """Shares that began in manual mode are ended in it, also after auto mode was turned on."""
    begun = {record.fulfillment_id for record in records if record.state in UNDECIDED and record.fulfillment_id}
    return tuple(f for f in order.fulfillments if f.fulfillment_id in begun and f.status is FulfillmentStatus.SUCCESS)


def _rests(record: SyncRecord, order: Order, look: Look, now: datetime) -> bool:
    """Whether a mere look must not decide it afresh: only a person does, or (after a refusal) a changed order."""
    if record.key in look.retry:
        return False
    if record.state is State.PLANNED and record.due_at is not None and record.due_at > now:
        return not look.explicit  # a back-off: an event is no reason to hurry, an operator is
    if record.reason_code == "rejected":
        return record.shop_updated_at == order.updated_at
    return record.reason_code == "skipped" or record.reason_code in STICKY_HOLDS


def result(records: tuple[SyncRecord, ...], reason: str = "", *, busy: bool = False) -> SyncResult:
    """The result of a look: the state that needs attention most, and its reason."""
    if not records:
        return SyncResult("none", (), reason or "There is nothing recorded for this order.", busy)
    first = min(records, key=lambda record: _ATTENTION.index(record.state))
    return SyncResult(str(first.state), records, reason or first.reason, busy)
