"""Cancels, refunds and edits after an order was bought."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from order_sync.core.errors import (
    AuthenticationError,
    NotAllowedError,
    OutcomeUnknownError,
    ServiceUnavailableError,
)
from order_sync.core.model.order import FinancialStatus, FulfillmentStatus, LineItem, Order
from order_sync.core.model.supplier_order import Capabilities, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, State
from tests.builders import NOW, a_fulfillment, a_line, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, split

ORDER = "gid://shopify/Order/1"
WINDOW = Capabilities(list_orders=True, cancel=True, cancel_window_s=600.0, stock=True, contact="the supplier's desk")


def bench_with(*lines: LineItem, **settings: Any) -> Bench:
    """An order that was bought just now, at a supplier that cancels for ten minutes."""
    bench = Bench(an_order(*lines), supplier=FlakySupplier(capabilities=WINDOW), **settings)
    bench.handle()
    return bench


def standing(bench: Bench) -> Counter[str]:
    """Pieces by SKU that the supplier would ship."""
    pieces = Counter[str]()
    for _, order in bench.supplier.placed:
        if order.status is not SupplierOrderStatus.CANCELLED:
            pieces.update({line.sku: line.quantity for line in order.lines or ()})
    return pieces


def change(bench: Bench, *lines: LineItem, **changes: Any) -> None:
    """The order as the shop shows it from now on."""
    bench.clock.advance_s(1)
    bench.shop.put(an_order(*lines, updated_at=bench.clock.now(), **changes))


def refunded(pieces: int, quantity: int = 3, line_id: str = "L1", sku: str = "B00760004") -> LineItem:
    """A line of which unfulfilled pieces were refunded."""
    return a_line(
        line_id,
        sku,
        quantity,
        current_quantity=quantity - pieces,
        unfulfilled_quantity=quantity - pieces,
        refunded_quantity=pieces,
    )


def edited(pieces: int, quantity: int = 3) -> LineItem:
    """A line of which an edit took pieces off."""
    return a_line("L1", quantity=quantity, current_quantity=quantity - pieces, unfulfilled_quantity=quantity - pieces)


CANCELLED_IN_SHOP = {"cancelled_at": NOW, "financial_status": FinancialStatus.REFUNDED}


def test_a_shop_cancel_inside_the_window_cancels_at_the_supplier_and_ends_the_share():
    bench = bench_with()
    change(bench, **CANCELLED_IN_SHOP)
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == (State.CANCELLED, "withdrawn")
    assert not standing(bench) and not record.needs_person
    assert [(line.outcome, line.quantity) for line in record.lines] == [(LineOutcome.CANCELLED, 2)]


def test_after_the_window_the_supplier_is_not_asked_and_a_dated_task_says_what_was_bought_and_whom_to_call(mocker):
    bench = bench_with()
    asked = mocker.spy(bench.supplier, "cancel_order")
    bench.clock.advance_s(700)
    change(bench, **CANCELLED_IN_SHOP)
    record = bench.handle().records[0]
    assert asked.call_count == 0 and standing(bench)
    assert (record.state, record.reason_code) == (State.PLACED, "cancelled_after_purchase")
    assert "DEMO-1001" in record.reason and "2 × B00760004" in record.reason and "2026-03-03" in record.reason
    assert "the supplier's desk" in record.next_action and "70000001" in record.next_action
    assert record.act_by is not None and record.act_by > bench.clock.now()


def test_a_supplier_that_refuses_to_cancel_is_believed(mocker):
    bench = bench_with()
    mocker.patch.object(bench.supplier, "cancel_order", return_value=None)
    change(bench, **CANCELLED_IN_SHOP)
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == (State.PLACED, "cancelled_after_purchase")


def test_a_cancellation_whose_answer_is_lost_is_looked_up_and_believed_then(mocker):
    bench = bench_with()
    cancel = bench.supplier.cancel_order

    def cut(number: str) -> None:
        cancel(number)
        raise OutcomeUnknownError("cut", service="supplier")

    mocker.patch.object(bench.supplier, "cancel_order", side_effect=cut)
    change(bench, **CANCELLED_IN_SHOP)
    assert bench.handle().state == "cancelled"


def test_an_order_that_shows_as_cancelled_in_no_answer_is_not_called_cancelled(mocker):
    bench = bench_with()
    mocker.patch.object(bench.supplier, "cancel_order", side_effect=OutcomeUnknownError("cut", service="supplier"))
    mocker.patch.object(bench.supplier, "find_by_po_number", side_effect=ServiceUnavailableError("down"))
    change(bench, **CANCELLED_IN_SHOP)
    record = bench.handle().records[0]
    assert record.state is State.PLACED and record.reason_code == ""
    assert record.due_at is not None and record.due_at <= bench.clock.now() + timedelta(seconds=30)
    mocker.stopall()
    bench.clock.advance_s(31)
    assert bench.handle().state == "cancelled"


def test_a_supplier_that_is_down_is_asked_again_until_the_window_closes():
    bench = bench_with()
    bench.supplier.before_cancel = [ServiceUnavailableError("down")] * 3
    change(bench, **CANCELLED_IN_SHOP)
    assert bench.handle().state == "placed"
    for _ in range(3):
        bench.clock.advance_s(31)
        bench.handle()
    assert bench.record().state is State.CANCELLED


def test_refused_credentials_while_cancelling_are_raised_and_the_cancel_is_owed():
    bench = bench_with()
    bench.supplier.before_cancel = [AuthenticationError("refused")]
    change(bench, **CANCELLED_IN_SHOP)
    with pytest.raises(AuthenticationError):
        bench.handle()
    bench.clock.advance_s(31)
    assert bench.handle().state == "cancelled"


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_worker_that_dies_while_it_cancels_leaves_a_share_that_the_next_one_ends(mocker, dies):
    bench = bench_with()
    cancel = bench.supplier.cancel_order

    class Killed(BaseException):
        pass

    def die(number: str) -> None:
        if dies == "after":
            cancel(number)
        raise Killed

    patched = mocker.patch.object(bench.supplier, "cancel_order", side_effect=die)
    change(bench, **CANCELLED_IN_SHOP)
    with pytest.raises(Killed):
        bench.handle()
    mocker.stop(patched)
    bench.clock.advance_s(120)
    assert bench.handle().state == "cancelled"


def test_a_refund_of_everything_cancels_at_the_supplier():
    bench = bench_with(a_line("L1", quantity=3))
    change(bench, refunded(3), financial_status=FinancialStatus.REFUNDED)
    assert bench.handle().state == "cancelled" and not standing(bench)


def test_a_refund_before_the_purchase_shrinks_the_plan():
    bench = Bench(an_order(refunded(1), financial_status=FinancialStatus.PARTIALLY_REFUNDED))
    bench.handle()
    assert standing(bench) == {"B00760004": 2}


def test_a_partial_refund_inside_the_window_is_bought_again_with_what_is_left():
    bench = bench_with(a_line("L1", quantity=3))
    change(bench, refunded(1), financial_status=FinancialStatus.PARTIALLY_REFUNDED)
    records = {r.key.share: r for r in bench.handle().records}
    assert standing(bench) == {"B00760004": 2}
    assert (records["order"].state, records["order-2"].state) == (State.CANCELLED, State.PLACED)
    assert records["order-2"].po_number == "DEMO-1001-2"
    bench.handle()
    assert standing(bench) == {"B00760004": 2} and len(bench.ledger.find()) == 2


def test_only_the_warehouse_order_with_the_refunded_pieces_is_cancelled():
    supplier = FlakySupplier(capabilities=WINDOW)
    supplier.answers.append(split(2, 1))
    bench = Bench(an_order(a_line("L1", quantity=3)), supplier=supplier)
    bench.handle()
    (po, whole) = supplier.placed[0]
    first, second = bench.record().supplier_orders
    supplier.placed[:] = [(po, replace(whole, order_number="71", lines=first.lines)), (po, second)]
    change(bench, refunded(1), financial_status=FinancialStatus.PARTIALLY_REFUNDED)
    record = bench.handle().records[0]
    assert [o.status for o in record.supplier_orders] == [
        SupplierOrderStatus.IN_PROGRESS,
        SupplierOrderStatus.CANCELLED,
    ]
    assert [(line.outcome, line.quantity) for line in record.lines] == [(LineOutcome.BOUGHT, 2)]
    assert len(bench.ledger.find()) == 1 and standing(bench) == {"B00760004": 2}


def test_nothing_is_cancelled_that_could_not_be_bought_again():
    bench = bench_with(a_line("L1", quantity=3))
    bench.supplier.catalogue["B00760004"] = 0
    change(bench, refunded(1), financial_status=FinancialStatus.PARTIALLY_REFUNDED)
    record = bench.handle().records[0]
    assert standing(bench) == {"B00760004": 3} and record.reason_code == "refunded_after_purchase"
    assert "1 × B00760004" in record.next_action


def test_a_partial_refund_after_the_window_is_a_task_of_so_many_pieces():
    bench = bench_with(a_line("L1", quantity=3))
    bench.clock.advance_s(700)
    change(bench, refunded(2), financial_status=FinancialStatus.PARTIALLY_REFUNDED)
    record = bench.handle().records[0]
    assert record.reason_code == "refunded_after_purchase" and "2 × B00760004" in record.reason


def test_a_second_refund_is_told_anew_and_the_same_one_only_once():
    bench = bench_with(a_line("L1", quantity=3))
    bench.clock.advance_s(700)
    change(bench, refunded(1), financial_status=FinancialStatus.PARTIALLY_REFUNDED)
    told = bench.handle().records[0]
    bench.operator.skip(told, "called them")
    assert not bench.handle().records[0].needs_person
    change(bench, refunded(2), financial_status=FinancialStatus.PARTIALLY_REFUNDED)
    again = bench.handle().records[0]
    assert again.needs_person and "2 × B00760004" in again.reason


def test_what_was_refunded_after_it_shipped_is_a_return_and_no_task():
    bench = bench_with(a_line("L1", quantity=3))
    bench.supplier.ship("70000001", "1Z1")
    bench.handle(follow=True)
    change(
        bench,
        a_line("L1", quantity=3, current_quantity=2, unfulfilled_quantity=0, refunded_quantity=1, returned_quantity=1),
        fulfillments=bench.shop.orders[ORDER].fulfillments,
        financial_status=FinancialStatus.PARTIALLY_REFUNDED,
        work=(),
    )
    record = bench.handle().records[0]
    assert record.state is State.COMPLETED and not record.needs_person


def test_lines_that_an_edit_adds_become_a_share_of_their_own():
    bench = bench_with(a_line("L1", quantity=2))
    change(bench, a_line("L1", quantity=2), a_line("L2", "B00760003", 1))
    records = {r.key.share: r for r in bench.handle().records}
    assert standing(bench) == {"B00760004": 2, "B00760003": 1}
    bought = [(line.line_id, line.quantity) for line in records["order-2"].lines if line.outcome is LineOutcome.BOUGHT]
    assert bought == [("L2", 1)]


def test_pieces_that_an_edit_adds_to_a_line_are_bought_alone():
    bench = bench_with(a_line("L1", quantity=2))
    change(bench, a_line("L1", quantity=5))
    bench.handle()
    assert standing(bench) == {"B00760004": 5}
    assert [po.lines[0].quantity for po, _ in bench.supplier.placed] == [2, 3]


def test_pieces_that_an_edit_takes_off_are_a_task_and_never_cancelled_by_themselves(mocker):
    bench = bench_with(a_line("L1", quantity=3))
    asked = mocker.spy(bench.supplier, "cancel_order")
    change(bench, edited(1))
    record = bench.handle().records[0]
    assert record.reason_code == "removed_after_purchase" and "1 × B00760004" in record.next_action
    assert asked.call_count == 0 and standing(bench) == {"B00760004": 3}


def test_a_short_piece_is_not_bought_again_by_itself():
    supplier = FlakySupplier(capabilities=WINDOW)
    supplier.answers.append(
        lambda s: replace(s, orders=(replace(s.orders[0], lines=(replace(s.orders[0].lines[0], quantity=1),)),))
    )
    bench = Bench(an_order(a_line("L1", quantity=3)), supplier=supplier, reject_line_errors=False)
    bench.handle()
    assert bench.record().reason_code == "short"
    for _ in range(3):
        bench.clock.advance_s(10)
        bench.handle(explicit=True)
    assert len(supplier.placed) == 1 and len(bench.ledger.find()) == 1


def test_what_the_merchant_fulfils_from_his_own_stock_is_not_bought_by_a_later_share():
    bench = bench_with(a_line("L1", quantity=2))
    own = a_fulfillment(9, {"L2": 1})
    change(bench, a_line("L1", quantity=2), a_line("L2", "B00760003", 1, unfulfilled_quantity=0), fulfillments=(own,))
    bench.handle()
    assert standing(bench) == {"B00760004": 2}


def test_a_part_that_the_supplier_cancels_by_itself_is_told_to_a_person_and_not_lost():
    supplier = FlakySupplier(capabilities=WINDOW)
    supplier.answers.append(split(2, 1))
    bench = Bench(an_order(a_line("L1", quantity=3)), supplier=supplier)
    bench.handle()
    po, whole = supplier.placed[0]
    first, second = bench.record().supplier_orders
    gone = replace(second, status=SupplierOrderStatus.CANCELLED)
    supplier.placed[:] = [(po, replace(whole, order_number="71", lines=first.lines)), (po, gone)]
    supplier.ship("71", "1Z1")
    record = bench.handle(follow=True).records[0]
    assert record.reason_code == "part_cancelled_at_supplier" and record.needs_person
    assert [(line.outcome, line.quantity) for line in record.lines] == [(LineOutcome.SHORT, 2)]
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [(part.line_id, part.quantity) for part in fulfillment.lines] == [("L1", 2)]


def manual(line: LineItem, *fulfillments: Any, **changes: Any) -> Order:
    return an_order(line, fulfillments=fulfillments, **changes)


def test_a_mark_that_the_merchant_takes_back_is_taken_back_at_the_supplier():
    line = a_line("L1", quantity=2, unfulfilled_quantity=0)
    bench = Bench(manual(line, a_fulfillment(1)), auto_fulfillment=False, supplier=FlakySupplier(capabilities=WINDOW))
    bench.handle()
    bench.shop.put(manual(a_line("L1"), a_fulfillment(1, status=FulfillmentStatus.CANCELLED)))
    assert bench.handle().records[0].state is State.CANCELLED
    bench.shop.put(manual(line, a_fulfillment(1, status=FulfillmentStatus.CANCELLED), a_fulfillment(2)))
    bench.handle()
    assert standing(bench) == {"B00760004": 2}


def test_a_mark_set_again_after_the_window_gets_the_tracking_of_what_was_bought():
    line = a_line("L1", quantity=2, unfulfilled_quantity=0)
    bench = Bench(manual(line, a_fulfillment(1)), auto_fulfillment=False, supplier=FlakySupplier(capabilities=WINDOW))
    bench.handle()
    bench.clock.advance_s(700)
    undone = a_fulfillment(1, status=FulfillmentStatus.CANCELLED)
    bench.shop.put(manual(a_line("L1"), undone))
    assert bench.handle().records[0].reason_code == "unmarked_after_purchase"
    bench.shop.put(manual(line, undone, a_fulfillment(2)))
    bench.supplier.ship("70000001", "1Z1")
    bench.handle(follow=True)
    again = bench.shop.orders[ORDER].fulfillments[1]
    assert [info.number for info in again.tracking] == ["1Z1"] and standing(bench) == {"B00760004": 2}


# ---------------------------------------------------------------------- by hand


def test_an_operator_cancels_a_purchase_and_it_is_not_bought_again_by_itself():
    bench = bench_with()
    record = bench.operator.cancel(bench.ctx, bench.record(), "customer called")
    assert (record.state, record.reason_code) == (State.CANCELLED, "cancelled_by_hand")
    for _ in range(2):
        bench.handle(explicit=True)
    assert not standing(bench) and len(bench.supplier.placed) == 1


def test_a_cancel_by_hand_that_a_crash_cuts_off_is_still_not_bought_again(mocker):
    bench = bench_with()
    cancel = bench.supplier.cancel_order

    class Killed(BaseException):
        pass

    def die(number: str) -> None:
        cancel(number)
        raise Killed

    patched = mocker.patch.object(bench.supplier, "cancel_order", side_effect=die)
    with pytest.raises(Killed):
        bench.operator.cancel(bench.ctx, bench.record(), "")
    mocker.stop(patched)
    bench.clock.advance_s(120)
    bench.handle(follow=True)
    assert not standing(bench) and len(bench.supplier.placed) == 1
    assert bench.record().reason_code == "cancelled_by_hand"


def test_what_the_supplier_does_not_cancel_by_hand_is_said_with_whom_to_call(mocker):
    bench = bench_with()
    mocker.patch.object(bench.supplier, "cancel_order", return_value=None)
    record = bench.operator.cancel(bench.ctx, bench.record(), "")
    assert record.state is State.PLACED and record.reason_code == "not_cancelled"
    assert "the supplier's desk" in record.next_action


def test_a_shipped_purchase_cannot_be_cancelled_by_hand():
    bench = bench_with()
    bench.supplier.ship("70000001", "1Z1")
    bench.handle(follow=True)
    with pytest.raises(NotAllowedError):
        bench.operator.cancel(bench.ctx, bench.record(), "")


def test_an_order_that_is_not_bought_yet_is_skipped_by_a_cancel():
    bench = Bench(an_order(financial_status=FinancialStatus.PENDING))
    bench.handle()
    assert bench.operator.cancel(bench.ctx, bench.record(), "no").reason_code == "skipped"


def test_test_orders_are_taken_back_like_real_ones_and_write_nothing():
    bench = bench_with(test_order=True)
    change(bench, **CANCELLED_IN_SHOP)
    assert bench.handle().state == "cancelled"
    assert bench.shop.orders[ORDER].fulfillments == ()


def test_what_a_person_released_is_not_held_again_when_a_refund_has_it_bought_anew():
    bench = Bench(an_order(a_line("L1", quantity=3), tags=("check",)), supplier=FlakySupplier(capabilities=WINDOW))
    bench.set(hold_tags=("check",))
    bench.handle()
    bench.operator.release(bench.ctx, bench.record())
    change(bench, refunded(1), tags=("check",), financial_status=FinancialStatus.PARTIALLY_REFUNDED)
    bench.handle()
    assert standing(bench) == {"B00760004": 2}
