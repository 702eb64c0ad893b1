"""A ledger that forgets everything when the process ends."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from order_sync.adapters.memory.journal import JournalRows
from order_sync.core.model.journal import JournalEntry
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import RecordKey, State, SyncRecord
from order_sync.core.ports import Attempt, Claim, HistoryEntry, LookSummary, claim_lost, po_number_taken


class InMemoryLedger:
    """The Ledger port over dictionaries.

    Args:
        records: what it knows from the start, for example a snapshot of another ledger.
    """

    def __init__(self, records: Iterable[SyncRecord] = ()) -> None:
        self._lock = threading.RLock()
        self._records: dict[RecordKey, SyncRecord] = {record.key: record for record in records}
        self._claims: dict[tuple[str, str], tuple[int, datetime | None]] = {}
        self._attempts: dict[RecordKey, list[Attempt]] = {}
        self._history: dict[RecordKey, list[HistoryEntry]] = {}
        self._cursors: dict[str, datetime] = {}
        self._looks: dict[str, LookSummary] = {}
        self._last_now = datetime.min.replace(tzinfo=UTC)
        self.journal = JournalRows()

    def claim(self, connection: str, order_id: str, *, now: datetime, lease_s: float) -> Claim | None:
        """See Ledger."""
        with self._lock:
            self._last_now = now = max(now, self._last_now)
            fence, lease_until = self._claims.get((connection, order_id), (0, None))
            if lease_until is not None and lease_until > now:
                return None
            until = now + timedelta(seconds=lease_s)
            self._claims[(connection, order_id)] = (fence + 1, until)
            return Claim(connection, order_id, fence + 1, until, orphaned=lease_until is not None)

    def give_back(self, claim: Claim) -> None:
        """See Ledger."""
        with self._lock:
            if self.still_mine(claim):
                self._claims[(claim.connection, claim.order_id)] = (claim.fence, None)

    def still_mine(self, claim: Claim) -> bool:
        """See Ledger."""
        with self._lock:
            return self._claims.get((claim.connection, claim.order_id), (0, None))[0] == claim.fence

    def records_of_order(self, connection: str, order_id: str) -> tuple[SyncRecord, ...]:
        """See Ledger."""
        with self._lock:
            return tuple(
                r for r in self._records.values() if (r.key.connection, r.key.order_id) == (connection, order_id)
            )

    def save(
        self,
        claim: Claim,
        record: SyncRecord,
        *,
        attempt: Attempt | None = None,
        known: SyncRecord | None = None,
        entries: Sequence[JournalEntry] = (),
    ) -> SyncRecord:
        """See Ledger."""
        with self._lock:
            self._require(claim)
            self._refuse_taken_po(record)
            before = self._records.get(record.key)
            now = self._last_now
            stored = replace(record, created_at=record.created_at or now, updated_at=now)
            self._records[record.key] = stored
            if attempt is not None:
                self._attempts.setdefault(record.key, []).append(attempt)
            if before is None or (before.state, before.reason) != (stored.state, stored.reason):
                self._history.setdefault(record.key, []).append(HistoryEntry(now, stored.state, stored.reason))
            self.journal.add(record.key, now, entries)
            return stored

    def remove_placeholder(self, claim: Claim, key: RecordKey) -> None:
        """See Ledger."""
        with self._lock:
            self._require(claim)
            record = self._records.get(key)
            if record is not None and record.po_number is None:
                del self._records[key]

    def find(
        self,
        *,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        text: str | None = None,
    ) -> tuple[SyncRecord, ...]:
        """See Ledger."""
        wanted = None if states is None else frozenset(states)
        with self._lock:
            found = [
                record
                for record in self._records.values()
                if (connection is None or record.key.connection == connection)
                and (wanted is None or record.state in wanted)
                and (text is None or _is_called(record, text))
            ]
        return tuple(reversed(found))

    def intended_since(self, connection: str, mode: Mode, at: datetime) -> tuple[SyncRecord, ...]:
        """See Ledger."""
        with self._lock:
            return tuple(
                record
                for record in self._records.values()
                if (record.key.connection, record.key.mode) == (connection, mode)
                and record.intent_at is not None
                and record.intent_at >= at
            )

    def due(self, connection: str, *, until: datetime) -> tuple[tuple[str, datetime], ...]:
        """See Ledger."""
        earliest: dict[str, datetime] = {}
        with self._lock:
            for record in self._records.values():
                if record.key.connection == connection and record.due_at is not None and record.due_at <= until:
                    known = earliest.get(record.key.order_id, record.due_at)
                    earliest[record.key.order_id] = min(known, record.due_at)
        return tuple(sorted(earliest.items(), key=lambda pair: pair[1]))

    def due_orders(self, *, until: datetime, limit: int, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """See Ledger."""
        with self._lock:
            due = sorted(
                (record.due_at, record.key.connection, record.key.order_id)
                for record in self._records.values()
                if record.due_at is not None and record.due_at <= until and record.key.connection not in without
            )
            free = (key for _, *key in due if not self._is_claimed(key[0], key[1], until))
            return tuple(dict.fromkeys((connection, order_id) for connection, order_id in free))[:limit]

    def is_due(self, connection: str, order_id: str, *, until: datetime) -> bool:
        """See Ledger."""
        records = self.records_of_order(connection, order_id)
        return any(record.due_at is not None and record.due_at <= until for record in records)

    def due_purchases(self, account: str, *, until: datetime, limit: int) -> tuple[str, ...]:
        """See Ledger."""
        with self._lock:
            due = sorted(
                (record.due_at, record.po_number)
                for record in self._records.values()
                if record.supplier_account == account
                and record.state in (State.PLACED, State.SHIPPED)
                and record.po_number is not None
                and record.due_at is not None
                and record.due_at <= until
            )
        return tuple(number for _, number in due[:limit])

    def next_due_at(self, *, after: datetime) -> datetime | None:
        """See Ledger."""
        with self._lock:
            times = [r.due_at for r in self._records.values() if r.due_at is not None and r.due_at > after]
        return min(times, default=None)

    def free_dead_claims(self, *, now: datetime) -> int:
        """See Ledger. There is only this process, and it lives."""
        return 0

    def count_by_state(self) -> dict[tuple[str, Mode, State], int]:
        """See Ledger."""
        with self._lock:
            return dict(Counter((r.key.connection, r.key.mode, r.state) for r in self._records.values()))

    def trusted_since(self) -> datetime:
        """See Ledger. What it was given is the whole truth."""
        return datetime.min.replace(tzinfo=UTC)

    def note_look(self, look: LookSummary) -> None:
        """See Ledger."""
        with self._lock:
            self._looks[look.connection] = look

    def last_looks(self) -> dict[str, LookSummary]:
        """See Ledger."""
        with self._lock:
            return dict(self._looks)

    def attempts(self, key: RecordKey) -> tuple[Attempt, ...]:
        """See Ledger."""
        with self._lock:
            return tuple(self._attempts.get(key, ()))

    def history(self, key: RecordKey) -> tuple[HistoryEntry, ...]:
        """See Ledger."""
        with self._lock:
            return tuple(self._history.get(key, ()))

    def cursor(self, connection: str) -> datetime | None:
        """See Ledger."""
        with self._lock:
            return self._cursors.get(connection)

    def set_cursor(self, connection: str, at: datetime) -> None:
        """See Ledger."""
        with self._lock:
            self._cursors[connection] = max(at, self._cursors.get(connection, at))

    def close(self) -> None:
        """Nothing to give back."""

    def _is_claimed(self, connection: str, order_id: str, now: datetime) -> bool:
        lease_until = self._claims.get((connection, order_id), (0, None))[1]
        return lease_until is not None and lease_until > now

    def _require(self, claim: Claim) -> None:
        if not self.still_mine(claim):
            raise claim_lost(claim)

    def _refuse_taken_po(self, record: SyncRecord) -> None:
        for other in self._records.values():
            same = record.po_number is not None and other.po_number == record.po_number
            if same and other.supplier_account == record.supplier_account and other.key != record.key:
                raise po_number_taken(record, other.order_name)


def _is_called(record: SyncRecord, text: str) -> bool:
    numbers = {order.order_number for order in record.supplier_orders}
    return text in {record.key.order_id, record.order_name, record.po_number, *numbers}
