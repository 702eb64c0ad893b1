"""Comparing one order: its records, its purchases at the supplier, and what the shop wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from order_sync.core.model.discrepancy import Discrepancy, DiscrepancyKind
from order_sync.core.model.order import Order
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import BOUGHT, UNDECIDED, State, SyncRecord
from order_sync.core.policies.allocate import active
from order_sync.core.policies.po_number import mode_by_ending, mode_of
from order_sync.core.policies.quantities import wanted_lines
from order_sync.core.policies.reconcile import compare_purchase, is_covered
from order_sync.core.policies.sku_map import supplier_name
from order_sync.core.policies.trigger import Proceed, decide
from order_sync.core.use_cases.both_sides import DOUBTED, BothSides

Purchases = Mapping[str, tuple[SupplierOrder, ...]]


def compare_order(sides: BothSides, order_id: str, records: tuple[SyncRecord, ...]) -> tuple[Discrepancy, ...]:
    """Every discrepancy of one order; none while a purchase of it is in doubt: that is settled first."""
    if any(record.state in DOUBTED for record in records):
        return ()
    found = [*_unrecorded(sides, order_id, records)]
    gateway = sides.ctx.gateway
    differences = gateway.address_differences if gateway.capabilities.list_orders else None
    for record in records:
        if sides.is_comparable(record) and record.po_number:
            found += compare_purchase(record, sides.by_po[record.po_number], differences)
    if not records and not found:
        found += _missing_in_ledger(sides, order_id)
    return tuple(found)


def _unrecorded(sides: BothSides, order_id: str, records: tuple[SyncRecord, ...]) -> Iterator[Discrepancy]:
    """Active purchases that no record tells of, the oldest first; those that buy an order again are duplicates."""
    by_number = {record.po_number: record for record in records if record.po_number}
    for record in by_number.values():
        orders = active(sides.by_po.get(record.po_number or "", ()))
        if record.state in UNDECIDED | {State.CANCELLED} and orders:
            yield _purchase(
                DiscrepancyKind.UNRECORDED_PURCHASE, record.po_number or "", orders, record, record.key.mode
            )
    had = {r.po_number: r.key.mode for r in by_number.values() if r.state in BOUGHT}
    mine = [number for number, order in sides.owners.items() if order is not None and order.order_id == order_id]
    for number in sorted((n for n in mine if n not in by_number), key=lambda n: _age(sides.by_po[n])):
        order = sides.owners[number]
        orders = active(sides.by_po[number])
        mode = mode_of(number, order, sides.ctx.settings) if order else None
        if order is None or mode is None or not orders:
            continue
        others = [o for n, m in had.items() if m is mode for o in active(sides.by_po.get(n or "", ()))]
        again = is_covered(_ordered(order, sides.ctx.sku_map_for(order.skus)), orders, others)
        kind = DiscrepancyKind.DUPLICATE_PURCHASE if again else DiscrepancyKind.UNRECORDED_PURCHASE
        yield _purchase(kind, number, orders, order, mode)
        had[number] = mode


def _ordered(order: Order, sku_map: Mapping[str, str]) -> Counter[str]:
    pieces = Counter[str]()
    for line in order.lines:
        if line.sku:
            pieces[supplier_name(sku_map, line.sku)] += line.quantity
    return pieces


def _age(orders: tuple[SupplierOrder, ...]) -> tuple[str, str]:
    return min((order.ordered_at.isoformat() if order.ordered_at else "", order.order_number) for order in orders)


def unknown_purchase(sides: BothSides, number: str) -> Discrepancy:
    """A purchase under a number of ours whose order cannot be found in the shop."""
    orders = active(sides.by_po[number])
    return _purchase(DiscrepancyKind.UNRECORDED_PURCHASE, number, orders, None, mode_by_ending(number))


def _purchase(
    kind: DiscrepancyKind,
    number: str,
    orders: tuple[SupplierOrder, ...],
    about: SyncRecord | Order | None,
    mode: Mode,
) -> Discrepancy:
    numbers = tuple(sorted(order.order_number for order in orders))
    again = kind is DiscrepancyKind.DUPLICATE_PURCHASE
    known = isinstance(about, SyncRecord)
    steps = {
        "again": f"Cancel {', '.join(numbers)} at the supplier: S&S allows it for 10 minutes (--repair tries); later "
        "call the supplier.",
        "adopt": "Repair records it as bought, so that it is not bought again.",
        "person": "Find out at the supplier whose it is; repair keeps it as a held record.",
    }
    return Discrepancy(
        kind=kind,
        order_id=about.key.order_id if isinstance(about, SyncRecord) else about.order_id if about else "",
        order_name=about.order_name if isinstance(about, SyncRecord) else about.name if about else "",
        mode=mode,
        shop="not asked" if known else "has the order" if about else "no order that this number can belong to",
        ledger=f"{about.state}, not bought" if isinstance(about, SyncRecord) else "no record of this PO number",
        supplier=f"{'bought again: ' if again else ''}order {', '.join(numbers)}",
        next_step=steps["again" if again else "adopt" if about else "person"],
        share=about.key.share if isinstance(about, SyncRecord) else "",
        po_number=number,
        order_numbers=numbers,
        evidence=" ".join(numbers),
    )


def _missing_in_ledger(sides: BothSides, order_id: str) -> Iterator[Discrepancy]:
    settings = sides.ctx.settings
    order = sides.order(order_id) if settings.enabled else None
    if order is None:
        return
    decision = decide(order, settings, admitted=False, now=sides.clock.now(), ours=())
    if not isinstance(decision, Proceed):
        return
    if any(want.quantity for share in decision.shares for want in wanted_lines(order, share)):
        yield Discrepancy(
            kind=DiscrepancyKind.MISSING_IN_LEDGER,
            order_id=order.order_id,
            order_name=order.name,
            mode=settings.mode,
            shop="to be bought",
            ledger="no record",
            supplier="nothing under its PO number" if sides.can_ask else "cannot be asked",
            next_step=f"Buy it: order-sync handle {sides.ctx.connection.name} {order.name} (--repair does)."
            if sides.can_ask
            else "Look for it at the supplier before it is bought; repair holds it.",
        )
