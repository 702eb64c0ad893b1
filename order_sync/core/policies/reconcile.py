"""What differs between a record and the supplier's orders under its PO number. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from order_sync.core.model.address import Address
from order_sync.core.model.discrepancy import Discrepancy, DiscrepancyKind
from order_sync.core.model.purchase_order import PurchaseOrderLine, SupplierSku
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State, SyncRecord
from order_sync.core.policies.allocate import active, covers, exceeds, pieces_by_sku
from order_sync.core.policies.write_back import has_shipped

AddressDifferences = Callable[[str, Address], tuple[str, ...]]
HAD = (LineOutcome.BOUGHT, LineOutcome.SHORT)
"""Outcomes of lines that the purchase was about."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def compare_purchase(
    record: SyncRecord, found: tuple[SupplierOrder, ...], address_differences: AddressDifferences | None
) -> Iterator[Discrepancy]:
    """Every discrepancy of a bought live record.

    Args:
        found: all orders that the supplier has under its PO number, asked late enough to show them.
        address_differences: as in SupplierGateway; None: addresses cannot be compared.
    """
    standing = active(found)
    if not found:
        yield _about(
            record,
            DiscrepancyKind.MISSING_AT_SUPPLIER,
            supplier="nothing under this PO number",
            next_step="Ask the supplier what became of it; nothing is bought again by itself.",
        )
    elif not standing:
        if record.reason_code != "cancelled_at_supplier":
            yield _about(
                record,
                DiscrepancyKind.CANCELLED_AT_SUPPLIER,
                supplier="cancelled",
                next_step="Ask the supplier why, and buy the goods elsewhere or refund the order.",
                orders=found,
            )
    else:
        yield from _compare_pieces(record, standing)
        yield from _compare_addresses(record, standing, address_differences)


def bought_pieces(lines: Iterable[RecordLine]) -> Counter[str]:
    """Pieces by supplier SKU that the record says were bought."""
    pieces = Counter[str]()
    for line in lines:
        if line.outcome in HAD and line.supplier_sku:
            pieces[line.supplier_sku] += line.quantity
    return pieces


def _compare_pieces(record: SyncRecord, standing: tuple[SupplierOrder, ...]) -> Iterator[Discrepancy]:
    bought = bought_pieces(record.lines)
    pieces = pieces_by_sku(standing, bought)
    if pieces is None:  # an order that does not tell its lines can be compared with nothing
        return
    most = Counter[str]()
    for line in record.lines:  # what was short may have been filled later, and is no duplicate then
        if line.outcome in HAD and line.supplier_sku:
            most[line.supplier_sku] += line.ordered if line.outcome is LineOutcome.SHORT else line.quantity
    told = "; ".join(
        f"{sku}: {pieces[sku]} instead of {bought[sku]}"
        for sku in sorted({*pieces, *bought})
        if pieces[sku] != bought[sku]
    )
    evidence = " ".join([*_numbers(standing), told])
    if any(count > most[sku] for sku, count in pieces.items()):
        extra = surplus(bought, standing)
        yield _about(
            record,
            DiscrepancyKind.DUPLICATE_PURCHASE,
            supplier=f"more than was bought ({told})",
            next_step=f"Cancel {', '.join(_numbers(extra)) or 'the surplus'} at the supplier: S&S allows it for 10 "
            "minutes (--repair tries); later call the supplier.",
            orders=extra,
            evidence=evidence,
        )
    elif told:
        yield _about(
            record,
            DiscrepancyKind.QUANTITY_DRIFT,
            supplier=told,
            next_step="Repair takes over what the supplier has; order missing pieces elsewhere, or refund them.",
            orders=standing,
            evidence=evidence,
        )


def _compare_addresses(
    record: SyncRecord, standing: tuple[SupplierOrder, ...], address_differences: AddressDifferences | None
) -> Iterator[Discrepancy]:
    if address_differences is None or not record.intent_body:
        return
    compared = [
        (order, address_differences(record.intent_body, order.ship_to))
        for order in _by_number(standing)
        if order.ship_to
    ]
    differing = [(order, parts) for order, parts in compared if parts]
    if differing:
        told = "; ".join(f"{order.order_number}: {', '.join(parts)}" for order, parts in differing)
        numbers = ", ".join(order.order_number for order, _ in differing)
        yield _about(
            record,
            DiscrepancyKind.ADDRESS_DRIFT,
            supplier=f"ships to another address than was sent ({told})",
            next_step=f"Compare the addresses; call the supplier about {numbers} before it ships.",
            orders=tuple(order for order, _ in differing),
            evidence=told,
        )


def surplus(bought: Counter[str], standing: tuple[SupplierOrder, ...]) -> tuple[SupplierOrder, ...]:
    """Orders without which everything that was bought is still there; those not shipped, and newest, first.

    Empty when no whole order is too much, for example one order of twice the pieces.
    """
    lines = tuple(PurchaseOrderLine(SupplierSku(sku), count) for sku, count in bought.items() if count)
    rest, extra = list(standing), list[SupplierOrder]()
    newest_first = sorted(standing, key=_age, reverse=True)
    for order in sorted(newest_first, key=has_shipped):
        others = [other for other in rest if other.order_number != order.order_number]
        if lines and others and exceeds(lines, rest) and covers(lines, others):
            rest, extra = others, [*extra, order]
    return tuple(extra)


def is_covered(wanted: Counter[str], extra: Iterable[SupplierOrder], others: Iterable[SupplierOrder]) -> bool:
    """Whether the other orders alone hold all pieces that are wanted of what the extra orders are about.

    ``wanted`` has the supplier's names of what the shop's order has; an item that it does not have proves nothing.
    """
    had, more = pieces_by_sku(others, wanted), pieces_by_sku(extra, wanted)
    if not had or not more:
        return False
    return all(sku in wanted and had[sku] >= wanted[sku] for sku, count in more.items() if count)


def _about(
    record: SyncRecord,
    kind: DiscrepancyKind,
    *,
    supplier: str,
    next_step: str,
    orders: tuple[SupplierOrder, ...] = (),
    evidence: str = "",
) -> Discrepancy:
    numbers = _numbers(orders)
    lines = ", ".join(f"{count} x {sku}" for sku, count in sorted(bought_pieces(record.lines).items()))
    return Discrepancy(
        kind=kind,
        order_id=record.key.order_id,
        order_name=record.order_name,
        mode=record.key.mode,
        shop="not asked",
        ledger=f"{State(record.state)}: {lines or 'no lines'}",
        supplier=supplier,
        next_step=next_step,
        share=record.key.share,
        po_number=record.po_number or "",
        order_numbers=numbers,
        evidence=evidence or " ".join(numbers),
    )


def _numbers(orders: Iterable[SupplierOrder]) -> tuple[str, ...]:
    return tuple(sorted(order.order_number for order in orders))


def _by_number(orders: Iterable[SupplierOrder]) -> list[SupplierOrder]:
    return sorted(orders, key=lambda order: order.order_number)


def _age(order: SupplierOrder) -> tuple[datetime, str]:
    return (order.ordered_at or _LONG_AGO, order.order_number)
