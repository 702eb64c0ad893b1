"""What a worker does with a hint: look at the order, mark its events as applied, say when to come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OrderNotFoundError,
    OrderSyncError,
    PluginError,
    StorageError,
    UnknownConnectionError,
)
from order_sync.core.model.events import ConnectionPaused
from order_sync.core.model.shop_event import InboxEntry
from order_sync.core.ports import Clock, Inbox, Ledger, Notifier, Pause, Pauses, WorkKey
from order_sync.core.use_cases.apply_event import ApplyEvent
from order_sync.core.use_cases.context import ConnectionContext, SyncResult
from order_sync.core.use_cases.look_at_order import Look, LookAtOrder
from order_sync.core.use_cases.supplier_calls import SupplierCalls

BUSY_S = 1.0
"""An order that somebody else works on is looked at again after this (seconds)."""
UNCHANGED_S = 5.0
"""An order that is still due, though it was looked at, is left alone for this, doubling (seconds)."""
STORAGE = "storage"
"""The outcome when the ledger could not be used."""
STORAGE_S = 5.0
MOST_WHILE_SPREAD = 2
"""While calls are spread, more orders at once would only be read from the shop, refused, and read again."""
PAUSE_S = 60.0
LONGEST_PAUSE_S = 900.0
LOOKED = "looked"
"""The outcome of a look that both sides answered."""
PAUSED = "paused"
"""The outcome when credentials or settings are wrong: the connection rests, as the ledger says."""
REFUSED = "refused"
"""The same while a person's pause stands, which is not to be replaced."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of a hint: seconds until this order, or the whole connection, is worth another try.

    None: as the ledger says. ``outcome`` in one word, for counting; ``problem`` is what a person should read.
    """

    outcome: str
    again_in_s: float | None = None
    connection_in_s: float | None = None
    problem: str = ""


class WorkOnOrder:
    """Works on one order of one connection. Thread-safe; never raises but for defects.

    Args:
        contexts: gives a connection as it is stored now.
        calls_of: gives the gate of a supplier account.
    """

    def __init__(
        self,
        look_at_order: LookAtOrder,
        apply_event: ApplyEvent,
        ledger: Ledger,
        inbox: Inbox,
        pauses: Pauses,
        clock: Clock,
        notifier: Notifier,
        contexts: Callable[[str], ConnectionContext],
        calls_of: Callable[[str], SupplierCalls],
    ) -> None:
        self._look_at_order = look_at_order
        self._apply_event = apply_event
        self._ledger = ledger
        self._inbox = inbox
        self._pauses = pauses
        self._clock = clock
        self._notifier = notifier
        self._contexts = contexts
        self._calls_of = calls_of
        self._counting = Lock()
        self._under_way: Counter[str] = Counter()

    def __call__(self, key: WorkKey, *, look_anyhow: bool = False) -> Worked:
        """Do what the ledger and the inbox hold for the order; nothing when they hold nothing.

        Args:
            look_anyhow: look at it even so: somebody else keeps the hints.
        """
        try:
            entries = self._inbox.waiting(key.connection, key.order_id)
            if not key.order_id:
                return self._apply(key, entries)
            due = self._ledger.is_due(key.connection, key.order_id, until=self._clock.now())
            if not (entries or due or look_anyhow):
                return Worked("nothing to do")
            return self._look(key, entries, due=due)
        except StorageError as exc:
            return Worked(STORAGE, again_in_s=STORAGE_S, problem=str(exc))

    def _look(self, key: WorkKey, entries: tuple[InboxEntry, ...], *, due: bool) -> Worked:
        try:
            ctx = self._contexts(key.connection)
            account = ctx.connection.supplier_account
            calls = self._calls_of(account)
            if wait_s := calls.wait_s():
                return Worked("limited", connection_in_s=wait_s)
            if (spread_s := calls.spread_s()) and self._under_way[account] >= MOST_WHILE_SPREAD:
                return Worked("limited", connection_in_s=spread_s)
            with self._counted(account):
                result = self._look_at_order(ctx, key.order_id, Look(due_only=due and not entries))
        except UnknownConnectionError:
            return self._applied(entries, "no such connection")
        except OrderNotFoundError:
            return self._applied(entries, "not in the shop")
        except (AuthenticationError, ConfigurationError, PluginError) as exc:
            return self.pause(key.connection, exc)
        if result.busy:
            return Worked("busy", again_in_s=BUSY_S)
        self._applied(entries, result.state)
        return self._looked(key, result, due=due)

    @contextmanager
    def _counted(self, account: str) -> Iterator[None]:
        with self._counting:
            self._under_way[account] += 1
        try:
            yield
        finally:
            with self._counting:
                self._under_way[account] -= 1

    def _looked(self, key: WorkKey, result: SyncResult, *, due: bool) -> Worked:
        now = self._clock.now()
        still = due and any(r.due_at is not None and r.due_at <= now for r in result.records)
        return Worked(LOOKED, again_in_s=UNCHANGED_S if still else None)

    def _apply(self, key: WorkKey, entries: tuple[InboxEntry, ...]) -> Worked:
        for entry in entries:
            outcome = self._apply_event(entry)
            self._inbox.applied([entry.entry_id], now=self._clock.now(), outcome=outcome)
        return Worked("applied" if entries else "nothing to do")

    def _applied(self, entries: tuple[InboxEntry, ...], outcome: str) -> Worked:
        self._inbox.applied([entry.entry_id for entry in entries], now=self._clock.now(), outcome=outcome)
        return Worked(outcome)

    def pause(self, connection: str, exc: OrderSyncError) -> Worked:
        """Nothing of the connection can work now; its events stay, and are tried again after the pause."""
        now = self._clock.now()
        before = self._pauses.all().get(connection)
        if before is not None and before.by_person:  # that one is to stay; this process leaves the connection alone
            return Worked(REFUSED, connection_in_s=PAUSE_S, problem=str(exc))
        if before is not None and before.until is not None and before.until > now:
            return Worked(PAUSED, connection_in_s=(before.until - now).total_seconds())
        times = before.times + 1 if before is not None and before.code == exc.code else 1
        pause_s = min(LONGEST_PAUSE_S, PAUSE_S * 2.0 ** min(times - 1, 10))
        pause = Pause(
            connection=connection,
            code=exc.code,
            reason=exc.message,
            next_action=exc.next_step or "Mend it; it is tried again by itself.",
            since=before.since if before is not None and times > 1 else now,
            until=now + timedelta(seconds=pause_s),
            times=times,
        )
        self._pauses.pause(pause)
        self._notifier.notify(ConnectionPaused(connection, pause.reason, pause.next_action))
        return Worked(PAUSED, connection_in_s=pause_s)
