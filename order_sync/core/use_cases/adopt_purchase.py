"""Recording a purchase that the supplier has and the ledger does not, so that it is never bought again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from order_sync.core.model.discrepancy import Discrepancy
from order_sync.core.model.order import Fulfillment, FulfillmentStatus, Order, ShopSku
from order_sync.core.model.supplier_order import SupplierItem, SupplierOrder
from order_sync.core.model.sync_record import ORDER_SHARE, UNDECIDED, RecordKey, State, SyncRecord
from order_sync.core.policies.adopt import lines_found, supplier_names
from order_sync.core.policies.alarms import message
from order_sync.core.policies.allocate import active, pieces_by_sku
from order_sync.core.policies.quantities import taken_by_others
from order_sync.core.policies.retry import follow_at
from order_sync.core.policies.sku_map import supplier_name
from order_sync.core.use_cases.both_sides import BothSides, patiently
from order_sync.core.use_cases.context import ConnectionContext, Desk
from order_sync.core.use_cases.look_up_items import look_up_items
from order_sync.core.use_cases.record_keeping import share_name
from order_sync.core.use_cases.settle_doubt import with_shortage
from order_sync.core.use_cases.tell_person import RECONCILE, tell


def adopt_purchase(sides: BothSides, desk: Desk, found: Discrepancy, records: tuple[SyncRecord, ...]) -> SyncRecord:
    """The record of a purchase that was found at the supplier: placed, or held when its order is not known.

    Raises:
        ServiceError: the shop or the supplier could not be asked; nothing was stored.
    """
    orders = sides.by_po[found.po_number]
    order = sides.order(desk.claim.order_id) if found.order_id else None
    known = next((r for r in records if r.po_number == found.po_number), None)
    if order is None:
        return _hold_unknown(sides, desk, found, orders, known)
    share = _share_of(sides.ctx, order, known, records, found, orders)
    key = RecordKey(sides.ctx.connection.name, order.order_id, share_name(share), found.mode)
    before = known or next((r for r in records if r.key == key), None)
    if before is not None and before.state not in UNDECIDED:  # no share is left that it could be the purchase of
        return tell(desk, before, found, message(found))
    begun = before or SyncRecord(
        key=key,
        order_name=order.name,
        state=State.RECEIVED,
        supplier_account=sides.ctx.connection.supplier_account,
        fulfillment_id=share.fulfillment_id if share else "",
    )
    taken = taken_by_others(records, begun)
    sku_map = sides.ctx.sku_map_for(order.skus)
    lines = lines_found(order, share, orders, _items(sides, order, orders, sku_map), sku_map, taken)
    placed = _placed(desk, replace(begun, lines=lines), orders)
    adopted = replace(placed, po_number=found.po_number, order_name=order.name, shop_updated_at=order.updated_at)
    return desk.save(with_shortage(adopted), before)


def _items(
    sides: BothSides, order: Order, orders: tuple[SupplierOrder, ...], sku_map: Mapping[str, str]
) -> Mapping[ShopSku, SupplierItem]:
    """The supplier's items behind those SKUs of the shop that its orders do not name."""
    names = supplier_names(active(orders))
    unnamed = [line.sku for line in order.lines if line.sku and supplier_name(sku_map, line.sku) not in names]
    if not unnamed:
        return {}
    return patiently(sides.clock, lambda: look_up_items(sides.ctx, unnamed, sku_map=sku_map))


def _placed(desk: Desk, record: SyncRecord, orders: tuple[SupplierOrder, ...]) -> SyncRecord:
    now = desk.clock.now()
    return record.move(
        State.PLACED,
        reason="Found at the supplier by its PO number, though the ledger did not know it; it is not bought again.",
        supplier_orders=orders,
        admitted=True,
        attempts=0,
        sends=max(1, record.sends),
        intent_at=record.intent_at or min((o.ordered_at for o in orders if o.ordered_at), default=now),
        due_at=follow_at(now, now),
    )


def _share_of(
    ctx: ConnectionContext,
    order: Order,
    known: SyncRecord | None,
    records: tuple[SyncRecord, ...],
    found: Discrepancy,
    orders: tuple[SupplierOrder, ...],
) -> Fulfillment | None:
    """The share that a purchase covers; None: the whole order.

    Of manual mode's free fulfillments it is the one with just its pieces, or with most of them.
    """
    if known is not None:
        return next((f for f in order.fulfillments if f.fulfillment_id == known.fulfillment_id), None)
    taken = {r.key.share for r in records if r.key.mode is found.mode and r.state not in UNDECIDED}
    ours = {each for r in records for o in r.supplier_orders for each in o.fulfillment_ids}
    free = [
        f
        for f in order.fulfillments
        if f.status is FulfillmentStatus.SUCCESS and share_name(f) not in taken and f.fulfillment_id not in ours
    ]
    if ctx.settings.auto_fulfillment and ORDER_SHARE not in taken:
        return None
    sku_map = ctx.sku_map_for(order.skus)
    return max(free, key=lambda fulfillment: _fit(order, fulfillment, orders, sku_map), default=None)


def _fit(
    order: Order, fulfillment: Fulfillment, orders: tuple[SupplierOrder, ...], sku_map: Mapping[str, str]
) -> tuple[bool, int]:
    """Whether the purchase has just the fulfillment's pieces, and how many of them."""
    marked = Counter[str]()
    for part in fulfillment.lines:
        line = order.line(part.line_id)
        marked[supplier_name(sku_map, line.sku) if line and line.sku else ""] += part.quantity
    pieces = pieces_by_sku(active(orders), marked) or Counter[str]()
    return pieces == marked, (pieces & marked).total()


def _hold_unknown(
    sides: BothSides, desk: Desk, found: Discrepancy, orders: tuple[SupplierOrder, ...], known: SyncRecord | None
) -> SyncRecord:
    """Kept under the PO number, which nobody can use again then."""
    ctx = sides.ctx
    before = known or SyncRecord(
        key=RecordKey(ctx.connection.name, desk.claim.order_id, ORDER_SHARE, found.mode),
        order_name=found.po_number,
        state=State.RECEIVED,
        supplier_account=ctx.connection.supplier_account,
    )
    held = before.move(
        State.HELD,
        reason_code="unrecorded_purchase",
        reason=f"The supplier has PO {found.po_number}, and the shop has no order that it can belong to.",
        next_action=f"Find out at the supplier whose order {', '.join(found.order_numbers)} is; then order-sync "
        "orders skip closes this record.",
        po_number=found.po_number,
        supplier_orders=orders,
    )
    return desk.save(held, known, desk.attempt(RECONCILE, desk.clock.now(), found.mark))
