"""From wanted lines and the supplier's catalogue to what is bought, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from order_sync.core.model.order import ShopSku
from order_sync.core.model.purchase_order import PurchaseOrderLine, SupplierSku
from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.model.sync_record import LineOutcome, RecordLine
from order_sync.core.policies.quantities import WantedLine


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a person must decide: a stable code, the reason, the next action."""

    code: str
    reason: str
    next_action: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of every line of the order (``lines``), and what is bought (``purchase``).

    ``purchase`` is empty while ``hold`` is set, and when there is nothing to buy.
    """

    lines: tuple[RecordLine, ...]
    purchase: tuple[PurchaseOrderLine, ...] = ()
    hold: Hold | None = None


def skus_to_look_up(wanted: Iterable[WantedLine]) -> tuple[ShopSku, ...]:
    """The SKUs that the supplier must be asked about, each once, in order."""
    return tuple(dict.fromkeys(want.line.sku for want in wanted if want.quantity and want.line.sku))


def plan_share(
    wanted: Iterable[WantedLine], items: Mapping[ShopSku, SupplierItem], *, unknown_sku: str, released: bool = False
) -> Plan:
    """Decide every line.

    Args:
        items: the supplier's answer; a SKU that is missing is not the supplier's.
        unknown_sku: ``hold`` the order for a line the supplier does not have, or ``skip`` the line.
        released: a person lifted the hold: lines at fault are left out.
    """
    skip = released or unknown_sku == "skip"
    lines = tuple(_decide_line(want, items, skip=skip, released=released) for want in wanted)
    faults = [line for line in lines if line.outcome is LineOutcome.HELD]
    if faults:
        return Plan(lines=_wait_for_faults(lines), hold=_hold_for(faults))
    return Plan(lines=lines, purchase=merge(lines))


def _decide_line(want: WantedLine, items: Mapping[ShopSku, SupplierItem], *, skip: bool, released: bool) -> RecordLine:
    line = want.line
    decided = RecordLine(
        line_id=line.line_id,
        sku=line.sku or "",
        ordered=line.quantity,
        quantity=want.quantity,
        outcome=LineOutcome.TO_BUY,
        reason=want.reason,
    )
    if not want.quantity:
        return replace(decided, quantity=line.quantity, outcome=LineOutcome.EXCLUDED)
    item = items.get(line.sku) if line.sku else None
    if item is not None:
        return replace(decided, supplier_sku=item.sku, reason=_join(want.reason, _stock_note(item, want.quantity)))
    fault = f"{line.sku} is not an item of the supplier" if line.sku else f"the line {line.title!r} has no SKU"
    why_left_out = "left out when a person released the order" if released else "left out because unknown_sku is skip"
    return replace(
        decided,
        outcome=LineOutcome.SKIPPED if skip else LineOutcome.HELD,
        reason=_join(want.reason, fault, why_left_out if skip else ""),
    )


def _stock_note(item: SupplierItem, quantity: int) -> str:
    stock = item.in_stock
    return f"the supplier shows {stock} in stock" if stock is not None and stock < quantity else ""


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _wait_for_faults(lines: tuple[RecordLine, ...]) -> tuple[RecordLine, ...]:
    return tuple(
        replace(line, outcome=LineOutcome.WAITING, reason=_join(line.reason, "waits for the line that is held"))
        if line.outcome is LineOutcome.TO_BUY
        else line
        for line in lines
    )


def _hold_for(faults: list[RecordLine]) -> Hold:
    without = [line for line in faults if not line.sku]
    code = "missing_sku" if len(without) == len(faults) else "unknown_sku"
    names = "; ".join(line.reason for line in faults[:5])
    more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
    return Hold(
        code,
        f"Held: {names}{more}.",
        "Correct the SKU in the shop and run order-sync orders retry, or buy the rest without it: "
        "order-sync orders release.",
    )


def hold_lines(lines: tuple[RecordLine, ...], why: str) -> tuple[RecordLine, ...]:
    """The lines of an order that is held as a whole: what was to be bought waits, with the reason."""
    return tuple(
        replace(line, outcome=LineOutcome.WAITING, reason=_join(line.reason, why))
        if line.outcome is LineOutcome.TO_BUY
        else line
        for line in lines
    )


def merge(lines: Iterable[RecordLine]) -> tuple[PurchaseOrderLine, ...]:
    """Purchase lines, each supplier SKU once.

    Whether two lines of one S&S order may name the same SKU is not documented, so they are merged.
    """
    pieces: dict[str, int] = {}
    for line in lines:
        if line.outcome is LineOutcome.TO_BUY:
            pieces[line.supplier_sku] = pieces.get(line.supplier_sku, 0) + line.quantity
    return tuple(PurchaseOrderLine(SupplierSku(sku), quantity) for sku, quantity in pieces.items())
