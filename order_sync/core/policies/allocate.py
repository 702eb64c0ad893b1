"""What a supplier's answer means for each line of the shop's order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from order_sync.core.model.purchase_order import PurchaseOrderLine
from order_sync.core.model.supplier_order import LineRefusal, SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine


def active(orders: Iterable[SupplierOrder]) -> tuple[SupplierOrder, ...]:
    """The supplier orders that are not cancelled."""
    return tuple(order for order in orders if order.status is not SupplierOrderStatus.CANCELLED)


def pieces_by_sku(orders: Iterable[SupplierOrder], wanted: Iterable[str]) -> Counter[str] | None:
    """Pieces ordered of each wanted supplier SKU; None when some order does not tell its lines.

    The answer carries no echo of the identifier that was asked for: it is matched on sku, gtin or yourSku and
    summed, because one line may be split over orders (S&S API v2, POST orders page).
    """
    names = {sku.casefold(): sku for sku in wanted}
    pieces = Counter[str]()
    for order in orders:
        if order.lines is None:
            return None
        for line in order.lines:
            match = next((names[n.casefold()] for n in (line.sku, *line.aliases) if n.casefold() in names), line.sku)
            pieces[match] += line.quantity
    return pieces


def covers(purchase: Iterable[PurchaseOrderLine], orders: Iterable[SupplierOrder]) -> bool:
    """Whether the orders, as far as they tell, hold every piece that was asked for."""
    lines = tuple(purchase)
    pieces = pieces_by_sku(orders, (line.sku for line in lines))
    return pieces is None or all(pieces[line.sku] >= line.quantity for line in lines)


def exceeds(purchase: Iterable[PurchaseOrderLine], orders: Iterable[SupplierOrder]) -> bool:
    """Whether the orders hold more of something than was asked for: it was bought twice."""
    lines = tuple(purchase)
    pieces = pieces_by_sku(orders, (line.sku for line in lines))
    return pieces is not None and any(pieces[line.sku] > line.quantity for line in lines)


def as_bought(lines: tuple[RecordLine, ...]) -> tuple[RecordLine, ...]:
    """The record's lines when everything that was to be bought was bought."""
    return tuple(_taken(line) if line.outcome is LineOutcome.TO_BUY else line for line in lines)


def _taken(line: RecordLine) -> RecordLine:
    """A line of which everything that was sent was bought; short where the stock allowed less than was wanted."""
    return replace(line, outcome=LineOutcome.SHORT if line.quantity < line.wanted else LineOutcome.BOUGHT)


def _not_refused(lines: Iterable[RecordLine], refusals: Iterable[LineRefusal]) -> Counter[str]:
    """Pieces by supplier SKU that were asked for, less those that the supplier says it refused."""
    refused = {refusal.sku.casefold(): refusal.quantity for refusal in refusals}
    pieces = Counter[str]()
    for line in lines:
        if line.outcome is LineOutcome.TO_BUY:
            pieces[line.supplier_sku] += line.quantity
    for sku, count in list(pieces.items()):
        if sku.casefold() in refused:
            refused_pieces = refused[sku.casefold()]
            pieces[sku] = 0 if refused_pieces is None else max(0, count - refused_pieces)
    return pieces


def allocate(
    lines: tuple[RecordLine, ...], orders: Iterable[SupplierOrder], refusals: Iterable[LineRefusal] = ()
) -> tuple[RecordLine, ...]:
    """The record's lines after the purchase: bought pieces are given to the shop's lines in their order."""
    refusals = tuple(refusals)
    wanted = {line.supplier_sku for line in lines if line.outcome is LineOutcome.TO_BUY}
    pieces = pieces_by_sku(active(orders), wanted)
    if pieces is None:  # an order that does not tell its lines took all that was not refused
        pieces = _not_refused(lines, refusals)
    texts = {refusal.sku.casefold(): refusal.message for refusal in refusals}
    settled = []
    for line in lines:
        if line.outcome is not LineOutcome.TO_BUY:
            settled.append(line)
            continue
        got = min(line.quantity, pieces[line.supplier_sku])
        pieces[line.supplier_sku] -= got
        if got == line.quantity:
            settled.append(_taken(line))
            continue
        text = texts.get(line.supplier_sku.casefold()) or texts.get(line.sku.casefold()) or texts.get("", "")
        why = f"{got} of {line.quantity} bought{f': {text}' if text else '; the supplier took no more'}"
        reason = "; ".join(part for part in (line.reason, why) if part)
        asked_for = max(line.wanted, line.quantity)
        settled.append(replace(line, quantity=got, outcome=LineOutcome.SHORT, reason=reason, wanted=asked_for))
    return tuple(settled)
