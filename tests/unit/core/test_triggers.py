"""When an order is bought, and when not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.core.model.order import FinancialStatus, FulfillmentStatus, WorkStatus
from order_sync.core.model.supplier_order import Capabilities, SupplierOrderStatus
from tests.builders import NOW, a_fulfillment, a_line, a_work, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier


@pytest.mark.parametrize("status", [FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED])
def test_auto_mode_buys_an_order_whose_payment_is_complete(status):
    bench = Bench(an_order(financial_status=status))
    assert bench.handle().state == "placed"
    assert bench.supplier.bought == ["DEMO-1001"]


@pytest.mark.parametrize(
    "status",
    [
        FinancialStatus.PENDING,
        FinancialStatus.AUTHORIZED,
        FinancialStatus.PARTIALLY_PAID,
        FinancialStatus.UNKNOWN,
    ],
)
def test_auto_mode_waits_for_payment_and_says_so(status):
    bench = Bench(an_order(financial_status=status))
    result = bench.handle()
    assert result.state == "waiting"
    assert result.records[0].reason_code == "payment"
    assert "payment" in result.records[0].reason.lower()
    assert bench.supplier.bought == []


def test_an_order_that_waited_for_payment_is_bought_once_it_is_paid():
    bench = Bench(an_order(financial_status=FinancialStatus.PENDING))
    bench.handle()
    bench.shop.put(an_order(updated_at=NOW + timedelta(minutes=1)))
    assert bench.handle().state == "placed"


@pytest.mark.parametrize("status", [FinancialStatus.REFUNDED, FinancialStatus.VOIDED, FinancialStatus.EXPIRED])
@pytest.mark.parametrize("auto", [True, False])
def test_an_order_whose_payment_is_over_is_ignored_with_its_reason(status, auto):
    bench = Bench(an_order(financial_status=status, fulfillments=(a_fulfillment(),)), auto_fulfillment=auto)
    result = bench.handle()
    assert (result.state, result.records[0].reason_code) == ("ignored", f"payment_{status}")
    assert result.records[0].reason
    assert bench.supplier.bought == []


def test_a_cancelled_order_is_never_bought():
    bench = Bench(an_order(cancelled_at=NOW))
    assert bench.handle().records[0].reason_code == "cancelled_in_shop"
    assert bench.supplier.bought == []


def test_a_shops_own_test_order_never_becomes_a_live_purchase():
    bench = Bench(an_order(is_test=True))
    assert bench.handle(explicit=True).records[0].reason_code == "shop_test_order"
    assert bench.supplier.bought == []


def test_a_shops_own_test_order_may_become_a_test_order():
    bench = Bench(an_order(is_test=True), test_order=True)
    assert bench.handle().state == "placed"
    assert bench.supplier.placed[0][0].mode == "test"


def test_while_order_sync_is_off_orders_are_recorded_as_ignored():
    bench = Bench(an_order(), enabled=False)
    result = bench.handle(explicit=True)
    assert (result.state, result.records[0].reason_code) == ("ignored", "order_sync_off")
    assert bench.supplier.bought == []


def test_an_order_ignored_while_off_is_bought_by_a_later_explicit_backfill_only():
    bench = Bench(an_order(), enabled=False, enabled_since=None)
    bench.handle()
    bench.set(enabled=True)
    assert bench.handle().records[0].reason_code == "before_enabled"
    assert bench.sync(since=NOW - timedelta(days=30)).records[0].state == "placed"


def test_an_order_older_than_order_sync_needs_an_explicit_backfill():
    bench = Bench(an_order(created_at=NOW - timedelta(days=9)))
    assert bench.handle().records[0].reason_code == "before_enabled"
    assert bench.handle(explicit=True).state == "placed"


def test_an_old_order_let_in_by_a_backfill_needs_none_when_it_is_paid_later():
    old = NOW - timedelta(days=9)
    bench = Bench(an_order(created_at=old, financial_status=FinancialStatus.PENDING))
    bench.handle(explicit=True)
    bench.shop.put(an_order(created_at=old))
    assert bench.handle().state == "placed"


def test_an_old_order_that_could_not_be_read_once_is_not_let_in_by_that(mocker):
    from order_sync.core.errors import ServiceUnavailableError

    bench = Bench(an_order(created_at=NOW - timedelta(days=9)))
    mocker.patch.object(bench.shop, "get_order", side_effect=ServiceUnavailableError("down"))
    assert bench.handle().state == "received"
    mocker.stopall()
    assert bench.handle().records[0].reason_code == "before_enabled"


def test_manual_mode_waits_until_the_merchant_marks_the_order_fulfilled():
    bench = Bench(an_order(), auto_fulfillment=False)
    result = bench.handle()
    assert (result.state, result.records[0].reason_code) == ("waiting", "fulfillment")
    assert bench.supplier.bought == []


def test_manual_mode_buys_one_purchase_order_per_fulfillment_with_just_its_lines_and_quantities():
    lines = (a_line("L1", "B00760004", 3), a_line("L2", "B00760003", 1))
    first = a_fulfillment(1, {"L1": 2})
    second = a_fulfillment(2, {"L1": 1, "L2": 1})
    bench = Bench(an_order(*lines, fulfillments=(first, second)), auto_fulfillment=False)
    bench.handle()
    assert [(po.po_number, {line.sku: line.quantity for line in po.lines}) for po, _ in bench.supplier.placed] == [
        ("DEMO-1001", {"B00760004": 2}),
        ("DEMO-1001-2", {"B00760004": 1, "B00760003": 1}),
    ]


def test_the_waiting_record_makes_way_for_the_fulfillments():
    bench = Bench(an_order(), auto_fulfillment=False)
    bench.handle()
    bench.shop.put(an_order(fulfillments=(a_fulfillment(),)))
    result = bench.handle()
    assert [record.key.share for record in result.records] == ["fulfillment-1"]
    assert result.state == "placed"


def test_handle_fulfillment_buys_only_the_fulfillment_it_is_given():
    line = a_line("L1", quantity=3)
    bench = Bench(
        an_order(line, fulfillments=(a_fulfillment(1, {"L1": 1}), a_fulfillment(2, {"L1": 2}))),
        auto_fulfillment=False,
    )
    result = bench.handle_fulfillment("2")
    assert [record.key.share for record in result.records] == ["fulfillment-2"]
    assert bench.supplier.placed[0][0].lines[0].quantity == 2


@pytest.mark.parametrize("status", [FulfillmentStatus.CANCELLED, FulfillmentStatus.PENDING, FulfillmentStatus.FAILED])
def test_a_fulfillment_that_does_not_stand_buys_nothing(status):
    bench = Bench(an_order(fulfillments=(a_fulfillment(status=status),)), auto_fulfillment=False)
    assert bench.handle().state == "waiting"


def test_work_on_hold_in_the_shop_waits_with_the_shops_reason():
    line = a_line()
    work = a_work(line, status=WorkStatus.ON_HOLD, hold_reasons=("HIGH_RISK_OF_FRAUD",))
    result = Bench(an_order(line, work=(work,))).handle()
    assert result.records[0].reason_code == "shop_hold"
    assert "HIGH_RISK_OF_FRAUD" in result.records[0].reason


def test_scheduled_work_waits_for_its_date_and_is_due_then():
    line = a_line()
    later = NOW + timedelta(days=3)
    bench = Bench(an_order(line, work=(a_work(line, status=WorkStatus.SCHEDULED, fulfill_at=later),)))
    record = bench.handle().records[0]
    assert (record.reason_code, record.due_at) == ("scheduled", later)
    bench.clock.advance_s(4 * 86400)
    assert bench.handle().state == "placed"


def test_an_order_bought_in_auto_mode_is_not_bought_again_when_manual_mode_shows_its_fulfillment():
    bench = Bench(an_order())
    bench.handle()
    bench.set(auto_fulfillment=False)
    bench.shop.put(an_order(a_line(unfulfilled_quantity=0), fulfillments=(a_fulfillment(),)))
    bench.handle()
    assert bench.supplier.bought == ["DEMO-1001"]


def test_a_fulfillment_bought_in_manual_mode_is_not_bought_again_in_auto_mode():
    line = a_line("L1", quantity=3)
    bench = Bench(an_order(line, fulfillments=(a_fulfillment(1, {"L1": 1}),)), auto_fulfillment=False)
    bench.handle()
    bench.set(auto_fulfillment=True)
    bench.shop.put(
        an_order(a_line("L1", quantity=3, unfulfilled_quantity=2), work=(), fulfillments=(a_fulfillment(1, {"L1": 1}),))
    )
    bench.handle()
    assert [po.lines[0].quantity for po, _ in bench.supplier.placed] == [1, 2]


def test_pieces_of_a_fulfillment_that_was_cancelled_after_its_purchase_are_not_bought_twice():
    line = a_line("L1", quantity=3)
    bench = Bench(an_order(line, fulfillments=(a_fulfillment(1, {"L1": 1}),)), auto_fulfillment=False)
    bench.handle()
    bench.set(auto_fulfillment=True)
    undone = a_fulfillment(1, {"L1": 1}, status=FulfillmentStatus.CANCELLED)
    bench.shop.put(an_order(line, fulfillments=(undone,)))
    bench.handle()
    standing = [o for _, o in bench.supplier.placed if o.status is not SupplierOrderStatus.CANCELLED]
    assert sum(line.quantity for order in standing for line in order.lines) == 3


def test_an_order_cancelled_after_its_purchase_asks_for_a_person_where_the_supplier_cannot_cancel():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities()))
    bench.handle()
    bench.shop.put(an_order(cancelled_at=NOW))
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == ("placed", "cancelled_after_purchase")
    assert record.needs_person and "70000001" in record.next_action


def test_going_live_does_not_buy_what_waited_in_test_mode_without_being_asked():
    bench = Bench(an_order(financial_status=FinancialStatus.PENDING), test_order=True)
    bench.handle()
    bench.set(test_order=False)
    bench.shop.put(an_order())
    assert [(r.key.mode, r.reason_code) for r in bench.handle().records] == [("live", "before_enabled")]
    assert bench.supplier.bought == []


def test_a_test_purchase_and_a_live_purchase_of_one_order_have_different_po_numbers():
    bench = Bench(an_order(), test_order=True)
    bench.handle()
    bench.set(test_order=False)
    bench.handle(explicit=True)
    assert [(po.po_number, po.mode) for po, _ in bench.supplier.placed] == [
        ("DEMO-1001-T", "test"),
        ("DEMO-1001", "live"),
    ]


def test_turning_test_orders_on_leaves_what_began_live_as_it_is():
    bench = Bench(an_order(), an_order(order_id="2", name="#2", financial_status=FinancialStatus.PENDING))
    bench.sync()
    bench.set(test_order=True)
    bench.shop.put(an_order(order_id="2", name="#2", number="2", updated_at=NOW + timedelta(minutes=1)))
    bench.sync()
    assert bench.supplier.bought == ["DEMO-1001"]
    assert {(r.order_name, r.key.mode, r.state) for r in bench.ledger.find()} == {
        ("#1001", "live", "placed"),
        ("#2", "live", "waiting"),
    }
    bench.set(test_order=False)
    bench.sync()
    assert bench.supplier.bought == ["DEMO-1001", "DEMO-2"]


def test_an_order_placed_in_the_second_in_which_order_sync_was_turned_on_counts_as_new():
    bench = Bench(enabled=False, enabled_since=None)
    bench.clock.advance_s(0.7)
    bench.set(enabled=True)
    bench.shop.put(an_order(created_at=NOW))
    assert bench.handle().state == "placed"
