"""Whatever shop, ledger and supplier say: one repair is enough, and it never buys more than the shop ordered."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.adapters.memory import InMemoryLedger
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderLine, SupplierOrderStatus
from order_sync.core.model.sync_record import State
from tests.builders import NOW, a_fulfillment, a_line, a_purchase_order, an_address, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier

SKUS = ("B00760004", "B00760003")
NUMBERS = ("DEMO-1001", "DEMO-1001-2", "DEMO-1002", "DEMO-1002-T", "DEMO-1003", "DEMO-9", "RESTOCK", "")
STATUSES = st.sampled_from(
    (SupplierOrderStatus.IN_PROGRESS, SupplierOrderStatus.SHIPPED, SupplierOrderStatus.CANCELLED)
)
PIECES = st.dictionaries(st.sampled_from((*SKUS, "MUG")), st.integers(1, 4), min_size=1, max_size=2)


@st.composite
def supplier_orders(draw: Any, count: int = 4) -> list[SupplierOrder]:
    return [
        SupplierOrder(
            order_number=str(80000001 + n),
            po_number=draw(st.sampled_from(NUMBERS)),
            status=draw(STATUSES),
            lines=tuple(SupplierOrderLine(sku, q) for sku, q in draw(PIECES).items()),  # type: ignore[arg-type]
            ship_to=draw(st.sampled_from((None, an_address(), an_address(city="Elsewhere")))),
        )
        for n in range(draw(st.integers(0, count)))
    ]


MIX = st.fixed_dictionaries(
    {
        "extra": supplier_orders(),
        "handled": st.sets(st.sampled_from((1001, 1002))),
        "lost": st.sets(st.sampled_from((1001, 1002))),  # their records are forgotten
        "undone": st.sets(st.sampled_from((1001, 1002))),  # their records are as before the purchase
        "vanished": st.sets(st.sampled_from((1001, 1002))),  # the supplier does not have them any more
        "changed": st.dictionaries(st.sampled_from((1001, 1002)), PIECES),
        "cancelled": st.sets(st.sampled_from((1001, 1002))),
        "gone_from_shop": st.booleans(),
        "auto": st.booleans(),
    }
)


def shop_order(number: int) -> Any:
    lines = (a_line("L1", SKUS[0], 2), a_line("L2", SKUS[1], 3))
    marked = (a_fulfillment(number, {"L1": 2}), a_fulfillment(number + 50, {"L2": 3}))
    return an_order(*lines, order_id=str(number), name=f"#{number}", number=str(number), fulfillments=marked)


def build(mix: dict[str, Any]) -> Bench:
    orders = [shop_order(number) for number in (1001, 1002)]
    if mix["auto"]:
        orders = [replace(order, fulfillments=()) for order in orders]
    bench = Bench(*orders, auto_fulfillment=mix["auto"], supplier=FlakySupplier())
    for number in sorted(mix["handled"]):
        bench.handle(str(number))
    placed = []
    for po, order in bench.supplier.placed:
        number = int(order.po_number.split("-")[1])
        if number in mix["changed"]:
            lines = tuple(SupplierOrderLine(sku, q) for sku, q in mix["changed"][number].items())
            order = replace(order, lines=lines)
        if number in mix["cancelled"]:
            order = replace(order, status=SupplierOrderStatus.CANCELLED)
        if number not in mix["vanished"]:
            placed.append((po, order))
    bench.supplier.placed = placed
    bench.supplier.placed += [(a_purchase_order(po_number=order.po_number), order) for order in mix["extra"]]
    kept = InMemoryLedger()
    for record in bench.ledger.find():
        number = int(record.key.order_id)
        if number not in mix["lost"]:
            bare = replace(record, state=State.WAITING, supplier_orders=(), intent_at=None, reason="waits")
            kept._records[record.key] = bare if number in mix["undone"] else record
    bench.ledger = bench.look._ledger = kept
    bench.clock.advance_s(120)
    if mix["gone_from_shop"]:
        del bench.shop.orders["1002"]
    return bench


def active_pieces(bench: Bench, number: str) -> Counter[str]:
    """Pieces at the supplier under any PO number of an order."""
    pieces = Counter[str]()
    for _, order in bench.supplier.placed:
        mine = order.po_number.removesuffix("-T").removeprefix("DEMO-").split("-")[0] == number
        if mine and order.status is not SupplierOrderStatus.CANCELLED and not order.po_number.endswith("-T"):
            for line in order.lines or ():
                pieces[line.sku] += line.quantity
    return pieces


@settings(max_examples=300, deadline=None)
@given(mix=MIX)
def test_after_a_repair_a_second_run_finds_nothing_and_nothing_is_bought_beyond_the_order(mix: dict[str, Any]) -> None:
    bench = build(mix)
    before = {number: active_pieces(bench, number) for number in ("1001", "1002")}
    found = bench.reconcile()
    assert bench.reconcile() == found, "a run without repair changes nothing"

    run = bench.reconcile(repair=True)

    assert run.problems == []
    for number, had in before.items():
        wanted = Counter({SKUS[0]: 2, SKUS[1]: 3})
        now = active_pieces(bench, number)
        assert all(now[sku] <= max(had[sku], wanted[sku]) for sku in now), (had, now)
    assert bench.reconcile().discrepancies == []
    records = bench.ledger.find()
    assert bench.reconcile(repair=True).discrepancies == []
    assert bench.ledger.find() == records
    assert bool(found.discrepancies) == bool(run.discrepancies)


@settings(max_examples=100, deadline=None)
@given(mix=MIX)
def test_a_sync_after_a_repair_buys_nothing_beyond_the_order(mix: dict[str, Any]) -> None:
    bench = build(mix)
    before = {number: active_pieces(bench, number) for number in ("1001", "1002")}
    bench.reconcile(repair=True)
    bench.sync(since=NOW.replace(year=2026, month=1))
    for number, had in before.items():
        now = active_pieces(bench, number)
        wanted = Counter({SKUS[0]: 2, SKUS[1]: 3})
        assert all(now[sku] <= max(had[sku], wanted[sku]) for sku in now), (had, now)
