"""From wanted lines and the supplier's catalogue to what is bought, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from order_sync.core.model.order import ShopSku
from order_sync.core.model.purchase_order import PurchaseOrderLine, SupplierSku
from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.model.sync_record import LineOutcome, RecordLine
from order_sync.core.policies.quantities import WantedLine
from order_sync.core.policies.sku_map import mapped
from order_sync.core.policies.stock import PARTIAL, SUPPLIER, share_stock


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a person must decide: a stable code, the reason, the next action.

    ``due_at`` is set when time alone may lift it: it is looked at again then.
    """

    code: str
    reason: str
    next_action: str
    due_at: datetime | None = None


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
    wanted: Iterable[WantedLine],
    items: Mapping[ShopSku, SupplierItem],
    *,
    unknown_sku: str,
    short_stock: str = SUPPLIER,
    released: bool = False,
    sku_map: Mapping[str, str] = MappingProxyType({}),
    removed: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """Decide every line.

    Args:
        items: the supplier's answer; a SKU that is missing is not the supplier's.
        unknown_sku: ``hold`` the order for a line the supplier does not have, or ``skip`` the line.
        short_stock: what to do where the supplier shows too little: see policies/stock.py.
        released: a person lifted the hold: lines without an item are left out; where the stock held the order, it is
            bought as wanted and the supplier decides.
        sku_map: what SKUs of the shop are called at the supplier, for the reasons.
        removed: lines that plugins leave out, by their id, with the reason.
    """
    skip = released or unknown_sku == "skip"
    decided = tuple(
        _removed(want, removed[want.line.line_id])
        if want.quantity and want.line.line_id in removed
        else _decide_line(want, items, sku_map, skip=skip, released=released)
        for want in wanted
    )
    rule = SUPPLIER if released and short_stock != PARTIAL else short_stock
    lines = share_stock(decided, {item.sku: item.in_stock for item in items.values()}, rule)
    nothing_there = _is_short(lines) and not merge(lines)
    if nothing_there and released:
        lines = share_stock(decided, {item.sku: item.in_stock for item in items.values()}, SUPPLIER)
    elif nothing_there:
        lines = tuple(_at_fault(line) for line in lines)
    faults = [line for line in lines if line.outcome is LineOutcome.HELD]
    if faults:
        return Plan(lines=hold_lines(lines, "waits for the line that is held"), hold=_hold_for(faults))
    return Plan(lines=lines, purchase=merge(lines))


def _at_fault(line: RecordLine) -> RecordLine:
    short = line.outcome is LineOutcome.SHORT
    return replace(line, outcome=LineOutcome.HELD, quantity=line.wanted) if short else line


def _is_short(lines: tuple[RecordLine, ...]) -> bool:
    return any(line.outcome is LineOutcome.SHORT for line in lines)


def _begun(want: WantedLine) -> RecordLine:
    line = want.line
    return RecordLine(
        line_id=line.line_id,
        sku=line.sku or "",
        ordered=line.quantity,
        quantity=want.quantity,
        outcome=LineOutcome.TO_BUY,
        reason=want.reason,
        wanted=want.quantity,
        unit_price=line.unit_price,
    )


def _removed(want: WantedLine, why: str) -> RecordLine:
    return replace(_begun(want), outcome=LineOutcome.SKIPPED, reason=_join(want.reason, why))


def _decide_line(
    want: WantedLine,
    items: Mapping[ShopSku, SupplierItem],
    sku_map: Mapping[str, str],
    *,
    skip: bool,
    released: bool,
) -> RecordLine:
    line = want.line
    decided = _begun(want)
    if not want.quantity:
        return replace(decided, quantity=line.quantity, outcome=LineOutcome.EXCLUDED)
    item = items.get(line.sku) if line.sku else None
    if item is not None:
        return replace(decided, supplier_sku=item.sku)
    fault = f"{line.sku} is not an item of the supplier" if line.sku else f"the line {line.title!r} has no SKU"
    target = mapped(sku_map, line.sku) if line.sku else None
    if target:
        fault = f"{line.sku} is mapped to {target}, which is not an item of the supplier"
    why_left_out = "left out when a person released the order" if released else "left out because unknown_sku is skip"
    return replace(
        decided,
        outcome=LineOutcome.SKIPPED if skip else LineOutcome.HELD,
        reason=_join(want.reason, fault, why_left_out if skip else ""),
    )


def _join(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _hold_for(faults: list[RecordLine]) -> Hold:
    unknown = [line for line in faults if not line.supplier_sku]
    names = "; ".join(line.reason for line in faults[:5])
    more = f" and {len(faults) - 5} more" if len(faults) > 5 else ""
    reason = f"Held: {names}{more}."
    if not unknown:
        return Hold(
            "short_stock",
            reason,
            "Wait for stock and run order-sync orders retry, or send it as it is, so that the supplier decides: "
            "order-sync orders release.",
        )
    code = "unknown_sku" if any(line.sku for line in unknown) else "missing_sku"
    return Hold(
        code,
        reason,
        "Correct the SKU in the shop and run order-sync orders retry, or map it: order-sync orders map NAME "
        "SKU=SUPPLIER_SKU --retry; or buy the rest without it: order-sync orders release.",
    )


def hold_lines(lines: tuple[RecordLine, ...], why: str) -> tuple[RecordLine, ...]:
    """The lines of an order that is held as a whole: what was to be bought waits, with the reason."""
    return tuple(
        replace(
            line,
            outcome=LineOutcome.WAITING,
            quantity=line.wanted or line.quantity,  # less was to be bought where the stock is short
            reason=_join(line.reason, why),
        )
        if line.outcome in (LineOutcome.TO_BUY, LineOutcome.SHORT)
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
