"""Asking a supplier after many purchases at once: one question for all that are due about the same time."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import datetime, timedelta

from order_sync.core.model.purchase_order import PoNumber
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.ports import Clock, Ledger
from order_sync.core.use_cases.context import ConnectionContext

MOST_AT_ONCE = 40
KEPT = timedelta(seconds=120)
"""An answer serves for so long the purchases that were asked about with another; each of them once."""
AHEAD = timedelta(seconds=60)
"""What becomes due within this time is asked about at once."""


class ShipmentNews:
    """What suppliers say about bought orders. Thread-safe; shared by the workers of a process."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._known: dict[tuple[str, str], tuple[datetime, tuple[SupplierOrder, ...]]] = {}

    def of(self, ctx: ConnectionContext, record: SyncRecord) -> tuple[SupplierOrder, ...]:
        """The supplier's orders under a bought record's PO number, as `find_by_po_number`.

        Raises:
            ServiceError: the supplier could not be asked.
        """
        number = PoNumber(record.po_number or "")
        if not ctx.gateway.capabilities.find_many:
            return ctx.gateway.find_by_po_number(number)
        account = record.supplier_account
        with self._locks[account]:
            known = self._known.pop((account, number), None)
            now = self._clock.now()
            if known is not None and now - known[0] <= KEPT:
                return known[1]
            due = self._ledger.due_purchases(account, until=now + AHEAD, limit=MOST_AT_ONCE)
            wanted = tuple(dict.fromkeys((number, *map(PoNumber, due))))[:MOST_AT_ONCE]
            found = ctx.gateway.find_by_po_numbers(wanted)
            self._forget(now)
            self._known.update({(account, po): (now, orders) for po, orders in found.items() if po != number})
        return found[number] if number in found else ctx.gateway.find_by_po_number(number)

    def ask(self, ctx: ConnectionContext, record: SyncRecord) -> tuple[SupplierOrder, ...]:
        """The same, about this purchase alone and now."""
        return ctx.gateway.find_by_po_number(PoNumber(record.po_number or ""))

    def _forget(self, now: datetime) -> None:
        self._known = {key: known for key, known in self._known.items() if now - known[0] <= KEPT}
