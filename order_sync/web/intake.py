"""Storing events before they are acknowledged, many at a time."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from order_sync.core.errors import ClosedError, OrderSyncError, StorageError, StorageLockedError
from order_sync.core.model.shop_event import ShopEvent
from order_sync.core.policies.redaction import trace_of
from order_sync.core.ports import Clock, Inbox

MOST_WAITING = 2000
"""More events at once are refused: the shop sends them again."""
MOST_AT_ONCE = 500
LONGEST_WAIT_S = 4.0
"""Shopify takes an answer after 5 s for a failure (webhook documents)."""

log = logging.getLogger("order_sync")


@dataclass(frozen=True, slots=True)
class _Asked:
    connection: str
    event: ShopEvent
    loop: asyncio.AbstractEventLoop
    stored: asyncio.Future[bool]


class Intake:
    """A thread that stores what waits in one transaction, and then tells all who wait.

    Args:
        stored: is told (connection, order_id) of every event that is new.
    """

    def __init__(self, inbox: Inbox, clock: Clock, stored: Callable[[str, str], None]) -> None:
        self._inbox = inbox
        self._clock = clock
        self._stored = stored
        self._waiting: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = False

    async def store(self, connection: str, event: ShopEvent) -> bool:
        """Store an event; whether it is new. When this returns, it is on disk.

        Raises:
            StorageError: it is not known to be stored; have it sent again.
            ClosedError: the same, after `end`.
        """
        if self._ended:
            raise ClosedError("The installation was closed.")
        self._start()
        if self._waiting.qsize() >= MOST_WAITING:
            raise StorageLockedError("Too many events wait to be stored.")
        loop = asyncio.get_running_loop()
        asked = _Asked(connection, event, loop, loop.create_future())
        self._waiting.put(asked)
        try:
            return await asyncio.wait_for(asked.stored, LONGEST_WAIT_S)
        except TimeoutError:
            raise StorageLockedError(f"The event could not be stored within {LONGEST_WAIT_S:g} s.") from None

    def end(self) -> None:
        """Store what waits, and nothing more: the ledger is given back."""
        self._ended = True
        self.close()

    def close(self) -> None:
        """Store what waits, then rest until the next event."""
        with self._starting:
            if self._thread is not None:
                self._waiting.put(None)
                self._thread.join(LONGEST_WAIT_S)
                self._thread = None

    def _start(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="order-sync-intake", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            ending = False
            while len(group) < MOST_AT_ONCE:
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    ending = True
                    break
                group.append(following)
            self._store(group)
            if ending:
                return

    def _store(self, group: list[_Asked]) -> None:
        # whoever gave up waiting was told to send it again
        group = [asked for asked in group if not asked.stored.cancelled()]
        try:
            fresh = self._inbox.add([(a.connection, a.event) for a in group], now=self._clock.now())
        except OrderSyncError as exc:
            _tell(group, [exc] * len(group))
            return
        except Exception as exc:
            log.error("events could not be stored: %s", trace_of(exc))
            _tell(group, [StorageError(f"The events could not be stored ({type(exc).__name__}).")] * len(group))
            return
        _tell(group, fresh)
        for asked, is_new in zip(group, fresh, strict=True):
            if is_new:
                self._stored(asked.connection, asked.event.order_id)


def _tell(group: list[_Asked], outcomes: Sequence[bool | OrderSyncError]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[bool], bool | OrderSyncError]]] = {}
    for asked, outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(asked.loop, []).append((asked.stored, outcome))
    for loop, told in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, told)
        except RuntimeError:  # the loop ended meanwhile: nobody waits
            log.warning("%d events were stored after their requests had ended", len(told))


def _resolve(told: list[tuple[asyncio.Future[bool], bool | OrderSyncError]]) -> None:
    for stored, outcome in told:
        if stored.done():
            continue
        if isinstance(outcome, OrderSyncError):
            stored.set_exception(outcome)
        else:
            stored.set_result(outcome)
