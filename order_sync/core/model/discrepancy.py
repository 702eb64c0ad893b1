"""One difference between the shop, the ledger and the supplier."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from order_sync.core.model.purchase_order import Mode


class DiscrepancyKind(StrEnum):
    """What differs. The codes are stable; docs/operators.md says what each means and how it is repaired."""

    MISSING_IN_LEDGER = "missing_in_ledger"
    UNRECORDED_PURCHASE = "unrecorded_purchase"
    MISSING_AT_SUPPLIER = "missing_at_supplier"
    CANCELLED_AT_SUPPLIER = "cancelled_at_supplier"
    DUPLICATE_PURCHASE = "duplicate_purchase"
    QUANTITY_DRIFT = "quantity_drift"
    ADDRESS_DRIFT = "address_drift"


class DiscrepancyStatus(StrEnum):
    """What became of it."""

    FOUND = "found"  # nothing was changed
    REPAIRED = "repaired"
    NEEDS_PERSON = "needs_person"  # a record says so, and is not reported again for the same evidence


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What each side says, and the next step.

    Attributes:
        order_id, order_name: of the shop; empty when it is not known which order it is about.
        share, mode: the record concerned; share is empty when there is none yet.
        po_number: empty when nothing was bought.
        order_numbers: the supplier's own numbers of the orders concerned; of a surplus, those to cancel.
        evidence: what the finding rests on; the same text means that nothing changed since.
    """

    kind: DiscrepancyKind
    order_id: str
    order_name: str
    mode: Mode
    shop: str
    ledger: str
    supplier: str
    next_step: str
    share: str = ""
    po_number: str = ""
    order_numbers: tuple[str, ...] = ()
    evidence: str = ""
    status: DiscrepancyStatus = DiscrepancyStatus.FOUND

    @property
    def mark(self) -> str:
        """By which a record remembers that a person was told; says nothing about the evidence itself."""
        text = f"{self.po_number} {self.evidence}"
        return f"{self.kind} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
