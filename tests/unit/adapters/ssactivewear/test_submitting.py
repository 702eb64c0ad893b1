"""What the reply to an order is understood as."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from order_sync.core.errors import OutcomeUnknownError, RejectedRequestError
from order_sync.core.model.money import Money
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.purchase_order import PurchaseOrderLine
from order_sync.core.model.supplier_order import LineRefusal, Submission, SupplierOrderLine, SupplierOrderStatus
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    PO,
    FakeSupplier,
    a_gateway,
    a_purchase,
    an_order_row,
    json_reply,
)


def submitted(document, country: str = "US") -> Submission:
    return a_gateway(FakeSupplier(json_reply(document)), country=country).submit(a_purchase(), "{}")


def only_order(**overrides):
    (order,) = submitted([an_order_row(**overrides)]).orders
    return order


SECOND = an_order_row(orderNumber="71000102", warehouseAbbr="KS")


@pytest.mark.parametrize(
    "document",
    [
        [an_order_row(), SECOND],
        [[an_order_row(), SECOND]],
        [[an_order_row()], [SECOND]],
        {"orders": [an_order_row(), SECOND]},
        {"Orders": [an_order_row(), SECOND], "LineErrors": []},
        {"orders": [[an_order_row(), SECOND]], "lineErrors": None},
        {"ORDERS": [{name.upper(): value for name, value in row.items()} for row in (an_order_row(), SECOND)]},
        [an_order_row(), SECOND, an_order_row()],
    ],
)
def test_every_shape_of_reply_gives_every_order_once(document):
    submission = submitted(document)
    assert [(order.order_number, order.warehouse) for order in submission.orders] == [
        ("71000101", "IL"),
        ("71000102", "KS"),
    ]
    assert submission.refusals == ()
    assert {order.found_by for order in submission.orders} == {"response"}


def test_a_single_order_object_is_an_order():
    assert submitted(an_order_row()).orders[0].order_number == "71000101"


@pytest.mark.parametrize(
    ("entry", "refusal"),
    [
        ({"identifier": "X1", "qty": 1, "message": "gone"}, LineRefusal("X1", 1, "gone")),
        ({"Sku": "X1", "Quantity": "2", "Error": "gone"}, LineRefusal("X1", 2, "gone")),
        ({"item": "X1", "reason": "gone"}, LineRefusal("X1", None, "gone")),
        ({"description": "gone", "qty": "many"}, LineRefusal("", None, "gone")),
        ({"identifier": "X1", "errors": [{"message": "a"}]}, LineRefusal("X1", None, '[{"message":"a"}]')),
        ({"Foo": 1}, LineRefusal("", None, '{"Foo":1}')),
        ("plain text", LineRefusal("", None, "plain text")),
    ],
)
@pytest.mark.parametrize("member", ["lineErrors", "LineErrors", "LINEERRORS"])
def test_line_errors_are_read_whatever_their_members_are_called(entry, refusal, member):
    submission = submitted({"orders": [an_order_row()], member: [entry]})
    assert submission.refusals == (refusal,)
    assert len(submission.orders) == 1


@pytest.mark.parametrize("orders", [{"orders": []}, {"Orders": None}, {}])
def test_line_errors_without_an_order_are_a_refusal(orders):
    with pytest.raises(RejectedRequestError) as caught:
        submitted({**orders, "lineErrors": [{"identifier": "X1", "message": "gone"}]})
    assert caught.value.reasons == (("X1", "gone"),)


@pytest.mark.parametrize(
    "document",
    [
        [],
        [[]],
        {"orders": []},
        {"orders": [], "lineErrors": []},
        [an_order_row(poNumber="OTHER")],
        [an_order_row(), an_order_row(orderNumber="2", poNumber="qa-1001")],
        [an_order_row(orderNumber=None, guid=None)],
        [an_order_row(orderNumber="", guid="")],
        [an_order_row(orderNumber={"a": 1})],
        [an_order_row(), "text"],
        [{"field": "x", "message": "y"}],
        {"orders": "none"},
    ],
)
def test_a_reply_that_does_not_show_what_was_bought_is_in_doubt_and_never_absence(document):
    with pytest.raises(OutcomeUnknownError):
        submitted(document)


def test_an_order_without_number_is_known_by_its_guid():
    assert only_order(orderNumber=None).order_number == "5b0c6a52-1f5e-4a0e-9a43-6f3a10d0c001"


def test_a_reply_without_po_number_is_taken_for_ours():
    assert only_order(poNumber=None).po_number == PO


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("InProgress", SupplierOrderStatus.IN_PROGRESS),
        ("In Progress", SupplierOrderStatus.IN_PROGRESS),
        ("SHIPPED", SupplierOrderStatus.SHIPPED),
        ("Completed", SupplierOrderStatus.COMPLETED),
        ("Canceled", SupplierOrderStatus.CANCELLED),
        ("cancelled", SupplierOrderStatus.CANCELLED),
        ("Credit", SupplierOrderStatus.UNKNOWN),
        ("", SupplierOrderStatus.UNKNOWN),
    ],
)
def test_a_status_is_compared_without_case_spaces_and_the_doubled_l(word, status):
    order = only_order(orderStatus=word)
    assert (order.status, order.raw_status) == (status, word)


def test_amounts_stay_exact_and_carry_the_currency_of_the_country():
    row = an_order_row(subtotal=6.30, shipping=11.42, smallOrderFee=0, cuponDiscount=-1.5, total=17.72, tax="n/a")
    (order,) = submitted([row]).orders
    assert order.costs == {
        "subtotal": "6.3",
        "shipping": "11.42",
        "smallOrderFee": "0",
        "cuponDiscount": "-1.5",
        "total": "17.72",
    }
    assert order.total == Money(Decimal("17.72"), "USD")
    assert submitted([row], "CA").orders[0].total == Money(Decimal("17.72"), "CAD")
    assert only_order().total is None


def test_lines_are_none_when_there_were_none_to_read():
    assert only_order().lines is None
    assert only_order(lines=[]).lines is None
    assert only_order(lines=[{"sku": "B1"}]).lines is None
    assert only_order(lines="odd").lines is None
    assert only_order(lines=[{"qtyOrdered": 1}]).lines is None


def test_lines_carry_what_was_shipped_and_the_other_names_of_the_item():
    (line, other) = only_order(
        lines=[
            {"sku": "B1", "gtin": "00821780001001", "yourSku": "MINE", "qtyOrdered": 3, "qtyShipped": 2},
            {"sku": "B2", "gtin": "", "yourSku": None, "qtyOrdered": "4.00"},
        ]
    ).lines
    assert line == SupplierOrderLine("B1", 3, 2, ("00821780001001", "MINE"))
    assert other == SupplierOrderLine("B2", 4, None, ())


def test_odd_counts_of_what_shipped_leave_the_lines_as_they_are():
    row = {"sku": "B1", "qtyOrdered": 3}
    assert only_order(lines=[{**row, "qtyShipped": ""}]).lines == (SupplierOrderLine("B1", 3, None, ()),)
    assert only_order(lines=[{**row, "qtyOrdered": -3, "qtyShipped": -3}]).lines == (SupplierOrderLine("B1", 0, 0, ()),)


@pytest.mark.parametrize(
    "members",
    [
        {"boxes": {"trackingNumber": "1Z1"}, "trackingNumber": "1Z2"},
        {"trackingNumber": "1Z2, 1Z1"},
        {"trackingNumber": ["1Z2", "1Z1", None]},
        {"boxes": [{"trackingNumber": "1Z2;1Z1"}]},
    ],
)
def test_no_tracking_number_is_lost_or_glued_to_another(members):
    assert [info.number for info in only_order(**members).tracking] == ["1Z2", "1Z1"]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("IN-PROGRESS", SupplierOrderStatus.IN_PROGRESS),
        ("Shipped - In Transit", SupplierOrderStatus.SHIPPED),
        ("Cancelled.", SupplierOrderStatus.CANCELLED),
        ("Not Shipped", SupplierOrderStatus.UNKNOWN),
    ],
)
def test_a_status_is_known_by_its_letters(word, status):
    assert only_order(orderStatus=word).status is status


def test_every_tracking_number_counts_once_and_empty_ones_do_not():
    order = only_order(
        trackingNumber="1Z1",
        shippingCarrier="UPS",
        boxes=[{"trackingNumber": "1Z1"}, {"TrackingNumber": "1Z2"}, {"trackingNumber": ""}, {"trackingNumber": None}],
    )
    assert order.tracking == (TrackingInfo("1Z1", "UPS"), TrackingInfo("1Z2", "UPS"))
    assert only_order(trackingNumber="", boxes=[]).tracking == ()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-03T09:14:22.05", datetime(2026, 3, 3, 15, 14, 22, 50000, UTC)),
        ("2026-07-03T09:14:22", datetime(2026, 7, 3, 14, 14, 22, tzinfo=UTC)),
        ("2026-07-03T09:14:22+02:00", datetime(2026, 7, 3, 7, 14, 22, tzinfo=UTC)),
        ("3/3/2026", None),
        ("9999-12-31T23:59:59", None),
        ("", None),
    ],
)
def test_times_are_us_central(text, moment):
    assert only_order(orderDate=text).ordered_at == moment


def test_a_null_is_the_same_as_an_absent_member():
    row = dict.fromkeys(("guid", "trackingNumber", "orderDate", "orderStatus", "total", "lines", "boxes", "poNumber"))
    (order,) = submitted([{**an_order_row(), **row}]).orders
    assert (order.order_number, order.po_number, order.lines, order.tracking) == ("71000101", PO, None, ())


def test_odd_members_do_not_throw_a_success_away():
    order = only_order(orderDate=5, orderStatus=None, total=[], boxes="x", warehouseAbbr={}, shippingCarrier=3)
    assert order.order_number == "71000101"


def test_a_refusal_that_names_a_line_by_its_place_names_its_sku_too():
    errors = [{"field": "lines[1].qty", "message": "insufficient quantity available"}, {"field": "zip", "message": "?"}]
    supplier = FakeSupplier(json_reply({"code": "400", "message": "Bad Request", "errors": errors}, 400))
    gateway = a_gateway(supplier)
    purchase = a_purchase(lines=(PurchaseOrderLine("B00760004", 2), PurchaseOrderLine("B00760003", 900)))
    with pytest.raises(RejectedRequestError) as caught:
        gateway.submit(purchase, gateway.compose(purchase))
    assert caught.value.reasons == (("lines[1].qty", "B00760003: insufficient quantity available"), ("zip", "?"))
