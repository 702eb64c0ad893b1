"""The look at a shop that workers carry out: what changed becomes hints, so that nothing depends on events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice

from order_sync.core.errors import AuthenticationError, OrderSyncError
from order_sync.core.model.order import OrderHead
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.ports import Clock, Inbox, Ledger, LookSummary
from order_sync.core.use_cases.context import ConnectionContext
from order_sync.core.use_cases.look_at_shop import look_from

TOPIC = "order-sync/look"
CLAIM = "#look"
"""Claimed like an order, so that two processes do not look at the same shop at once."""
_CLAIM_S = 600.0
_PAGE = 50
_FRESH = timedelta(minutes=2)
"""Shops date changes by the second: an order that changed just now is hinted at once more later."""


class ScheduledLook:
    """Lists what changed since the last look and hands every order on, page by page; the cursor follows.

    A crash loses at most one page, which is listed again.
    """

    def __init__(self, ledger: Ledger, inbox: Inbox, clock: Clock) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._clock = clock

    def __call__(self, ctx: ConnectionContext, hinted: Callable[[str, str], None]) -> LookSummary | None:
        """Look once; None when another process does it now.

        Args:
            hinted: is told (connection, order_id) of every order that is new to the inbox.

        Raises:
            AuthenticationError: credentials are refused; the summary is stored.
        """
        name = ctx.connection.name
        claim = self._ledger.claim(name, CLAIM, now=self._clock.now(), lease_s=_CLAIM_S)
        if claim is None:
            return None
        started = self._clock.now()
        listed = new = 0
        problem: OrderSyncError | None = None
        try:
            heads = iter(ctx.source.orders_changed_since(look_from(ctx, self._ledger, self._clock)))
            while page := list(islice(heads, _PAGE)):
                fresh = self._store(name, page, hinted)
                listed, new = listed + len(page), new + fresh
        except OrderSyncError as exc:
            problem = exc
        finally:
            self._ledger.give_back(claim)
        summary = LookSummary(name, started, self._clock.now(), listed, new, str(problem) if problem else "")
        self._ledger.note_look(summary)
        if isinstance(problem, AuthenticationError):
            raise problem
        return summary

    def _store(self, name: str, page: Iterable[OrderHead], hinted: Callable[[str, str], None]) -> int:
        heads = list({head.order_id: head for head in page}.values())
        now = self._clock.now()
        fresh = self._inbox.add([(name, _hint(head, now)) for head in heads], now=now)
        self._ledger.set_cursor(name, max(head.updated_at for head in heads))
        for head, is_new in zip(heads, fresh, strict=True):
            if is_new:
                hinted(name, head.order_id)
        return sum(fresh)


def _hint(head: OrderHead, now: datetime) -> ShopEvent:
    once_more = "~" if now - head.updated_at < _FRESH else ""
    key = f"{head.order_id}@{head.updated_at.isoformat()}{once_more}"
    return ShopEvent(TOPIC, EventKind.LOOK, key, order_id=head.order_id, triggered_at=head.updated_at)
