"""How many pieces a line wanted when it was decided, whatever became of it."""

from __future__ import annotations

from decimal import Decimal

from order_sync.core.errors import ServiceUnavailableError
from order_sync.core.model.money import Money
from order_sync.core.model.order import FinancialStatus
from order_sync.core.model.purchase_order import PurchaseOrderLine, SupplierSku
from tests.builders import NOW, a_line, a_purchase_order, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import lost

PRICE = Money(Decimal("19.90"), "USD")
REFUNDED = a_line("L2", "B00760003", 4, current_quantity=1, unfulfilled_quantity=1, refunded_quantity=3)
GIFT = a_line("L3", "GIFT", 1, is_gift_card=True, requires_shipping=False)


def an_order_of_three(**overrides):
    return an_order(a_line("L1", unit_price=PRICE), REFUNDED, GIFT, **overrides)


def wanted(bench: Bench) -> list[int]:
    return [line.wanted for line in bench.record().lines]


def test_bought_and_held_lines_keep_what_they_wanted_and_excluded_ones_want_nothing():
    bench = Bench(an_order_of_three())
    bench.handle()
    assert (bench.record().state, wanted(bench)) == ("placed", [2, 1, 0])
    held = Bench(an_order(a_line("L1"), a_line("L2", "MUG-1", 3)))
    held.handle()
    assert (held.record().state, wanted(held)) == ("held", [2, 3])


def test_a_line_that_waits_for_payment_wants_what_the_customer_still_wants():
    bench = Bench(an_order(a_line("L1", unit_price=PRICE), REFUNDED, financial_status=FinancialStatus.PENDING))
    bench.handle()
    assert (bench.record().state, wanted(bench)) == ("waiting", [2, 1])
    assert bench.record().lines[0].unit_price == PRICE


def test_a_line_that_waits_for_the_supplier_to_answer_wants_its_pieces():
    bench = Bench(an_order_of_three())
    bench.supplier.before_look_up.append(ServiceUnavailableError("Down.", service="supplier"))
    bench.handle()
    assert wanted(bench) == [2, 1, 0]
    assert bench.record().lines[0].unit_price == PRICE


def test_an_ignored_order_wants_nothing():
    bench = Bench(an_order_of_three(cancelled_at=NOW))
    bench.handle()
    assert (bench.record().state, wanted(bench)) == ("ignored", [0, 0, 0])


def test_a_purchase_that_was_found_wants_what_it_was_about():
    bench = Bench(an_order_of_three())
    white, black = SupplierSku("B00760004"), SupplierSku("B00760003")
    found = a_purchase_order(lines=(PurchaseOrderLine(white, 1), PurchaseOrderLine(black, 1)))
    bench.supplier.submit(found, "{}")
    bench.clock.advance_s(3600)
    bench.reconcile(repair=True)
    lines = bench.record().lines
    assert [(str(line.outcome), line.quantity, line.wanted) for line in lines] == [
        ("short", 1, 2),
        ("bought", 1, 1),
        ("excluded", 1, 0),
    ]
    assert lines[0].unit_price == PRICE


def test_a_line_added_while_a_purchase_was_in_doubt_joins_it_once_it_turns_out_not_to_be_bought():
    bench = Bench(an_order())
    bench.supplier.before_submit = [lost()]
    bench.handle()
    bench.shop.put(an_order(a_line(), a_line("L2", "MUG", 1), updated_at=bench.clock.now()))
    for _ in range(4):
        bench.clock.advance_s(1000)
        bench.handle()
    (record,) = bench.ledger.find()
    assert (record.key.share, record.state, record.po_number) == ("order", "held", "DEMO-1001")
    assert [(line.line_id, str(line.outcome)) for line in record.lines] == [("L1", "waiting"), ("L2", "held")]
