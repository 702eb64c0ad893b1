"""Looking at the whole shop once: what changed since the last look, and what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from order_sync.core.errors import OrderNotFoundError
from order_sync.core.model.order import OrderHead
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.ports import Clock, Ledger, TaskRunner, WorkKey
from order_sync.core.use_cases.context import ConnectionContext
from order_sync.core.use_cases.look_at_order import Look, LookAtOrder

OVERLAP = timedelta(minutes=10)
"""How far every look goes back behind the last one: changes may show late in the shop's search."""
FIRST_LOOK = timedelta(days=1)
"""How far back the first look of a connection goes that was never turned on."""
SETTLE_WINDOW = timedelta(seconds=30)
"""What becomes due within this time is waited for."""
RATE_WINDOW = timedelta(seconds=65)
"""What only waits for the supplier's limit is waited for this long: S&S counts requests per minute (API v2)."""
_CURSOR_EVERY = 25
"""After so many orders the cursor follows, so that a look that is killed goes on from there."""
_MAX_LOOKS = 20
"""So often an order is looked at in one run; what is not settled then is left to the next."""

Progress = Callable[[int, OrderHead | None], None]
"""Told (orders looked at so far, the one in hand)."""


@dataclass
class ShopLook:
    """What a look at a shop found: how many orders, their records, and problems that no record tells of.

    ``passed_over``: changes of orders that somebody else was working on.
    """

    looked_at: int = 0
    order_ids: dict[str, None] = field(default_factory=dict)
    records: tuple[SyncRecord, ...] = ()
    problems: list[str] = field(default_factory=list)
    passed_over: list[datetime] = field(default_factory=list)

    def cursor(self, newest: datetime) -> datetime:
        """Up to where everything was seen to: whoever works on an order now may die before it is stored."""
        return min([newest, *self.passed_over])


def look_from(ctx: ConnectionContext, ledger: Ledger, clock: Clock) -> datetime:
    """From when on a look lists the changes: somewhat before the last one ended."""
    start = ledger.cursor(ctx.connection.name)
    if start is None:
        start = ctx.settings.enabled_since or clock.now() - FIRST_LOOK
    return start - OVERLAP


class LookAtShop:
    """The scheduled look: finds what events missed, on the same path as every hint."""

    def __init__(self, look_at_order: LookAtOrder, ledger: Ledger, clock: Clock, runner: TaskRunner) -> None:
        self._look_at_order = look_at_order
        self._ledger = ledger
        self._clock = clock
        self._runner = runner

    def __call__(
        self,
        ctx: ConnectionContext,
        *,
        since: datetime | None = None,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> ShopLook:
        """Look at every order changed since the last look, then do what is due until nothing is.

        Args:
            since: an explicit backfill: orders changed since then, whatever their age.
            limit: look at no more orders than that; the next look goes on from there.
            progress: is told about every order.

        Raises:
            AuthenticationError: credentials are refused; the look ends, what was found is stored.
        """
        look = ShopLook()
        heads: dict[str, OrderHead] = {}

        def handler(key: WorkKey) -> None:
            head = heads.get(key.order_id)
            try:
                result = self._look_at_order(ctx, key.order_id, Look(explicit=since is not None, head=head))
                if result.busy and head is not None:
                    look.passed_over.append(head.updated_at)
            except OrderNotFoundError as exc:  # listed, and gone a moment later
                look.problems.append(str(exc))

        start = look_from(ctx, self._ledger, self._clock)
        self._runner.start(handler)
        try:
            complete, newest = self._list(ctx, look, heads, since, limit, progress)
        finally:
            self._runner.stop(grace_s=0)
        gapless = since is None or (complete and since <= start)
        if newest is not None and gapless and not ctx.dry_run:
            self._ledger.set_cursor(ctx.connection.name, look.cursor(newest))
        if not ctx.dry_run:
            self.drain(ctx, look)
        look.records = tuple(
            record
            for order_id in look.order_ids
            for record in self._ledger.records_of_order(ctx.connection.name, order_id)
        )
        return look

    def _list(
        self,
        ctx: ConnectionContext,
        look: ShopLook,
        heads: dict[str, OrderHead],
        since: datetime | None,
        limit: int | None,
        progress: Progress | None,
    ) -> tuple[bool, datetime | None]:
        """Hand every changed order to the runner. Returns (whether the list was finished, newest change seen)."""
        newest: datetime | None = None
        for head in ctx.source.orders_changed_since(since or look_from(ctx, self._ledger, self._clock)):
            if head.order_id in heads:
                continue
            if limit is not None and look.looked_at >= limit:
                return False, newest
            heads[head.order_id] = head
            look.looked_at += 1
            look.order_ids[head.order_id] = None
            if progress:
                progress(look.looked_at, head)
            self._runner.submit(WorkKey(ctx.connection.name, head.order_id))
            newest = max(newest, head.updated_at) if newest else head.updated_at
            if since is None and not ctx.dry_run and look.looked_at % _CURSOR_EVERY == 0:
                self._ledger.set_cursor(ctx.connection.name, look.cursor(newest))
        return True, newest

    def drain(self, ctx: ConnectionContext, look: ShopLook, *, only: str | None = None) -> None:
        """Do what is due, waiting for what becomes due within SETTLE_WINDOW, until nothing is.

        Args:
            only: just this order.
        """
        name = ctx.connection.name
        looks = Counter[str]()
        while (due := self._next_due(name, looks, only)) is not None:
            order_id, due_at = due
            wait = (due_at - self._clock.now()).total_seconds()
            if wait > 0:
                self._clock.sleep_s(wait)
            before = self._ledger.records_of_order(name, order_id)
            after = self._look_at_order(ctx, order_id, Look(due_only=True)).records
            look.order_ids[order_id] = None
            looks[order_id] += _MAX_LOOKS if after == before else 1  # unchanged: somebody else works on it

    def _next_due(self, name: str, looks: Counter[str], only: str | None) -> tuple[str, datetime] | None:
        now = self._clock.now()
        for order_id, due_at in self._ledger.due(name, until=now + RATE_WINDOW):
            if looks[order_id] >= _MAX_LOOKS or only not in (None, order_id):
                continue
            records = () if due_at <= now + SETTLE_WINDOW else self._ledger.records_of_order(name, order_id)
            if not records or any(record.reason_code == "rate_limited" for record in records):
                return order_id, due_at
        return None
