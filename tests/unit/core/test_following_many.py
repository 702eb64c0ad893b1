"""Following many purchases with few questions, and telling the shop from several locations."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.core.errors import OutcomeUnknownError, ServiceUnavailableError
from order_sync.core.model.order import Order, TrackingInfo, WorkStatus
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.model.supplier_order import Capabilities, SupplierOrderStatus
from order_sync.core.use_cases.look_at_order import Look
from tests.builders import NOW, a_fulfillment, a_line, a_work, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier
from tests.fakes.workshop import Workshop

ORDER = "gid://shopify/Order/1"


def orders(count: int) -> list[Order]:
    """So many orders, each with work of its own."""
    return [
        an_order(
            a_line(f"L{n}"),
            order_id=f"gid://shopify/Order/{n}",
            name=f"#{1000 + n}",
            number=str(1000 + n),
            work=(a_work(a_line(f"L{n}"), work_id=f"work/{n}"),),
        )
        for n in range(1, count + 1)
    ]


class Counting(FlakySupplier):
    """Counts questions about many."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lists: list[int] = []

    def find_by_po_numbers(self, po_numbers: Any) -> Any:
        numbers = list(po_numbers)
        self.lists.append(len(numbers))
        return {number: FlakySupplier.find_by_po_number(self, number) for number in numbers}


def bought(count: int, **kwargs: Any) -> Workshop:
    """A workshop that bought so many orders."""
    shop = Workshop(*orders(count), supplier=Counting(**kwargs))
    for number in range(1, count + 1):
        shop.event(f"gid://shopify/Order/{number}")
    shop.runs()
    assert len(shop.supplier.placed) == count
    return shop


def test_a_hundred_orders_are_followed_with_three_questions():
    shop = bought(100)
    shop.clock.advance_s(3900)
    shop.runs()
    assert shop.supplier.lists == [40, 40, 20]


def test_the_shop_is_not_asked_about_orders_that_are_without_news(mocker):
    shop = bought(3)
    read = mocker.spy(shop.shop, "get_order")
    shop.supplier.ship("70000002", "1Z2")
    shop.clock.advance_s(3900)
    shop.runs()
    assert {call.args[0] for call in read.call_args_list} == {"gid://shopify/Order/2"}
    assert [r.order_name for r in shop.ledger.find() if r.state == "completed"] == ["#1002"]


def test_an_order_without_news_is_asked_after_again_in_an_hour():
    shop = bought(1)
    for hours in (1, 2, 3):
        shop.clock.advance_s(3600)
        shop.runs()
        assert sum(shop.supplier.lists) == hours


def test_an_event_for_a_bought_order_reads_the_shop_also_when_it_is_due(mocker):
    shop = bought(1)
    read = mocker.spy(shop.shop, "get_order")
    shop.clock.advance_s(3900)
    event = ShopEvent("orders/updated", EventKind.LOOK, "later", order_id=ORDER)
    shop.inbox.add([("main", event)], now=shop.clock.now())
    shop.runs()
    assert read.call_count == 1


def test_an_answer_of_long_ago_is_not_used():
    shop = bought(2)
    shop.clock.advance_s(3900)
    shop.look(shop.ctx, "gid://shopify/Order/1", Look(due_only=True))
    shop.supplier.ship("70000002", "1Z2")
    shop.clock.advance_s(300)
    shop.look(shop.ctx, "gid://shopify/Order/2", Look(due_only=True))
    assert shop.supplier.lists == [2, 1]
    assert [r.order_name for r in shop.ledger.find() if r.state == "completed"] == ["#1002"]


def test_one_purchase_that_cannot_be_understood_hides_no_other():
    shop = bought(3)
    real = shop.supplier.find_by_po_numbers
    shop.supplier.find_by_po_numbers = lambda numbers: {  # type: ignore[method-assign]
        number: orders for number, orders in real(numbers).items() if number != "DEMO-1002"
    }
    shop.supplier.ship("70000002", "1Z2")
    shop.supplier.ship("70000003", "1Z3")
    shop.clock.advance_s(3900)
    shop.runs()
    assert sorted(r.order_name for r in shop.ledger.find() if r.state == "completed") == ["#1002", "#1003"]


def test_a_supplier_that_is_down_is_asked_later_and_nothing_is_lost():
    shop = bought(3)
    shop.supplier.ship("70000001", "1Z1")
    shop.supplier.before_find = [ServiceUnavailableError("down")] * 3
    shop.clock.advance_s(3900)
    shop.runs()
    for _ in range(20):
        shop.clock.advance_s(120)
        shop.runs()
    assert [r.order_name for r in shop.ledger.find() if r.state == "completed"] == ["#1001"]


