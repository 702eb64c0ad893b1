"""Shipments of several warehouses and parcels, and a supplier or shop that cannot be asked or told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_sync.core.errors import (
    AuthenticationError,
    ServiceUnavailableError,
)
from order_sync.core.model.order import FulfillmentStatus, TrackingInfo
from order_sync.core.model.supplier_order import (
    Capabilities,
    Submission,
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
