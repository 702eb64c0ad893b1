"""What happens after the purchase, over real HTTP between a simulated shop and a simulated supplier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from order_sync import OrderSync
from order_sync.core.model.sync_record import SyncRecord
from order_sync.sandbox import Fault, Sandbox
from tests.faults.harness import connect, wait_for

TEN_MINUTES_S, HOUR_S = 620.0, 4000.0


class SharedClock:
    """Our time is the simulated servers' time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        return self._sandbox.clock()

    def sleep_s(self, seconds: float) -> None:
        self._sandbox.clock.advance(seconds)


class Desk:
    """An installation that is on, live and automatic, with the servers at hand."""

    def __init__(self, sync: OrderSync, sandbox: Sandbox) -> None:
        self.sync, self.shop, self.supplier, self.clock = sync, sandbox.shopify, sandbox.supplier, sandbox.clock

    def buy(self, *lines: Any, **more: Any) -> str:
        order_id = self.shop.add_order(lines or [("B00760004", 3)], **more)
        assert {r.state for r in self.look(order_id)} == {"placed"}
        return order_id

    def look(self, order_id: str, **more: Any) -> tuple[SyncRecord, ...]:
        return self.sync.handle_new_order("main", order_id, **more).records

    def standing(self) -> Counter[str]:
        """Pieces by SKU that the supplier ships or will ship."""
        pieces = Counter[str]()
        for order in self.supplier.orders:
            if order["orderStatus"] != "Cancelled":
                pieces.update({line["sku"]: line["qtyOrdered"] for line in order["lines"]})
        return pieces

    def line(self, order_id: str, index: int = 0) -> str:
        return self.shop.orders[order_id].lines[index].id

    def ship(self, index: int = -1, **more: Any) -> dict[str, Any]:
        return self.supplier.ship(self.supplier.orders[index]["orderNumber"], **more)

    def numbers(self, order_id: str) -> list[list[str]]:
        return [[info["number"] for info in parcel.tracking] for parcel in self.shop.fulfillments(order_id)]


@pytest.fixture
def desk(tmp_path, sandbox: Sandbox) -> Iterator[Desk]:
    with OrderSync(home=tmp_path, environment={}, clock=SharedClock(sandbox)) as sync:
        connect(sync, sandbox)
        yield Desk(sync, sandbox)


# ---------------------------------------------------------------------- cancels, refunds, edits


def test_an_order_cancelled_in_the_shop_within_ten_minutes_is_cancelled_at_the_supplier(desk: Desk):
    order_id = desk.buy()
    desk.shop.cancel(order_id)
    (record,) = desk.look(order_id)
    assert record.state == "cancelled" and not desk.standing()


def test_after_ten_minutes_a_task_names_the_order_the_pieces_and_the_supplier(desk: Desk):
    order_id = desk.buy()
    desk.clock.advance(TEN_MINUTES_S + 60)
    desk.shop.cancel(order_id)
    (record,) = desk.look(order_id)
    number = desk.supplier.orders[0]["orderNumber"]
    assert record.reason_code == "cancelled_after_purchase" and record.act_by is not None
    assert number in record.next_action and "3 × B00760004" in record.next_action
    assert "S&S Activewear (account" in record.next_action
    assert not [r for r in desk.supplier.requests if r.method == "DELETE"]


@pytest.mark.parametrize(
    "knobs",
    [{"cancel_answers_204": True}, {"cancelled": "Canceled"}, {"cancel_by_any_identifier": True}],
    ids=lambda knobs: next(iter(knobs)),
)
def test_whatever_the_supplier_answers_to_a_cancellation_what_it_shows_counts(desk: Desk, knobs):
    for name, value in knobs.items():
        setattr(desk.supplier.knobs, name, value)
    order_id = desk.buy()
    desk.shop.cancel(order_id)
    assert desk.look(order_id)[0].state == "cancelled"


@pytest.mark.parametrize("late_as", ["error", "empty list"])
def test_a_supplier_that_cancels_no_more_is_believed(desk: Desk, late_as):
    desk.supplier.knobs.late_cancel_empty_list = late_as == "empty list"
    desk.supplier.knobs.cancel_minutes = 0.0
    order_id = desk.buy()
    desk.clock.advance(1)
    desk.shop.cancel(order_id)
    (record,) = desk.look(order_id)
    assert record.state == "placed" and record.needs_person and desk.standing()