def test_a_supplier_that_answers_one_at_a_time_is_followed_all_the_same():
    shop = bought(2, capabilities=Capabilities())
    shop.supplier.ship("70000001", "1Z1")
    shop.clock.advance_s(3900)
    shop.runs()
    assert shop.supplier.lists == []
    assert [r.order_name for r in shop.ledger.find() if r.state == "completed"] == ["#1001"]


# ---------------------------------------------------------------------- telling the shop


def two_places(**changes: Any) -> Order:
    """An order whose two lines the shop expects from two locations."""
    first, second = a_line("L1"), a_line("L2", "B00760003", 1)
    work = (a_work(first, work_id="work/1", location="Front"), a_work(second, work_id="work/2", location="Back"))
    return an_order(first, second, work=work, **changes)


def test_work_of_two_locations_becomes_two_fulfillments_with_the_same_number():
    bench = Bench(two_places())
    bench.handle()
    bench.supplier.ship("70000001", "1Z1")
    assert bench.handle(follow=True).state == "completed"
    made = bench.shop.orders[ORDER].fulfillments
    assert [[(p.line_id, p.quantity) for p in f.lines] for f in made] == [[("L1", 2)], [("L2", 1)]]
    assert [[info.number for info in f.tracking] for f in made] == [["1Z1"], ["1Z1"]]


@pytest.mark.parametrize("lost_at", [1, 2])
def test_a_lost_reply_to_one_of_two_fulfillments_writes_neither_twice(mocker, lost_at):
    bench = Bench(two_places())
    bench.handle()
    bench.supplier.ship("70000001", "1Z1")
    create, calls = bench.shop.create_fulfillment, []

    def cut(write: Any) -> str:
        calls.append(write)
        made = create(write)
        if len(calls) == lost_at:
            raise OutcomeUnknownError("cut", service="shop")
        return made

    mocker.patch.object(bench.shop, "create_fulfillment", side_effect=cut)
    bench.handle(follow=True)
    bench.clock.advance_s(60)
    bench.handle()
    assert len(bench.shop.orders[ORDER].fulfillments) == 2 and bench.record().state == "completed"


def test_goods_that_ship_while_the_shop_has_the_order_on_hold_are_told_and_written_after_the_release():
    bench = Bench(an_order())
    bench.handle()
    bench.supplier.ship("70000001", "1Z1")
    held = an_order(work=(a_work(a_line(), status=WorkStatus.ON_HOLD),))
    bench.shop.put(held)
    record = bench.handle(follow=True).records[0]
    assert (record.state, record.reason_code) == ("shipped", "not_writable") and record.needs_person
    bench.shop.put(an_order())
    assert bench.handle().state == "completed"
    assert len(bench.shop.orders[ORDER].fulfillments) == 1


def test_goods_for_which_the_shop_has_no_work_left_are_told_to_a_person_once():
    bench = Bench(an_order())
    bench.handle()
    bench.supplier.ship("70000001", "1Z1")
    own = a_fulfillment(5, {"L1": 2}, tracking=(TrackingInfo("OWN-1", "DHL"),))
    bench.shop.put(an_order(a_line(unfulfilled_quantity=0), work=(), fulfillments=(own,)))
    record = bench.handle(follow=True).records[0]
    assert record.reason_code == "not_writable" and "70000001" in record.reason
    again = bench.handle(follow=True).records[0]
    assert again.reason == record.reason


def test_a_number_that_a_later_answer_leaves_out_is_not_lost():
    bench = Bench(an_order())
    bench.handle()
    bench.supplier.ship("70000001", "1Z1", "1Z2")
    bench.handle(follow=True)
    bench.supplier.ship("70000001", "1Z2", "1Z3")
    record = bench.handle(follow=True).records[0]
    assert {"1Z1", "1Z2"} <= {info.number for info in record.tracking}


def test_a_supplier_order_that_was_cancelled_after_it_was_written_says_what_to_do_in_the_shop():
    cancels = Capabilities(list_orders=True, cancel=True, cancel_window_s=600.0)
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=cancels), fulfill_when="placed")
    bench.handle()
    made = bench.shop.orders[ORDER].fulfillments
    bench.shop.put(an_order(cancelled_at=NOW, fulfillments=made))
    record = bench.handle().records[0]
    assert record.state == "cancelled" and "cancel that fulfillment" in record.reason
    assert bench.supplier.placed[0][1].status is SupplierOrderStatus.CANCELLED
