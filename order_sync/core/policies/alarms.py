"""What a record tells a person about a discrepancy. Pure."""

from __future__ import annotations

from dataclasses import replace

from order_sync.core.model.discrepancy import Discrepancy, DiscrepancyKind
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.plan import Hold


def message(found: Discrepancy) -> Hold:
    """What a record tells a person about a discrepancy that nobody else can settle."""
    numbers = ", ".join(found.order_numbers)
    if found.kind is DiscrepancyKind.MISSING_AT_SUPPLIER:
        return Hold(
            "missing_at_supplier",
            f"The supplier has nothing under PO {found.po_number}, which was bought.",
            "Ask the supplier what became of it; it is not bought again by itself.",
        )
    if found.kind is DiscrepancyKind.ADDRESS_DRIFT:
        return Hold("address_drift", f"The supplier {found.supplier}.", found.next_step)
    if found.kind is DiscrepancyKind.CANCELLED_AT_SUPPLIER:
        return Hold(
            "cancelled_at_supplier",
            f"The supplier shows PO {found.po_number} as cancelled.",
            "Ask the supplier why, and buy the goods elsewhere or refund the order.",
        )
    if found.kind is DiscrepancyKind.UNRECORDED_PURCHASE:
        return Hold(
            "unrecorded_purchase",
            f"The supplier also has PO {found.po_number} (order {numbers}), which no share of this order accounts for.",
            f"Find out whether order {numbers} is wanted; if not, have it cancelled at the supplier.",
        )
    return Hold(
        "duplicate_at_supplier",
        f"The supplier has more under PO {found.po_number} than was ordered ({found.supplier}).",
        f"Call the supplier and have order {numbers} cancelled or returned."
        if numbers
        else "Call the supplier and have the surplus cancelled or returned.",
    )


def with_message(record: SyncRecord, hold: Hold) -> SyncRecord:
    """The record with something more for a person to do; what it asked for already stays."""
    asks_already = bool(record.next_action) and record.reason_code not in ("", hold.code, "shop_not_told")
    if not asks_already:
        return replace(record, reason_code=hold.code, reason=hold.reason, next_action=hold.next_action)
    return replace(
        record, reason=f"{record.reason} {hold.reason}", next_action=f"{record.next_action} {hold.next_action}"
    )
