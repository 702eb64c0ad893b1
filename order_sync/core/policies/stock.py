"""What is bought of each line where the supplier shows too little. Pure.

``supplier``: everything is sent and the supplier decides. ``hold``: a line that is short is at fault. ``partial``: what
there is is bought, the rest of the line is short. A stock that the supplier does not tell counts as enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from order_sync.core.model.sync_record import LineOutcome, RecordLine

SUPPLIER, HOLD, PARTIAL = "supplier", "hold", "partial"


def share_stock(lines: tuple[RecordLine, ...], stock: Mapping[str, int | None], rule: str) -> tuple[RecordLine, ...]:
    """The lines as the rule says; lines of one item share its stock, in the order's own order.

    Args:
        stock: pieces by the supplier's SKU; None where it does not tell.
    """
    left = {sku: max(0, pieces) for sku, pieces in stock.items() if pieces is not None}
    shared = []
    for line in lines:
        if line.outcome is not LineOutcome.TO_BUY:
            shared.append(line)
        elif rule == SUPPLIER:
            shared.append(_noted(line, stock.get(line.supplier_sku)))
        elif line.supplier_sku not in left:
            shared.append(_because(line, "the supplier does not tell its stock, which counts as enough"))
        else:
            there = min(line.quantity, left[line.supplier_sku])
            left[line.supplier_sku] -= there
            shared.append(line if there == line.quantity else _short(line, there, rule))
    return tuple(shared)


def _noted(line: RecordLine, shown: int | None) -> RecordLine:
    few = shown is not None and shown < line.quantity
    return _because(line, f"the supplier shows {shown} in stock") if few else line


def _short(line: RecordLine, there: int, rule: str) -> RecordLine:
    if rule == HOLD:
        why = f"{line.quantity} of {line.sku} are wanted, and the supplier has {there} in stock for this line"
        return replace(_because(line, why), outcome=LineOutcome.HELD)
    short = _because(line, f"the supplier has {there} of the {line.quantity} wanted in stock")
    # bought in part: it becomes short once the rest is bought, see policies/allocate.py
    return replace(short, quantity=there) if there else replace(short, quantity=0, outcome=LineOutcome.SHORT)


def _because(line: RecordLine, why: str) -> RecordLine:
    return replace(line, reason=f"{line.reason}; {why}" if line.reason else why)
