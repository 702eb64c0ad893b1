"""The public API: orders and their records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from order_sync.bootstrap.dry_run import DryRun
from order_sync.bootstrap.installation import Installation
from order_sync.bootstrap.notifications import Notifications
from order_sync.core.errors import ConfigurationError, OrderNotFoundError
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.ports import Attempt, HistoryEntry, WorkKey
from order_sync.core.use_cases.context import SyncResult
from order_sync.core.use_cases.look_at_shop import Progress, ShopLook
from order_sync.core.use_cases.reconcile import Reconciliation
from order_sync.core.use_cases.work_on_order import WorkOnOrder

_MOST_EVENTS = 10_000
_ID_DIGITS = 10
"""Shopify's order ids have more digits than the numbers that shops give their orders."""


class OrdersApi(Installation):
    """Buying, looking, and what was recorded."""

    @cached_property
    def notifications(self) -> Notifications:
        """What people are told: services(), test(), digest(); a service and `sync` tell by themselves."""
        return Notifications(self)

    def handle_new_order(
        self, connection: str, order_id: str, *, explicit: bool = False, follow: bool = False
    ) -> SyncResult:
        """Look at an order's present state and buy what is due; safe to call any number of times.

        Args:
            order_id: what the shop calls it, or its short numeric form.
            explicit: an operator asked for this order: its age does not matter.
            follow: also ask the supplier for shipments of it now.
        """
        built = self._asked(connection) if explicit else self._built(connection)
        order_id = built.source.canonical_order_id(order_id)
        return self.container.handle_new_order()(built.context(), order_id, explicit=explicit, follow=follow)

    def handle_fulfillment(
        self, connection: str, order_id: str, fulfillment_id: str, *, explicit: bool = False, follow: bool = False
    ) -> SyncResult:
        """Buy what one fulfillment covers (manual mode); safe to call any number of times."""
        built = self._asked(connection) if explicit else self._built(connection)
        order_id = built.source.canonical_order_id(order_id)
        return self.container.handle_fulfillment()(
            built.context(), order_id, fulfillment_id, explicit=explicit, follow=follow
        )

    def settle(self, connection: str, order_id: str) -> SyncResult:
        """Do what is due for one order until nothing is, waiting up to 30 s at a time for what settles soon."""
        built = self._built(connection)
        order_id = built.source.canonical_order_id(order_id)
        self.container.look_at_shop().drain(built.context(), ShopLook(), only=order_id)
        return self._result(self._ledger.records_of_order(connection, order_id))

    def sync(
        self,
        connection: str,
        *,
        since: datetime | None = None,
        dry_run: bool = False,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> ShopLook:
        """Look at the shop once and do what is due.

        Args:
            since: an explicit backfill, aware: orders changed since then, also those older than enabled_since.
            dry_run: say what would be bought; nothing is sent or stored anywhere.
            limit: look at no more orders than that.
        """
        if since is not None and since.tzinfo is None:
            raise ConfigurationError("since needs a time zone.", next_step="For example 2026-01-31T00:00:00Z.")
        if limit is not None and limit < 1:
            raise ConfigurationError("limit must be at least 1.")
        context = self._asked(connection).context(dry_run=dry_run)
        if dry_run:
            return self._dry_run(connection).look(context, since=since, limit=limit, progress=progress)
        self._work_off_inbox(connection)
        look = self.container.look_at_shop()(context, since=since, limit=limit, progress=progress)
        self.container.pauses().resume(connection)
        self.container.erase_old_data()(connection)
        self.notifications.after_sync()
        return look

    def reconcile(self, connection: str, *, repair: bool = False, since: datetime | None = None) -> Reconciliation:
        """Compare shop, ledger and supplier; with ``repair`` mend what can be mended safely.

        Args:
            since: aware; purchases and orders since then. None: as far back as the supplier shows any.
        """
        if since is not None and since.tzinfo is None:
            raise ConfigurationError("since needs a time zone.", next_step="For example 2026-01-31T00:00:00Z.")
        return self.container.reconcile()(self._built(connection).context(), repair=repair, since=since)

    def _work_off_inbox(self, connection: str) -> None:
        """Events that came while no service ran."""
        work = self.work_on_order()
        for name, order_id in self.container.inbox().waiting_orders(limit=_MOST_EVENTS):
            if name == connection:
                work(WorkKey(name, order_id))

    def work_on_order(self) -> WorkOnOrder:
        """What a worker does with a hint."""
        return self.container.work_on_order(contexts=lambda name: self._built(name).context(), calls_of=self.calls_of)

    def going_live(self, connection: str, values: Mapping[str, Any]) -> tuple[SyncRecord, ...]:
        """What would be bought for real money first, were these settings changed now; nothing is changed."""
        stored = self._store.get(connection)
        settings = stored.order_sync.with_values(values, now=self.container.clock().now())
        context = self._built(connection).context(dry_run=True)
        return self._dry_run(connection).first_purchases(context, settings)

    def _dry_run(self, connection: str) -> DryRun:
        ledger = self._ledger if self._ledger_exists() else None
        return DryRun(self.config, self.container.clock(), ledger, connection)

    def find_order_id(self, connection: str, text: str) -> str:
        """An order's id from its id, its short form or its name ("#1001", "1001").

        A number is first taken for a name: names are what people read, and the two differ in length.
        """
        source = self._built(connection).source
        may_be_name = "/" not in text and (len(text) < _ID_DIGITS or not text.isdigit())
        heads = source.find_orders_by_name(text) if may_be_name else ()
        return heads[0].order_id if heads else source.canonical_order_id(text)

    def records(
        self, connection: str | None = None, *, states: Iterable[State] | None = None, text: str | None = None
    ) -> tuple[SyncRecord, ...]:
        """Records, newest first; ``text`` is an order id, order name, PO number or supplier order number."""
        if not self._ledger_exists():
            return ()
        wanted = None if states is None else tuple(states)
        found = self._ledger.find(connection=connection, states=wanted, text=text)
        if not found and text and not text.startswith("#"):
            found = self._ledger.find(connection=connection, states=wanted, text=f"#{text}")
        if not found and text and text.isdigit():
            found = tuple(
                r
                for r in self._ledger.find(connection=connection, states=wanted)
                if r.key.order_id.rpartition("/")[2] == text
            )
        return found

    def records_called(
        self, text: str, connection: str | None = None, *, share: str | None = None
    ) -> tuple[SyncRecord, ...]:
        """The records that ``text`` names. Raises OrderNotFoundError when there are none."""
        found = tuple(r for r in self.records(connection, text=text) if share in (None, r.key.share))
        if not found:
            raise OrderNotFoundError(
                f"No order, PO number or supplier order {text!r} is recorded.",
                next_step="See order-sync orders for what is, or order-sync handle NAME ORDER to look at it now.",
                order=text,
            )
        return found

    def attempts(self, record: SyncRecord) -> tuple[Attempt, ...]:
        """Every call to the supplier for a record, oldest first."""
        return self._ledger.attempts(record.key)

    def history(self, record: SyncRecord) -> tuple[HistoryEntry, ...]:
        """Every move of a record, oldest first."""
        return self._ledger.history(record.key)

    def retry(self, record: SyncRecord) -> SyncResult:
        """Decide a share afresh, or look one in doubt up now."""
        context = self._asked(record.key.connection).context()
        return self.container.operator_actions().retry(context, record)

    def release(self, record: SyncRecord) -> SyncResult:
        """Lift a hold: buy without the lines at fault."""
        context = self._asked(record.key.connection).context()
        return self.container.operator_actions().release(context, record)

    def settle_by_hand(self, record: SyncRecord, *, order_numbers: Iterable[str] = (), reason: str = "") -> SyncRecord:
        """End a doubt by what a person found out at the supplier.

        Args:
            order_numbers: the orders that the supplier has; none: it has none, and the purchase is sent again.
        """
        context = self._asked(record.key.connection).context()
        return self.container.operator_actions().settle(context, record, tuple(order_numbers), reason)

    def cancel(self, record: SyncRecord, reason: str = "") -> SyncRecord:
        """Have a purchase cancelled at the supplier; a share that is not bought yet is skipped."""
        context = self._asked(record.key.connection).context()
        return self.container.operator_actions().cancel(context, record, reason)

    def skip(self, record: SyncRecord, reason: str = "") -> SyncRecord:
        """Never buy a share."""
        return self.container.operator_actions().skip(record, reason)

    @staticmethod
    def _result(records: tuple[SyncRecord, ...]) -> SyncResult:
        from order_sync.core.use_cases.look_at_order import result

        return result(records)