@pytest.mark.parametrize("kind", ["cut_after", "cut_before", "malformed", "html", "truncated"])
def test_a_broken_answer_to_a_cancellation_is_settled_by_what_the_supplier_shows(desk: Desk, kind):
    order_id = desk.buy()
    desk.shop.cancel(order_id)
    desk.supplier.faults.add(Fault(kind, method="DELETE"))
    desk.look(order_id)
    desk.clock.advance(31)
    (record,) = desk.look(order_id)
    cancelled = not desk.standing()
    assert (record.state == "cancelled") is cancelled
    assert cancelled or record.needs_person


def test_a_refund_of_one_piece_is_bought_again_without_it(desk: Desk):
    order_id = desk.buy()
    desk.shop.refund(order_id, {desk.line(order_id): 1})
    desk.look(order_id)
    assert desk.standing() == {"B00760004": 2}
    assert {r.key.share: str(r.state) for r in desk.look(order_id)} == {"order": "cancelled", "order-2": "placed"}


def test_lines_taken_off_by_an_edit_are_a_task(desk: Desk):
    order_id = desk.buy()
    desk.shop.remove_lines(order_id, {desk.line(order_id): 1})
    (record,) = desk.look(order_id)
    assert record.reason_code == "removed_after_purchase" and desk.standing() == {"B00760004": 3}


def test_a_test_order_is_taken_back_and_the_shop_hears_nothing(desk: Desk):
    desk.sync.change_settings("main", {"test_order": True})
    order_id = desk.buy()
    desk.shop.cancel(order_id)
    desk.look(order_id)
    assert not desk.standing() and not desk.shop.fulfillments(order_id)


def test_an_operator_cancels_a_purchase(desk: Desk):
    order_id = desk.buy()
    (record,) = desk.sync.records("main")
    assert desk.sync.cancel(record, "ordered by mistake").state == "cancelled"
    desk.look(order_id, explicit=True)
    assert not desk.standing()


# ---------------------------------------------------------------------- write-back


def test_two_warehouses_with_two_boxes_each_are_told_with_every_number(desk: Desk):
    order_id = desk.buy(("B00760006", 8))
    assert len(desk.supplier.orders) == 2
    desk.ship(0, boxes=2)
    desk.clock.advance(HOUR_S)
    desk.sync.sync("main")
    assert [len(numbers) for numbers in desk.numbers(order_id)] == [2]
    desk.ship(1, boxes=2)
    desk.clock.advance(HOUR_S)
    desk.sync.sync("main")
    numbers = [number for parcel in desk.numbers(order_id) for number in parcel]
    assert len(numbers) == len(set(numbers)) == 4
    assert desk.sync.records("main")[0].state == "completed"


def test_eighty_orders_are_followed_with_a_handful_of_questions(desk: Desk):
    for _ in range(80):
        desk.shop.add_order([("B00760004", 1)])
    desk.sync.sync("main")
    for order in desk.supplier.orders:
        desk.supplier.ship(order["orderNumber"])
    desk.clock.advance(HOUR_S)
    desk.supplier.forget_requests()
    desk.sync.sync("main")
    assert {str(r.state) for r in desk.sync.records("main")} == {"completed"}
    assert len(desk.supplier.requests) <= 6


def test_orders_without_news_cost_the_shop_no_question(desk: Desk):
    for _ in range(5):
        desk.shop.add_order([("B00760004", 1)])
    desk.sync.sync("main")
    desk.clock.advance(HOUR_S)
    with desk.sync.service(workers=2, look_every_s=None):
        desk.shop.forget_requests()
        desk.supplier.forget_requests()
        wait_for(lambda: not desk.sync.container.ledger().due("main", until=desk.clock()), "all are asked after")
    assert not desk.shop.requests and 1 <= len(desk.supplier.requests) <= 2


