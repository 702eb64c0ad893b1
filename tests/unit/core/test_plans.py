"""What is bought of an order, line by line."""

from __future__ import annotations

import pytest

from order_sync.core.model.order import FinancialStatus
from order_sync.core.model.sync_record import LineOutcome
from tests.builders import a_fulfillment, a_line, a_location, a_work, an_address, an_order
from tests.fakes.bench import Bench


def bought(bench: Bench) -> dict[str, int]:
    return {line.sku: line.quantity for po, _ in bench.supplier.placed for line in po.lines}


def test_every_line_is_bought_or_explained():
    order = an_order(
        a_line("L1"),
        a_line("L2", None, 1, title="Tip", requires_shipping=False),
        a_line("L3", "GIFT", 1, is_gift_card=True, requires_shipping=False),
        a_line("L4", "B00760003", 2, current_quantity=0, unfulfilled_quantity=0, refunded_quantity=2),
    )
    record = Bench(order).handle().records[0]
    assert [line.line_id for line in record.lines] == ["L1", "L2", "L3", "L4"]
    assert [line.outcome for line in record.lines] == [
        LineOutcome.BOUGHT,
        LineOutcome.EXCLUDED,
        LineOutcome.EXCLUDED,
        LineOutcome.EXCLUDED,
    ]
    assert all(line.reason for line in record.lines[1:])


def test_an_unknown_sku_holds_the_order_and_names_the_line():
    record = Bench(an_order(a_line("L1"), a_line("L2", "MUG-1", 1))).handle().records[0]
    assert (record.state, record.reason_code) == ("held", "unknown_sku")
    assert "MUG-1" in record.reason and record.next_action
    assert [line.outcome for line in record.lines] == [LineOutcome.WAITING, LineOutcome.HELD]


def test_an_unknown_sku_is_skipped_with_a_reason_when_the_setting_says_so():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "MUG-1", 1)), unknown_sku="skip")
    record = bench.handle().records[0]
    assert record.state == "placed"
    assert record.lines[1].outcome is LineOutcome.SKIPPED and "MUG-1" in record.lines[1].reason
    assert bought(bench) == {"B00760004": 2}


def test_a_line_without_a_sku_is_held_and_not_dropped():
    record = Bench(an_order(a_line("L1", None))).handle().records[0]
    assert (record.state, record.reason_code) == ("held", "missing_sku")


def test_an_order_of_nothing_but_unknown_lines_that_are_skipped_buys_nothing():
    bench = Bench(an_order(a_line("L1", "MUG-1")), unknown_sku="skip")
    assert bench.handle().records[0].reason_code == "nothing_to_buy"
    assert bench.supplier.bodies == []


def test_a_release_buys_the_rest_without_the_line_at_fault():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "MUG-1", 1)))
    bench.handle()
    bench.operator.release(bench.ctx, bench.record())
    assert bought(bench) == {"B00760004": 2}
    assert bench.record().lines[1].outcome is LineOutcome.SKIPPED


def test_repeated_skus_are_merged_into_one_purchase_line_and_explained_per_shop_line():
    bench = Bench(an_order(a_line("L1", quantity=2), a_line("L2", quantity=3)))
    record = bench.handle().records[0]
    assert bought(bench) == {"B00760004": 5}
    assert len(bench.supplier.placed[0][0].lines) == 1
    assert [(line.line_id, line.quantity) for line in record.lines] == [("L1", 2), ("L2", 3)]


def test_refunded_pieces_are_not_bought_even_where_the_shop_still_counts_them_as_current():
    bench = Bench(
        an_order(a_line(quantity=5, refunded_quantity=2), financial_status=FinancialStatus.PARTIALLY_REFUNDED)
    )
    record = bench.handle().records[0]
    assert bought(bench) == {"B00760004": 3}
    assert "2 of 5 refunded" in record.lines[0].reason


def test_pieces_that_are_fulfilled_already_are_not_bought_in_auto_mode():
    line = a_line(quantity=5, unfulfilled_quantity=2)
    bench = Bench(an_order(line, fulfillments=(a_fulfillment(pieces={"L1": 3}),)))
    bench.handle()
    assert bought(bench) == {"B00760004": 2}


