"""Shipments of several warehouses and parcels, and a supplier or shop that cannot be asked or told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_sync.core.errors import (
    AuthenticationError,
    ServiceUnavailableError,
)
from order_sync.core.model.order import FulfillmentStatus, FulfillmentWork, TrackingInfo, WorkLine, WorkStatus
from order_sync.core.model.purchase_order import SupplierSku
from order_sync.core.model.supplier_order import (
    Capabilities,
    Submission,
    SupplierOrderLine,
    SupplierOrderStatus,
)
from order_sync.core.model.sync_record import State
from tests.builders import a_fulfillment, a_line, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, split

ORDER = "gid://shopify/Order/1"


def a_split_order(**settings) -> Bench:
    bench = Bench(an_order(a_line(quantity=12)), **settings)
    bench.supplier.answers = [split(7, 5)]
    bench.handle()
    po, whole = bench.supplier.placed[0]
    bench.supplier.placed = [(po, part) for part in split(7, 5)(Submission((whole,))).orders]
    return bench


def test_each_warehouse_becomes_a_fulfillment_of_its_own_pieces():
    bench = a_split_order()
    bench.supplier.ship("71", "1Z1", "1Z2")
    record = bench.handle(follow=True).records[0]
    assert (record.state, record.reason_code) == (State.SHIPPED, "partly_shipped")
    bench.supplier.ship("72", "1Z3")
    assert bench.handle(follow=True).state == "completed"
    fulfillments = bench.shop.orders[ORDER].fulfillments
    assert [[part.quantity for part in f.lines] for f in fulfillments] == [[7], [5]]
    assert [[info.number for info in f.tracking] for f in fulfillments] == [["1Z1", "1Z2"], ["1Z3"]]


def test_a_later_parcel_never_replaces_the_first_number():
    bench = a_split_order(auto_fulfillment=True)
    bench.supplier.ship("71", "1Z1")
    bench.handle(follow=True)
    bench.supplier.ship("71", "1Z1", "1Z9")
    bench.handle(follow=True)
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [info.number for info in fulfillment.tracking] == ["1Z1", "1Z9"]


def test_fewer_pieces_shipped_than_ordered_need_a_person():
    bench = Bench(an_order(a_line(quantity=3)))
    bench.handle()
    po, order = bench.supplier.placed[0]
    short = replace(
        order,
        status=SupplierOrderStatus.SHIPPED,
        lines=(replace(order.lines[0], shipped_quantity=2),),
        tracking=(TrackingInfo("1Z1"),),
    )
    bench.supplier.placed[0] = (po, short)
    record = bench.handle(follow=True).records[0]
    assert record.reason_code == "short_shipped" and record.needs_person
    assert [part.quantity for part in bench.shop.orders[ORDER].fulfillments[0].lines] == [2]


def test_a_fulfillment_written_before_the_reply_was_lost_gets_its_tracking(mocker):
    from order_sync.core.errors import OutcomeUnknownError

    bench = Bench(an_order(), fulfill_when="placed")
    original = bench.shop.create_fulfillment

    def cut(write):
        original(write)
        raise OutcomeUnknownError("cut", service="shop")

    mocker.patch.object(bench.shop, "create_fulfillment", side_effect=cut)
    bench.handle()
    mocker.stopall()
    bench.supplier.ship("70000001", "1Z1")
    bench.clock.advance_s(60)
    assert bench.handle(follow=True).state == "completed"
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [info.number for info in fulfillment.tracking] == ["1Z1"]


def test_a_shipment_without_line_details_covers_what_was_bought():
    bench = Bench(an_order())
    bench.handle()
    po, order = bench.supplier.placed[0]
    bench.supplier.placed[0] = (po, replace(order, lines=None))
    bench.supplier.ship("70000001", "1Z1")
    assert bench.handle(follow=True).state == "completed"


def test_a_manual_fulfillment_that_was_cancelled_gets_no_tracking():
    line = a_line(unfulfilled_quantity=0)
    bench = Bench(an_order(line, fulfillments=(a_fulfillment(),), work=()), auto_fulfillment=False)
    bench.handle()
    bench.supplier.ship("70000001", "1Z1")
    undone = a_fulfillment(status=FulfillmentStatus.CANCELLED)
    bench.shop.put(an_order(line, fulfillments=(undone,), work=()))
    bench.handle(follow=True)
    assert bench.shop.orders[ORDER].fulfillments[0].tracking == ()


@pytest.mark.parametrize("fault", [ServiceUnavailableError("down"), AuthenticationError("401")])
def test_a_supplier_that_cannot_be_asked_for_shipments_is_asked_later(fault):
    bench = Bench(an_order())
    bench.handle()
    bench.supplier.before_find = [fault]
    if isinstance(fault, AuthenticationError):
        with pytest.raises(AuthenticationError):
            bench.handle(follow=True)
    else:
        bench.handle(follow=True)
    assert bench.record().state is State.PLACED
    assert bench.record().due_at > bench.clock.now()


def test_refused_shop_credentials_while_writing_are_raised_and_the_write_is_owed(mocker):
    bench = Bench(an_order())
    bench.handle()
    bench.supplier.ship("70000001", "1Z1")
    mocker.patch.object(bench.shop, "create_fulfillment", side_effect=AuthenticationError("401"))
    with pytest.raises(AuthenticationError):
        bench.handle(follow=True)
    assert bench.record().reason_code == "shop_not_told"


def test_a_supplier_without_look_up_is_not_asked_for_shipments():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities(find_by_po=False)))
    bench.handle()
    bench.handle(follow=True)
    assert bench.supplier.finds == 0 and bench.record().due_at is None


def test_a_cancelled_test_order_is_completed():
    bench = Bench(an_order(), test_order=True)
    bench.handle()
    po, order = bench.supplier.placed[0]
    bench.supplier.placed[0] = (po, replace(order, status=SupplierOrderStatus.CANCELLED))
    assert bench.handle(follow=True).state == "completed"


def test_a_warehouse_order_that_does_not_tell_its_pieces_has_its_number_told_with_the_others():
    bench = a_split_order()
    bench.supplier.placed = [(po, replace(order, lines=None)) for po, order in bench.supplier.placed]
    record = bench.record()
    claim = bench.ledger.claim("main", ORDER, now=bench.clock.now(), lease_s=9)
    bare = tuple(replace(order, lines=None) for order in record.supplier_orders)
    bench.ledger.save(claim, replace(record, supplier_orders=bare))
    bench.ledger.give_back(claim)
    bench.supplier.ship("71", "1Z1")
    bench.supplier.ship("72", "1Z2")
    assert bench.handle(follow=True).state == "completed"
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [part.quantity for part in fulfillment.lines] == [12]
    assert [info.number for info in fulfillment.tracking] == ["1Z1", "1Z2"]


def test_a_shipment_that_names_its_items_otherwise_is_told_all_the_same():
    bench = Bench(an_order(a_line(quantity=2)))
    number = bench.handle().records[0].supplier_orders[0].order_number
    bench.supplier._change(number, lines=(SupplierOrderLine(SupplierSku("00821780008137"), 2),))
    bench.supplier.ship(number, "1Z1")
    assert bench.handle(follow=True).state == "completed"
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [part.quantity for part in fulfillment.lines] == [2]
    assert [info.number for info in fulfillment.tracking] == ["1Z1"]


def test_what_has_shipped_stays_so_when_a_later_answer_lags_behind():
    bench = a_split_order()
    bench.supplier.ship("71", "1Z1")
    bench.handle(follow=True)
    bench.supplier._change("71", status=SupplierOrderStatus.IN_PROGRESS, tracking=())
    record = bench.handle(follow=True).records[0]
    assert (record.state, record.reason_code) == (State.SHIPPED, "partly_shipped")
    assert record.supplier_orders[0].status is SupplierOrderStatus.SHIPPED
    bench.supplier.ship("72", "1Z3")
    assert bench.handle(follow=True).state == "completed"
    assert len(bench.shop.orders[ORDER].fulfillments) == 2


@pytest.mark.parametrize("shortage", ["short_shipped", "cancelled_at_supplier"])
def test_what_a_person_has_seen_to_is_not_asked_again(shortage):
    bench = Bench(an_order(a_line(quantity=2)), fulfill_when="placed")
    number = bench.handle().records[0].supplier_orders[0].order_number
    if shortage == "short_shipped":
        bench.supplier._change(number, lines=(SupplierOrderLine(SupplierSku("B00760004"), 2, 1),))
        bench.supplier.ship(number, "1Z1")
    else:
        bench.supplier._change(number, status=SupplierOrderStatus.CANCELLED)
    record = bench.handle(follow=True).records[0]
    assert record.reason_code == shortage and record.needs_person
    bench.operator.skip(record, "refunded")
    later = bench.handle(follow=True).records[0]
    assert (later.reason_code, later.next_action) == (shortage, "") and "refunded" in later.reason


@pytest.mark.parametrize("side", ["shop", "supplier"])
def test_a_plugin_that_fails_after_the_purchase_is_tried_ever_more_seldom_and_told(mocker, side):
    bench = Bench(an_order(a_line(quantity=2)))
    number = bench.handle().records[0].supplier_orders[0].order_number
    bench.supplier.ship(number, "1Z1")
    bug = RuntimeError("a bug")
    if side == "shop":
        broken = [mocker.patch.object(bench.shop, "create_fulfillment", side_effect=bug)]
    else:
        names = ("find_by_po_number", "find_by_po_numbers")
        broken = [mocker.patch.object(bench.supplier, name, side_effect=bug) for name in names]
    bench.clock.advance_s(2 * 3600)
    bench.sync()
    record = bench.record()
    assert record.attempts == 1 and record.due_at is not None and record.due_at > bench.clock.now()
    if side == "shop":
        assert (record.reason_code, record.needs_person) == ("defect", True)
    for each in broken:
        mocker.stop(each)
    bench.clock.advance_s(3600)
    bench.sync()
    record = bench.record()
    assert (record.state, record.reason_code, record.next_action) == (State.COMPLETED, "", "")


def test_a_supplier_that_stays_down_is_asked_ever_more_seldom(mocker):
    bench = Bench(an_order(a_line(quantity=2)))
    bench.handle()
    mocker.patch.object(bench.supplier, "find_by_po_numbers", side_effect=ServiceUnavailableError("down"))
    mocker.patch.object(bench.supplier, "find_by_po_number", side_effect=ServiceUnavailableError("down"))
    bench.clock.advance_s(2 * 3600)
    for failures in (1, 2, 3, 4):
        bench.sync()
        record = bench.record()
        assert record.attempts == failures and record.due_at is not None
        bench.clock.advance_s((record.due_at - bench.clock.now()).total_seconds() + 1)
    mocker.stopall()
    bench.sync()
    assert bench.record().attempts == 0


def test_a_shop_that_shows_a_write_late_has_it_written_once(mocker):
    bench = a_split_order()
    bench.supplier.ship("71", "1Z1")
    stale = bench.shop.orders[ORDER]
    reads = mocker.patch.object(bench.shop, "get_order", return_value=stale)
    writes = mocker.spy(bench.shop, "create_fulfillment")
    record = bench.handle(follow=True).records[0]
    assert record.reason_code == "shop_not_told" and writes.call_count == 1
    mocker.stop(reads)
    bench.clock.advance_s(60)
    bench.sync()
    (fulfillment,) = bench.shop.orders[ORDER].fulfillments
    assert [info.number for info in fulfillment.tracking] == ["1Z1"]
    assert bench.record().reason_code == "partly_shipped"


def test_pieces_of_one_line_at_two_locations_are_told_as_each_of_them_opens():
    line = a_line(quantity=4)
    here = FulfillmentWork("w1", WorkStatus.OPEN, (WorkLine("p1", "L1", 1),), location="A")
    there = FulfillmentWork("w2", WorkStatus.OPEN, (WorkLine("p2", "L1", 3),), location="B")
    bench = Bench(an_order(line, work=(here, there)))
    number = bench.handle().records[0].supplier_orders[0].order_number
    bench.shop.put(replace(bench.shop.orders[ORDER], work=(here, replace(there, status=WorkStatus.ON_HOLD))))
    bench.supplier.ship(number, "1Z1")
    assert bench.handle(follow=True).records[0].reason_code == "not_writable"
    order = bench.shop.orders[ORDER]
    bench.shop.put(replace(order, work=(order.work[0], there)))
    assert bench.handle(follow=True).state == "completed"
    told = bench.shop.orders[ORDER].fulfillments
    assert [[part.quantity for part in each.lines] for each in told] == [[1], [3]]
    assert [[info.number for info in each.tracking] for each in told] == [["1Z1"], ["1Z1"]]
