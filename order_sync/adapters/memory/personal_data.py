"""The PersonalData port over a ledger that a host brought: what a record holds is found through the Ledger port."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from order_sync.adapters.memory.journal import JournalRows
from order_sync.adapters.memory.ledger import InMemoryLedger
from order_sync.core.errors import StorageLockedError
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.retention import REST, are_at_rest
from order_sync.core.ports import Ledger

_CLAIM_S = 30.0
ERASED = "customers' data was erased"


class InMemoryPersonalData:
    """Reads and writes records like everybody else: one that is being worked on now cannot be erased until later.

    The reasons of past moves, and the errors of past calls, stay in such a ledger's history.

    Args:
        journal: what is kept of the journal beside such a ledger; None: the ledger in memory has it, or nobody.
    """

    def __init__(self, ledger: Ledger, journal: JournalRows | None = None) -> None:
        self._ledger = ledger
        if journal is None:
            journal = ledger.journal if isinstance(ledger, InMemoryLedger) else JournalRows()
        self._journal = journal

    def export(self, connection: str, order_ids: Iterable[str]) -> list[dict[str, Any]]:
        """See PersonalData."""
        wanted = set(order_ids)
        told: dict[tuple[str, str, str], list[Any]] = {}
        for row in self._journal.all():
            if row.connection == connection and row.order_id in wanted:
                told.setdefault((row.order_id, row.share, row.mode), []).append(_plain(asdict(row)))
        records = [record for record in self._ledger.find(connection=connection) if record.key.order_id in wanted]
        documents = [
            {**self._document(r), "journal": told.pop((r.key.order_id, r.key.share, str(r.key.mode)), [])}
            for r in records
        ]
        of_no_record = [
            {"order_id": key[0], "share": key[1], "mode": key[2], "journal": of} for key, of in told.items()
        ]
        return documents + of_no_record

    def _document(self, record: SyncRecord) -> dict[str, Any]:
        calls = [_plain(asdict(call)) for call in self._ledger.attempts(record.key)]
        moves = [_plain(asdict(move)) for move in self._ledger.history(record.key)]
        return {**_plain(asdict(record)), "calls": calls, "history": moves}

    def erase(self, connection: str, order_ids: Iterable[str] | None) -> int:
        """See PersonalData.

        Raises:
            StorageLockedError: a record is being worked on now; those before it are erased.
        """
        wanted = None if order_ids is None else set(order_ids)
        self._journal.erase(connection, wanted)
        found = self._ledger.find(connection=connection)
        return sum(self._erase(r) for r in found if wanted is None or r.key.order_id in wanted)

    def at_rest(self, connection: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """See PersonalData."""
        orders: dict[str, list[SyncRecord]] = {}
        for record in self._ledger.find(connection=connection):
            orders.setdefault(record.key.order_id, []).append(record)
        found = (
            order_id
            for order_id, records in orders.items()
            if are_at_rest(records, before=before) and any(_erased(record) != record for record in records)
        )
        return tuple(islice(found, limit))

    def _erase(self, found: SyncRecord) -> bool:
        key = found.key
        if _erased(found) == found:
            return False
        now = found.updated_at or datetime.min.replace(tzinfo=UTC)
        claim = self._ledger.claim(key.connection, key.order_id, now=now, lease_s=_CLAIM_S)
        if claim is None:
            raise StorageLockedError(
                f"Order {key.order_id} is being worked on, so it is not erased yet.",
                next_step="Try again in a moment.",
                order=key.order_id,
            )
        try:
            # read again: what was found may be bought by now, and must not be put back to what it was
            current = (r for r in self._ledger.records_of_order(key.connection, key.order_id) if r.key == key)
            for record in current:
                self._ledger.save(claim, _erased(record))
        finally:
            self._ledger.give_back(claim)
        return True


def _erased(record: SyncRecord) -> SyncRecord:
    orders = tuple(_without_tracking(order, at_rest=record.state in REST) for order in record.supplier_orders)
    lines = tuple(replace(line, reason="") for line in record.lines)
    reason = record.reason and ERASED
    return replace(record, intent_body=None, reason=reason, lines=lines, supplier_orders=orders)


def _without_tracking(order: SupplierOrder, *, at_rest: bool) -> SupplierOrder:
    """A parcel that the shop is still to be told of keeps its number."""
    return replace(order, tracking=()) if order.fulfillment_ids or at_rest else order


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
