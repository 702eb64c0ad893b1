"""A journal that forgets everything when the process ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from order_sync.core.model.journal import JournalCheck, JournalEntry, JournalRow
from order_sync.core.model.sync_record import RecordKey
from order_sync.core.policies.journal_chain import ChainCheck, chained, payload_hash, payload_text
from order_sync.core.ports import Clock


@dataclass(frozen=True)
class _Kept:
    """A row, with what only the chain needs."""

    row: JournalRow
    payload_hash: str


class JournalRows:
    """Rows in a list, each with its hash. No salt: nothing of it is ever on a disk."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kept: list[_Kept] = []

    def add(self, key: RecordKey, at: datetime, entries: Iterable[JournalEntry]) -> None:
        """Append to the chain of the key's connection."""
        with self._lock:
            for entry in entries:
                self._kept.append(self._next(key, at, entry))

    def _next(self, key: RecordKey, at: datetime, entry: JournalEntry) -> _Kept:
        mine = (kept.row.hash for kept in reversed(self._kept) if kept.row.connection == key.connection)
        text = payload_text(entry.payload)
        row = JournalRow(
            number=len(self._kept) + 1,
            at=at,
            connection=key.connection,
            order_id=key.order_id,
            share=key.share,
            mode=str(key.mode),
            kind=entry.kind,
            payload=json.loads(text),  # a copy, as any storage would give back
            hash="",
        )
        kept = _Kept(row, payload_hash("", text))
        return replace(kept, row=replace(row, hash=chained(next(mine, ""), _named(kept))))

    def all(self) -> tuple[JournalRow, ...]:
        """Every row, oldest first."""
        with self._lock:
            return tuple(kept.row for kept in self._kept)

    def erase(self, connection: str, order_ids: Iterable[str] | None) -> None:
        """Forget the payloads of these orders, or of all."""
        wanted = None if order_ids is None else set(order_ids)
        with self._lock:
            self._kept = [
                replace(kept, row=replace(kept.row, payload=None))
                if kept.row.connection == connection and (wanted is None or kept.row.order_id in wanted)
                else kept
                for kept in self._kept
            ]

    def verify(self) -> tuple[JournalCheck, ...]:
        """Compute every chain again."""
        with self._lock:
            names = sorted({kept.row.connection for kept in self._kept})
            return tuple(self._verified([k for k in self._kept if k.row.connection == name]) for name in names)

    @staticmethod
    def _verified(chain: list[_Kept]) -> JournalCheck:
        check = ChainCheck(chain[0].row.connection, (len(chain), chain[-1].row.hash))
        for kept in chain:
            text = None if kept.row.payload is None else payload_text(kept.row.payload)
            salt = None if text is None else ""
            if not check.add(kept.row.number, {**_named(kept), "hash": kept.row.hash, "payload": text, "salt": salt}):
                break
        return check.ended(len(chain))


def _named(kept: _Kept) -> dict[str, object]:
    names = ("at", "connection", "order_id", "share", "mode", "kind")
    return {**{name: getattr(kept.row, name) for name in names}, "payload_hash": kept.payload_hash}


class InMemoryJournal:
    """The Journal port over rows in memory.

    Args:
        clock: dates what is appended.
        kept: those of an InMemoryLedger; None: rows of its own. Beside a host's own ledger, which keeps no journal, it
            has only what is appended to it.
    """

    def __init__(self, clock: Clock, kept: JournalRows | None = None) -> None:
        self.kept = JournalRows() if kept is None else kept
        self._clock = clock

    def append(self, key: RecordKey, *entries: JournalEntry) -> None:
        """See Journal."""
        self.kept.add(key, self._clock.now(), entries)

    def rows(
        self,
        *,
        connection: str | None = None,
        order_id: str | None = None,
        after: int = 0,
        limit: int = 1000,
        newest: bool = False,
    ) -> tuple[JournalRow, ...]:
        """See Journal."""
        found = tuple(
            row
            for row in self.kept.all()
            if row.number > after
            and (connection is None or row.connection == connection)
            and (order_id is None or row.order_id == order_id)
        )
        return found[-limit:] if newest else found[:limit]

    def last_number(self) -> int:
        """See Journal."""
        return len(self.kept.all())

    def verify(self) -> tuple[JournalCheck, ...]:
        """See Journal."""
        return self.kept.verify()
