"""The public API: the inbox of what needs a person, the SKU map, pausing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from order_sync.bootstrap.dry_run import DryRun
from order_sync.bootstrap.open_tasks import open_tasks
from order_sync.bootstrap.orders_api import OrdersApi
from order_sync.core.errors import (
    AuthenticationError,
    BusinessRuleError,
    ConfigurationError,
    OrderSyncError,
)
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.model.sync_record import RecordKey, State, SyncRecord
from order_sync.core.model.task import Task, TaskKind
from order_sync.core.ports import BY_PERSON, Pause


@dataclass(frozen=True)
class Acted:
    """What came of an action on one record: the record ``after`` it, or why it was refused, or failed."""

    before: SyncRecord
    after: SyncRecord | None
    refused: str = ""
    failed: str = ""


def _since(record: SyncRecord, otherwise: datetime) -> datetime:
    return record.reason_since or record.updated_at or otherwise


class InboxApi(OrdersApi):
    """What needs a person, many orders at once, the SKU map, pause and resume."""

    def tasks(
        self,
        connection: str | None = None,
        *,
        kinds: Iterable[TaskKind] | None = None,
        reasons: Iterable[str] | None = None,
    ) -> tuple[Task, ...]:
        """What needs a person, the most urgent first: held, rejected, in doubt, overdue, or bought with a flaw."""
        wanted = None if kinds is None else frozenset(kinds)
        codes = None if reasons is None else frozenset(reasons)
        return tuple(
            task
            for task in open_tasks(self, connection)
            if (wanted is None or task.kind in wanted) and (codes is None or task.reason_code in codes)
        )

    def select(
        self,
        connection: str | None = None,
        *,
        texts: Iterable[str] = (),
        reasons: Iterable[str] = (),
        states: Iterable[State] = (),
        changed_before: datetime | None = None,
    ) -> tuple[SyncRecord, ...]:
        """Records of these orders, or all, that every filter fits.

        Raises:
            OrderNotFoundError: nothing is recorded under one of the texts.
        """
        named = {record.key: record for text in texts for record in self.records_called(text, connection)}
        codes, wanted = frozenset(reasons), frozenset(states)
        return tuple(
            record
            for record in (named.values() or self.records(connection))
            if (not codes or record.reason_code in codes)
            and (not wanted or record.state in wanted)
            and (changed_before is None or _since(record, changed_before) < changed_before)
        )

    def act_on(
        self,
        action: str,
        records: Iterable[SyncRecord],
        *,
        reason: str = "",
        order_numbers: Iterable[str] = (),
        dry_run: bool = False,
        progress: Callable[[SyncRecord], None] | None = None,
    ) -> tuple[Acted, ...]:
        """Do the same to many records, one after the other; what one of them does not allow stops no other.

        Args:
            action: retry, release, skip, settle or cancel.
            reason: kept with each record, for skip, settle and cancel.
            order_numbers: for settle: the supplier's orders; none: it has none.
            dry_run: on a copy of the ledger, sending nothing: what would come of it. Not for cancel.

        Raises:
            AuthenticationError: credentials are refused, so that the rest would fail too.
        """
        numbers, done = tuple(order_numbers), []
        copies: dict[str, DryRun] = {}  # what one action would spend counts for the next
        for record in records:
            if progress:
                progress(record)
            try:
                if dry_run:
                    name = record.key.connection
                    copies[name] = copies[name] if name in copies else self._dry_run(name)
                    after = self._would_become(copies[name], action, record, reason, numbers)
                else:
                    self._do(action, record, reason, numbers)
                    after = self.record(record.key)
                done.append(Acted(record, after))
            except AuthenticationError:
                raise
            except BusinessRuleError as exc:
                done.append(Acted(record, None, refused=str(exc)))
            except OrderSyncError as exc:
                done.append(Acted(record, None, failed=str(exc)))
        return tuple(done)

    def _do(self, action: str, record: SyncRecord, reason: str, numbers: tuple[str, ...]) -> object:
        if action == "retry":
            return self.retry(record)
        if action == "release":
            return self.release(record)
        if action == "skip":
            return self.skip(record, reason)
        if action == "cancel":
            return self.cancel(record, reason)
        if action == "settle":
            return self.settle_by_hand(record, order_numbers=numbers, reason=reason)
        raise ConfigurationError(f"There is no action {action!r}.", next_step="Use retry, release, skip or settle.")

    def _would_become(
        self, copy: DryRun, action: str, record: SyncRecord, reason: str, numbers: tuple[str, ...]
    ) -> SyncRecord | None:
        context = self._built(record.key.connection).context(dry_run=True)
        return copy.act(context, action, record, reason, numbers)

    def record(self, key: RecordKey) -> SyncRecord | None:
        """One record as it is now; None when there is none."""
        if not self._ledger_exists():
            return None
        mine = self._ledger.records_of_order(key.connection, key.order_id)
        return next((record for record in mine if record.key == key), None)

    def pause(self, connection: str, reason: str = "") -> Pause:
        """Buy nothing for a connection until `resume`; what is being sent at this moment ends.

        Orders are still read and decided, shipments followed, the shop told, and doubts settled by look-up.
        """
        self._store.get(connection)
        next_action = f"order-sync resume {connection}"
        now = self.container.clock().now()
        pause = Pause(connection, BY_PERSON, reason, next_action, since=now, until=None)
        self.container.pauses().pause(pause)
        return pause

    def resume(self, connection: str) -> bool:
        """Buy again, what waited meanwhile too; tells whether a person's pause was ended."""
        self._store.get(connection)
        was_paused = self.paused(connection) is not None
        if was_paused:
            self.container.pauses().resume(connection, by_person=True)
        now = self.container.clock().now()
        waiting = self.records(connection, states=(State.WAITING, State.PLANNED))
        order_ids = sorted({r.key.order_id for r in waiting if r.reason_code == BY_PERSON})
        hints = [
            (connection, ShopEvent("order-sync/resume", EventKind.LOOK, f"{order_id}@{now.isoformat()}", order_id))
            for order_id in order_ids
        ]
        if hints:
            self.container.inbox().add(hints, now=now)
        return was_paused
