"""What a purchase that was found at the supplier means for the lines of a record. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from order_sync.core.model.order import Fulfillment, LineItem, Order, ShopSku
from order_sync.core.model.supplier_order import SupplierItem, SupplierOrder
from order_sync.core.model.sync_record import LineOutcome, RecordLine, SyncRecord
from order_sync.core.policies.allocate import active, allocate, pieces_by_sku
from order_sync.core.policies.quantities import current_quantity
from order_sync.core.policies.reconcile import HAD, bought_pieces
from order_sync.core.policies.sku_map import supplier_name


def supplier_names(orders: Iterable[SupplierOrder]) -> dict[str, str]:
    """The supplier's SKU of every item in the orders, by each name it has there, in lower case."""
    return {
        name.casefold(): line.sku
        for order in orders
        for line in order.lines or ()
        for name in (*line.aliases, line.sku)  # the sku last: it is the best name for itself
    }


def lines_found(
    order: Order,
    share: Fulfillment | None,
    orders: tuple[SupplierOrder, ...],
    items: Mapping[ShopSku, SupplierItem],
    sku_map: Mapping[str, str],
    taken: Mapping[str, int],
) -> tuple[RecordLine, ...]:
    """Every line of the shop's order after a purchase that nobody recorded.

    Args:
        orders: what the supplier has of it.
        items: the supplier's items for SKUs that its orders do not name.
        sku_map: the supplier's name for SKUs of the shop.
        taken: pieces by line id that other shares have.
    """
    standing = active(orders)
    names = supplier_names(standing)
    skus = {line.line_id: _supplier_sku(line, names, items, sku_map) for line in order.lines}
    left = pieces_by_sku(standing, [sku for sku in skus.values() if sku])
    marked = Counter[str]()
    for part in share.lines if share else ():
        marked[part.line_id] += part.quantity
    lines = []
    for line in order.lines:
        open_pieces = max(0, line.quantity - taken.get(line.line_id, 0))
        base = min(marked[line.line_id], open_pieces) if share else open_pieces
        sku = skus[line.line_id]
        # beyond the share too: whatever the supplier has of a line must not be bought by another share
        had = base if left is None else min(open_pieces, left[sku])
        if left is not None:
            left[sku] -= had
        lines.append(_line(line, sku, base, had))
    return allocate(tuple(lines), standing)


def _supplier_sku(
    line: LineItem, names: Mapping[str, str], items: Mapping[ShopSku, SupplierItem], sku_map: Mapping[str, str]
) -> str:
    if not line.sku:
        return ""
    item = items.get(line.sku)
    return item.sku if item else names.get(supplier_name(sku_map, line.sku), "")


def _line(line: LineItem, sku: str, base: int, had: int) -> RecordLine:
    """The line as it was to be bought, as far as that can be told afterwards."""
    found = RecordLine(
        line.line_id, line.sku or "", line.quantity, line.quantity, LineOutcome.EXCLUDED, unit_price=line.unit_price
    )
    if line.is_gift_card or not line.requires_shipping:
        return replace(found, reason="needs no shipping")
    wanted = max(had, min(base, current_quantity(line)))
    if not had and (not wanted or not line.unfulfilled_quantity):
        return replace(found, reason="not part of the purchase that was found")
    if not sku:
        return replace(found, wanted=wanted, outcome=LineOutcome.SKIPPED, reason="not an item of the supplier")
    return replace(found, quantity=wanted, wanted=wanted, outcome=LineOutcome.TO_BUY, supplier_sku=sku)


def lines_as_supplied(record: SyncRecord, orders: Iterable[SupplierOrder]) -> tuple[RecordLine, ...]:
    """The record's lines with the pieces that the supplier really has; unchanged when it does not tell."""
    standing = active(orders)
    bought = bought_pieces(record.lines)
    pieces = pieces_by_sku(standing, bought)
    if pieces is None:
        return record.lines
    drifted = {sku for sku in bought if pieces[sku] != bought[sku]}
    reopened = tuple(
        replace(
            line,
            outcome=LineOutcome.TO_BUY,
            quantity=(line.wanted or line.ordered) if line.outcome is LineOutcome.SHORT else line.quantity,
        )
        if line.outcome in HAD and line.supplier_sku in drifted
        else line
        for line in record.lines
    )
    return allocate(reopened, standing)