@pytest.mark.parametrize("kind", ["cut_after", "cut_before", "malformed", "html"])
def test_a_lost_reply_of_the_shop_writes_nothing_twice(desk: Desk, kind):
    order_id = desk.buy()
    desk.ship()
    desk.shop.faults.add(Fault(kind, method="POST", body_contains="fulfillmentCreate"))
    desk.look(order_id, follow=True)
    desk.clock.advance(60)
    desk.look(order_id)
    assert len(desk.shop.fulfillments(order_id)) == 1
    assert desk.sync.records("main")[0].state == "completed"


def test_work_at_two_locations_is_told_in_two_fulfillments(desk: Desk):
    places = list(desk.shop.locations)
    lines = [
        {"sku": "B00760004", "quantity": 1, "location": places[0]},
        {"sku": "B00760003", "quantity": 2, "location": places[1]},
    ]
    order_id = desk.buy(*lines)
    desk.ship()
    desk.look(order_id, follow=True)
    assert len(desk.shop.fulfillments(order_id)) == 2
    assert desk.sync.records("main")[0].state == "completed"


def test_fulfill_when_placed_tells_the_shop_at_once_and_the_number_later(desk: Desk):
    desk.sync.change_settings("main", {"fulfill_when": "placed"})
    order_id = desk.buy()
    assert desk.numbers(order_id) == [[]]
    shipped = desk.ship()
    desk.look(order_id, follow=True)
    assert desk.numbers(order_id) == [[shipped["trackingNumber"]]]


def test_a_number_that_shows_before_the_goods_leave_is_written_once_they_left(desk: Desk):
    desk.supplier.knobs.tracking_after_s = 60.0
    order_id = desk.buy()
    desk.clock.advance(120)
    desk.look(order_id, follow=True)
    assert not desk.shop.fulfillments(order_id)
    desk.ship()
    desk.look(order_id, follow=True)
    assert len(desk.numbers(order_id)) == 1


def test_manual_mode_gives_the_merchants_fulfillment_its_number(desk: Desk):
    desk.sync.change_settings("main", {"auto_fulfillment": False})
    order_id = desk.shop.add_order([("B00760004", 3)])
    desk.shop.fulfill(order_id)
    desk.look(order_id)
    shipped = desk.ship()
    desk.look(order_id, follow=True)
    assert desk.numbers(order_id) == [[shipped["trackingNumber"]]]


def test_test_orders_are_followed_and_write_nothing(desk: Desk):
    desk.sync.change_settings("main", {"test_order": True})
    order_id = desk.buy()
    desk.clock.advance(HOUR_S)
    desk.sync.sync("main")
    assert desk.sync.records("main")[0].state == "completed" and not desk.shop.fulfillments(order_id)


def test_a_shipped_order_that_is_on_hold_in_the_shop_is_told_and_then_written(desk: Desk):
    order_id = desk.buy()
    desk.ship()
    desk.shop.hold(order_id)
    (record,) = desk.look(order_id, follow=True)
    assert record.reason_code == "not_writable" and record.needs_person
    order = desk.shop.orders[order_id]
    for work in order.works:
        desk.shop.release_work(order, work, None)
    (record,) = desk.look(order_id)
    assert record.state == "completed" and len(desk.shop.fulfillments(order_id)) == 1


def test_lines_added_after_the_purchase_become_a_share_of_their_own(desk: Desk):
    """The simulated shop cannot edit lines in, so the order is read with one more."""
    order_id = desk.buy(("B00760004", 1), ("B00760003", 1))
    built = desk.sync.built("main")
    read = built.source.get_order
    whole = read(order_id)
    assert len(desk.standing()) == 2

    def with_more(wanted: str) -> Any:
        order = read(wanted)
        line = order.lines[0]
        more = replace(line, quantity=2, current_quantity=2, unfulfilled_quantity=2)
        (work,) = order.work
        parts = tuple(replace(p, remaining_quantity=2) if p.line_id == line.line_id else p for p in work.lines)
        return replace(order, lines=(more, *order.lines[1:]), work=(replace(work, lines=parts),))

    built.source.get_order = with_more  # type: ignore[method-assign]
    desk.look(order_id)
    built.source.get_order = read  # type: ignore[method-assign]
    assert desk.standing() == {whole.lines[0].sku: 2, "B00760003": 1}
