"""Events and hints, kept from the moment they are acknowledged until they are applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from order_sync.core.model.shop_event import InboxEntry, ShopEvent


@dataclass(frozen=True, slots=True)
class InboxStats:
    """``waiting``: events not yet applied, by connection; ``oldest``: since when the oldest of them waits."""

    waiting: dict[str, int]
    oldest: dict[str, datetime]


class Inbox(Protocol):
    """Keeps events. Safe between threads and processes; what `add` returned for is durable.

    Every method raises StorageError when the storage fails and StorageLockedError when it is held too long.
    """

    def add(self, events: Sequence[tuple[str, ShopEvent]], *, now: datetime) -> tuple[bool, ...]:
        """Store events as (connection, event), all or none; tells for each whether it is new.

        A repeat (same connection, topic and delivery key) is counted and dropped, also within one call.
        """
        ...

    def waiting_orders(self, *, limit: int, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """Orders with events not yet applied as (connection, order_id), longest waiting first, each once.

        ``order_id`` is empty for events that are not about one order. ``without``: connections whose orders are left
        out; their other events are not, because a person's data is erased also when no order can be read.
        """
        ...

    def waiting(self, connection: str, order_id: str) -> tuple[InboxEntry, ...]:
        """The events of an order that are not yet applied, oldest first."""
        ...

    def applied(self, entry_ids: Iterable[int], *, now: datetime, outcome: str) -> None:
        """Mark events as done; ``outcome`` says in a few words what came of them."""
        ...

    def prune(self, *, before: datetime) -> int:
        """Forget events applied before a moment; returns how many. Their repeats would count as new."""
        ...

    def stats(self) -> InboxStats:
        """What waits, by connection."""
        ...
