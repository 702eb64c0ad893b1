"""An inbox that forgets everything when the process ends."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from order_sync.core.model.shop_event import InboxEntry, ShopEvent
from order_sync.core.ports import InboxStats


@dataclass
class _Kept:
    entry: InboxEntry
    applied_at: datetime | None = None
    repeats: int = 0


class InMemoryInbox:
    """The Inbox port over a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str, str], _Kept] = {}
        self._last_id = 0

    def add(self, events: Sequence[tuple[str, ShopEvent]], *, now: datetime) -> tuple[bool, ...]:
        """See Inbox."""
        with self._lock:
            return tuple(self._add(connection, event, now) for connection, event in events)

    def _add(self, connection: str, event: ShopEvent, now: datetime) -> bool:
        known = self._kept.get(key := (connection, event.topic, event.delivery_key))
        if known is not None:
            known.repeats += 1
            return False
        self._last_id += 1
        self._kept[key] = _Kept(InboxEntry(self._last_id, connection, event, now))
        return True

    def waiting_orders(self, *, limit: int, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """See Inbox."""
        found = ((entry.connection, entry.event.order_id) for entry in self._waiting())
        return tuple(dict.fromkeys(key for key in found if not key[1] or key[0] not in without))[:limit]

    def waiting(self, connection: str, order_id: str) -> tuple[InboxEntry, ...]:
        """See Inbox."""
        return tuple(e for e in self._waiting() if (e.connection, e.event.order_id) == (connection, order_id))

    def applied(self, entry_ids: Iterable[int], *, now: datetime, outcome: str) -> None:
        """See Inbox."""
        ids = set(entry_ids)
        with self._lock:
            for kept in self._kept.values():
                if kept.entry.entry_id in ids:
                    kept.applied_at = now

    def prune(self, *, before: datetime) -> int:
        """See Inbox."""
        with self._lock:
            old = [key for key, kept in self._kept.items() if kept.applied_at is not None and kept.applied_at < before]
            for key in old:
                del self._kept[key]
        return len(old)

    def stats(self) -> InboxStats:
        """See Inbox."""
        waiting: dict[str, int] = {}
        oldest: dict[str, datetime] = {}
        for entry in self._waiting():
            waiting[entry.connection] = waiting.get(entry.connection, 0) + 1
            oldest.setdefault(entry.connection, entry.received_at)
        return InboxStats(waiting, oldest)

    def _waiting(self) -> list[InboxEntry]:
        with self._lock:
            return [kept.entry for kept in self._kept.values() if kept.applied_at is None]