def test_a_returned_piece_does_not_count_as_fulfilled_twice():
    line = a_line(quantity=3, current_quantity=2, unfulfilled_quantity=2, refunded_quantity=1, returned_quantity=1)
    bench = Bench(an_order(line, fulfillments=(a_fulfillment(pieces={"L1": 1}),)))
    bench.handle()
    assert bought(bench) == {"B00760004": 2}


def test_the_shops_remaining_work_is_never_exceeded():
    line = a_line(quantity=4)
    bench = Bench(an_order(line, work=(a_work(a_line(quantity=1)),)))
    bench.handle()
    assert bought(bench) == {"B00760004": 1}


def test_a_line_in_no_work_that_we_are_shown_is_still_bought():
    bench = Bench(an_order(a_line(), work=()))
    bench.handle()
    assert bought(bench) == {"B00760004": 2}


def test_a_refund_after_the_merchant_marked_the_fulfillment_shrinks_what_is_bought():
    line = a_line(quantity=3, current_quantity=2, refunded_quantity=1, unfulfilled_quantity=0)
    bench = Bench(an_order(line, fulfillments=(a_fulfillment(pieces={"L1": 3}),)), auto_fulfillment=False)
    bench.handle()
    assert bought(bench) == {"B00760004": 2}


def test_a_purchase_goes_to_the_customer_by_default():
    bench = Bench(an_order())
    bench.handle()
    assert bench.supplier.placed[0][0].ship_to == an_address()


def test_a_purchase_goes_to_the_store_when_dropshipping_is_disabled():
    bench = Bench(an_order(), disable_dropshipping=True, store_address=a_location())
    bench.handle()
    assert bench.supplier.placed[0][0].ship_to == a_location().address


def test_dropshipping_disabled_without_a_store_address_holds_the_order():
    record = Bench(an_order(), disable_dropshipping=True).handle().records[0]
    assert record.reason_code == "missing_store_address"


def test_an_order_without_an_address_is_held():
    record = Bench(an_order(shipping_address=None)).handle().records[0]
    assert (record.state, record.reason_code) == ("held", "missing_address")


def test_an_address_the_supplier_cannot_ship_to_is_held_until_it_is_corrected():
    bench = Bench(an_order(shipping_address=an_address(city="")))
    assert bench.handle().records[0].reason_code == "missing_city"
    bench.shop.put(an_order())
    assert bench.handle().state == "placed"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("shipping_method", "54"),
        ("warehouse_preference", "fastest"),
        ("ship_blind", True),
        ("residential", False),
        ("email_confirmation", "orders@example.com"),
        ("reject_line_errors", False),
    ],
)
def test_options_reach_the_supplier(setting, value):
    bench = Bench(an_order(), **{setting: value})
    bench.handle()
    assert getattr(bench.supplier.placed[0][0].options, setting) == value


def test_the_selected_payment_profile_pays():
    from order_sync.core.model.payment_profile import PaymentProfile

    profile = PaymentProfile("buyer@example.com", "900100200", "Bank 4242")
    bench = Bench(an_order(), payment_profile=profile)
    bench.handle()
    assert bench.supplier.placed[0][0].payment_profile == profile


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{prefix}-{order_number}", "DEMO-1001"),
        ("PO{order_name}", "PO1001"),
        ("X_{order_number}-{prefix}", "X_1001-DEMO"),
    ],
)
def test_po_numbers_follow_the_template(template, expected):
    bench = Bench(an_order(), po_template=template)
    bench.handle()
    assert bench.supplier.bought == [expected]


def test_a_po_number_that_would_be_too_long_is_held_and_not_cut():
    record = Bench(an_order(number="9" * 60)).handle().records[0]
    assert record.state == "held" and "too long" in record.reason


def test_stock_that_is_short_is_noted_on_the_line():
    record = Bench(an_order(a_line(quantity=500))).handle().records[0]
    assert "100 in stock" in record.lines[0].reason
