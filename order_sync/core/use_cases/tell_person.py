"""Telling a person of a discrepancy, once for the same evidence."""

from __future__ import annotations

from order_sync.core.model.discrepancy import Discrepancy
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.alarms import with_message
from order_sync.core.policies.plan import Hold
from order_sync.core.ports import Ledger
from order_sync.core.use_cases.context import Desk

RECONCILE = "reconcile"
"""Kind of attempt by which a record remembers what a person was told."""


def tell(desk: Desk, record: SyncRecord, found: Discrepancy, hold: Hold) -> SyncRecord:
    """Store what a person must do, with the mark by which the same evidence is not reported again."""
    attempt = desk.attempt(RECONCILE, desk.clock.now(), found.mark)
    return desk.save(with_message(record, hold), record, attempt)


def is_known(ledger: Ledger, records: tuple[SyncRecord, ...], found: Discrepancy) -> bool:
    """Whether a person was told of it already, on the same evidence."""
    marks = {a.outcome for record in records for a in ledger.attempts(record.key) if a.kind == RECONCILE}
    return found.mark in marks
