"""Asking a supplier after many purchases at once: one question for all that are due about the same time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
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


@dataclass
class _Account:
    """Answers of one supplier account that nobody took yet."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answers: dict[str, tuple[datetime, tuple[SupplierOrder, ...]]] = field(default_factory=dict)

    def take(self, number: str, now: datetime) -> tuple[SupplierOrder, ...] | None:
        self.answers = {po: answer for po, answer in self.answers.items() if now - answer[0] <= KEPT}
        answer = self.answers.pop(number, None)
        return answer[1] if answer else None


class ShipmentNews:
    """What suppliers say about bought orders. Thread-safe; shared by the workers of a process."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: dict[str, _Account] = {}

    def of(self, ctx: ConnectionContext, record: SyncRecord) -> tuple[SupplierOrder, ...]:
        """The supplier's orders under a bought record's PO number, as `find_by_po_number`.

        Raises:
            ServiceError: the supplier could not be asked.
        """
        if not ctx.gateway.capabilities.find_many:
            return self.ask(ctx, record)
        number = PoNumber(record.po_number or "")
        with self._lock:
            account = self._accounts.setdefault(record.supplier_account, _Account())
        with account.lock:  # whoever comes meanwhile waits for the answer instead of asking again
            now = self._clock.now()
            known = account.take(number, now)
            if known is not None:
                return known
            found = ctx.gateway.find_by_po_numbers(self._due_with(number, record.supplier_account, account, now))
            account.answers.update({po: (now, orders) for po, orders in found.items() if po != number})
        return found[number] if number in found else self.ask(ctx, record)

    def ask(self, ctx: ConnectionContext, record: SyncRecord) -> tuple[SupplierOrder, ...]:
        """The same, about this purchase alone and now."""
        return ctx.gateway.find_by_po_number(PoNumber(record.po_number or ""))

    def _due_with(self, number: PoNumber, name: str, account: _Account, now: datetime) -> tuple[PoNumber, ...]:
        asked = account.answers.keys()
        due = self._ledger.due_purchases(name, until=now + AHEAD, limit=MOST_AT_ONCE + len(asked))
        others = (PoNumber(po) for po in due if po not in asked)
        return tuple(dict.fromkeys((number, *others)))[:MOST_AT_ONCE]
