"""Finding our orders again: what is ours, what is absence, and what is neither."""

from __future__ import annotations

import httpx
import pytest

from order_sync.core.errors import ConfigurationError, MalformedResponseError, ServiceUnavailableError
from order_sync.core.model.supplier_order import SupplierOrderStatus
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    PO,
    FakeSupplier,
    a_gateway,
    an_order_row,
    as_reply,
    documents,
    html_reply,
    json_reply,
)


def found(document, po_number: str = PO):
    return a_gateway(FakeSupplier(json_reply(document))).find_by_po_number(po_number)


def test_only_exactly_our_po_number_counts_and_credits_do_not():
    rows = [
        an_order_row(orderNumber="1"),
        an_order_row(orderNumber="2", poNumber="RESTOCK", invoiceNumber=PO),
        an_order_row(orderNumber=PO, poNumber=""),
        an_order_row(orderNumber="3", poNumber=f"{PO}-2"),
        an_order_row(orderNumber="4", poNumber=PO.lower()),
        an_order_row(orderNumber="5", orderType="Credit"),
        an_order_row(orderNumber="6", orderStatus="credit"),
        an_order_row(orderNumber="7", orderStatus="Cancelled"),
        an_order_row(orderNumber="8", poNumber=f" {PO} "),
    ]
    orders = found(rows)
    assert [order.order_number for order in orders] == ["1", "7", "8"]
    assert orders[1].status is SupplierOrderStatus.CANCELLED
    assert {order.found_by for order in orders} == {"look-up"}


def test_the_documented_mixture_keeps_the_cancelled_order_and_drops_the_credit():
    document = documents()["get-orders-by-po-mixed"]["response"]["body"]
    orders = found(document, "QA-1010")
    wanted = [row["orderNumber"] for row in document if row["poNumber"] == "QA-1010" and row["orderType"] != "Credit"]
    assert [order.order_number for order in orders] == wanted
    assert len(wanted) < len(document)


def test_an_order_that_matched_by_its_invoice_number_is_somebody_elses():
    assert found(documents()["get-orders-by-po-collision"]["response"]["body"], "A12345678") == ()


@pytest.mark.parametrize(
    "reply",
    [
        json_reply([]),
        json_reply([[]]),
        json_reply({"orders": []}),
        json_reply([], 404),
        json_reply({"errors": [{"field": "Identifier", "message": "not found"}]}, 404),
        json_reply({"message": "Not found."}, 404),
        json_reply({"code": "404", "message": "x"}, 404),
        as_reply(documents()["error-orders-not-found"]),
    ],
)
def test_the_supplier_saying_none_is_absence(reply):
    assert a_gateway(FakeSupplier(reply)).find_by_po_number(PO) == ()


@pytest.mark.parametrize(
    "reply",
    [
        html_reply(404),
        httpx.Response(404),
        as_reply(documents()["error-404-route"]),
        json_reply({"message": "no Route matched with those values"}, 404),
        json_reply({"code": "404", "message": "Cannot GET /v2/orders/DEMO-1001"}, 404),
        html_reply(200),
        httpx.Response(200),
        httpx.Response(200, text='[{"poNumber":"X"},'),
        json_reply([an_order_row(poNumber=None)]),
        json_reply([an_order_row(), {"orderNumber": "2"}]),
        json_reply([an_order_row(poNumber=PO.lower())]),
        json_reply([an_order_row(orderNumber=None, guid=None)]),
        json_reply({"message": "try again"}),
        json_reply([None]),
        json_reply({}),
    ],
)
def test_what_could_not_be_asked_is_never_absence(reply):
    with pytest.raises(MalformedResponseError):
        a_gateway(FakeSupplier(reply)).find_by_po_number(PO)


def test_an_unavailable_service_is_never_absence():
    with pytest.raises(ServiceUnavailableError):
        a_gateway(FakeSupplier(httpx.ReadTimeout("x"))).find_by_po_number(PO)


@pytest.mark.parametrize("po_number", ["", "12345678", "A,B", "A/B", "A B", "A%20", "Ä1", "../x"])
def test_a_po_number_that_cannot_be_asked_safely_is_refused_before_asking(po_number):
    supplier = FakeSupplier(json_reply([]))
    with pytest.raises(ConfigurationError):
        a_gateway(supplier).find_by_po_number(po_number)
    assert supplier.requests == []


def test_many_po_numbers_are_asked_about_in_lists_of_forty():
    supplier = FakeSupplier(json_reply([an_order_row(orderNumber="1", poNumber="SHOP-7")]), json_reply([]))
    numbers = [f"SHOP-{n}" for n in range(1, 51)]
    orders = a_gateway(supplier).find_by_po_numbers(numbers)
    assert len(supplier.requests) == 2 and supplier.requests[0].url.path.count(",") == 39
    assert [order.order_number for order in orders["SHOP-7"]] == ["1"]
    assert sorted(orders) == sorted(numbers) and orders["SHOP-50"] == ()


def test_a_number_whose_answer_is_unclear_is_missing_and_the_others_are_there():
    rows = [an_order_row(orderNumber="1", poNumber="shop-1"), an_order_row(orderNumber="2", poNumber="SHOP-2")]
    orders = a_gateway(FakeSupplier(json_reply(rows))).find_by_po_numbers(["SHOP-1", "SHOP-2", "SHOP-3"])
    assert "SHOP-1" not in orders and orders["SHOP-3"] == ()
    assert [order.order_number for order in orders["SHOP-2"]] == ["2"]


def test_a_supplier_that_is_down_answers_about_none_of_many():
    replies = [json_reply({"message": "down"}, status=503)] * 3
    with pytest.raises(ServiceUnavailableError):
        a_gateway(FakeSupplier(*replies)).find_by_po_numbers(["SHOP-1", "SHOP-2"])
