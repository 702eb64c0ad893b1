"""What the shop is told after a purchase."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from order_sync.core.errors import OutcomeUnknownError, ServiceUnavailableError
from order_sync.core.model.order import FulfillmentStatus
from order_sync.core.model.supplier_order import Capabilities
from order_sync.core.model.task import TaskKind
from order_sync.core.policies.tasks import task_of
from tests.builders import NOW, a_fulfillment, a_line, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, cancelled

ORDER = "gid://shopify/Order/1"


def shipped(bench: Bench) -> None:
    bench.handle()
    bench.supplier.ship("70000001", "1Z1")


def test_auto_mode_marks_the_order_fulfilled_once_shipped_with_its_tracking():
    bench = Bench(an_order())
    shipped(bench)
    assert bench.handle(follow=True).state == "completed"
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [info.number for info in fulfillment.tracking] == ["1Z1"]
    assert [(part.line_id, part.quantity) for part in fulfillment.lines] == [("L1", 2)]


def test_nothing_is_marked_fulfilled_before_it_is_shipped():
    bench = Bench(an_order())
    bench.handle()
    bench.handle(follow=True)
    assert bench.shop.orders[ORDER].fulfillments == ()


def test_fulfill_when_placed_marks_it_at_once_and_adds_the_tracking_later():
    bench = Bench(an_order(), fulfill_when="placed")
    bench.handle()
    (early,) = bench.shop.orders[ORDER].fulfillments
    assert early.tracking == ()
    bench.supplier.ship("70000001", "1Z1")
    assert bench.handle(follow=True).state == "completed"
    (late,) = bench.shop.orders[ORDER].fulfillments
    assert [info.number for info in late.tracking] == ["1Z1"]


def test_a_refund_that_comes_too_late_to_cancel_does_not_keep_the_tracking_of_the_rest_from_the_shop():
    cancels = Capabilities(list_orders=True, cancel=True, cancel_window_s=600.0, stock=True)
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=cancels), fulfill_when="placed")
    shipped(bench)
    order = bench.shop.orders[ORDER]
    back = replace(order.lines[0], current_quantity=1, refunded_quantity=1, returned_quantity=1)
    bench.clock.advance_s(10)
    bench.shop.put(replace(order, lines=(back,), updated_at=bench.clock.now()))
    bench.handle()  # asks to cancel, and learns that it is shipped
    bench.handle(follow=True)
    assert bench.record().state == "completed"
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [info.number for info in fulfillment.tracking] == ["1Z1"]


@pytest.mark.parametrize("notify", [True, False])
def test_the_customer_is_notified_as_the_setting_says(notify):
    bench = Bench(an_order(), notify_customer=notify)
    shipped(bench)
    bench.handle(follow=True)
    assert bool(bench.shop.notified) is notify


def test_manual_mode_gives_the_merchants_fulfillment_its_tracking():
    line = a_line(unfulfilled_quantity=0)
    bench = Bench(an_order(line, fulfillments=(a_fulfillment(),), work=()), auto_fulfillment=False)
    shipped(bench)
    assert bench.handle(follow=True).state == "completed"
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [info.number for info in fulfillment.tracking] == ["1Z1"]


def test_test_shares_never_write_to_the_shop():
    bench = Bench(an_order(), test_order=True, fulfill_when="placed")
    shipped(bench)
    bench.handle(follow=True)
    assert bench.shop.orders[ORDER].fulfillments == ()


def test_a_lost_reply_to_the_write_back_does_not_write_twice(mocker):
    bench = Bench(an_order())
    shipped(bench)
    original = bench.shop.create_fulfillment

    def cut(write):
        original(write)
        raise OutcomeUnknownError("cut", service="shop")

    mocker.patch.object(bench.shop, "create_fulfillment", side_effect=cut)
    assert bench.handle(follow=True).records[0].reason_code == "shop_not_told"
    bench.clock.advance_s(60)
    assert bench.handle().state == "completed"
    assert len(bench.shop.orders[ORDER].fulfillments) == 1


def test_a_shop_that_is_down_is_told_later(mocker):
    bench = Bench(an_order())
    shipped(bench)
    mocker.patch.object(bench.shop, "create_fulfillment", side_effect=ServiceUnavailableError("down"))
    assert bench.handle(follow=True).records[0].reason_code == "shop_not_told"
    mocker.stopall()
    bench.clock.advance_s(60)
    assert bench.handle().state == "completed"


def test_a_bought_order_is_asked_after_by_itself_once_an_hour_has_passed():
    bench = Bench(an_order())
    shipped(bench)
    bench.handle()
    assert bench.supplier.finds == 0
    bench.clock.advance_s(3700)
    assert bench.handle().state == "completed"


def test_an_order_that_the_supplier_cancelled_after_placing_needs_a_person():
    bench = Bench(an_order())
    bench.handle()
    po, order = bench.supplier.placed[0]
    bench.supplier.placed[0] = (po, cancelled(order))
    record = bench.handle(follow=True).records[0]
    assert record.reason_code == "cancelled_at_supplier" and record.needs_person


def test_following_an_order_is_thinned_out_with_its_age():
    from order_sync.core.policies.retry import follow_delay

    ages = [timedelta(hours=1), timedelta(days=3), timedelta(days=30)]
    delays = [follow_delay(age) for age in ages]
    assert delays == sorted(delays) and follow_delay(timedelta(days=90)) is None


def test_an_order_cancelled_in_the_shop_and_at_the_supplier_is_cancelled_for_good():
    bench = Bench(an_order())
    bench.handle()
    bench.shop.put(an_order(cancelled_at=NOW))
    bench.handle()
    po, order = bench.supplier.placed[0]
    bench.supplier.placed[0] = (po, cancelled(order))
    assert bench.handle(follow=True).state == "cancelled"
    assert bench.handle(explicit=True).state == "cancelled"


def test_what_a_shop_has_not_been_told_is_tried_ever_more_seldom_and_becomes_overdue(mocker):
    bench = Bench(an_order())
    shipped(bench)
    bench.clock.advance_s(4000)
    told = mocker.patch.object(bench.shop, "create_fulfillment", side_effect=ServiceUnavailableError("down"))
    waits, began = [], bench.clock.now()
    while bench.clock.now() < began + timedelta(hours=3):
        record = bench.handle().records[0]
        assert record.reason_code == "shop_not_told" and record.due_at is not None
        waits.append((record.due_at - bench.clock.now()).total_seconds())
        bench.clock.advance_s(waits[-1] + 1)
    assert waits[5] > 10 * waits[0] and told.call_count < 40
    assert bench.record().reason_since == began
    assert task_of(bench.record(), bench.ctx.settings, now=bench.clock.now()).kind is TaskKind.OVERDUE
    mocker.stopall()
    assert bench.handle().state == "completed" and bench.record().reason_code == ""


def test_a_fulfillment_cancelled_in_the_shop_before_it_shipped_is_told_again_with_its_tracking():
    bench = Bench(an_order(), fulfill_when="placed")
    bench.handle()
    cancel_in_the_shop(bench)
    bench.handle()
    assert len(bench.shop.orders[ORDER].fulfillments) == 1
    bench.supplier.ship("70000001", "1Z1")
    assert bench.handle(follow=True).state == "completed"
    _, told = bench.shop.orders[ORDER].fulfillments
    assert [info.number for info in told.tracking] == ["1Z1"]


def test_a_fulfillment_cancelled_in_the_shop_with_its_tracking_in_it_stays_cancelled():
    bench = Bench(an_order())
    shipped(bench)
    bench.handle(follow=True)
    cancel_in_the_shop(bench)
    bench.handle(follow=True)
    assert len(bench.shop.orders[ORDER].fulfillments) == 1


def cancel_in_the_shop(bench: Bench) -> None:
    """The merchant takes the last fulfillment back: its pieces are open again."""
    order = bench.shop.orders[ORDER]
    undone = replace(order.fulfillments[-1], status=FulfillmentStatus.CANCELLED)
    bench.shop.put(an_order(fulfillments=(*order.fulfillments[:-1], undone), updated_at=bench.clock.now()))
