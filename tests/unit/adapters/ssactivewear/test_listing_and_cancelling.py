"""Listing every recent order, cancelling one, and telling addresses apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from order_sync.adapters.ssactivewear.composing import composed
from order_sync.core.errors import (
    AuthenticationError,
    MalformedResponseError,
    OutcomeUnknownError,
    RateLimitedError,
    ServiceUnavailableError,
)
from order_sync.core.model.supplier_order import SupplierOrderStatus
from tests.builders import an_address
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    FakeSupplier,
    a_gateway,
    a_purchase,
    an_order_row,
    html_reply,
    json_reply,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_everything_is_listed_with_its_lines_in_one_question():
    rows = [
        an_order_row(lines=[{"sku": "B00760004", "qtyOrdered": 2}]),
        an_order_row(orderNumber="2", poNumber=""),
        an_order_row(orderNumber="3", poNumber=None),
        an_order_row(orderNumber="4", orderStatus="Cancelled"),
        an_order_row(orderNumber="5", orderType="Credit"),
        an_order_row(orderNumber="6", orderDate="2019-12-01T00:00:00"),
        an_order_row(orderNumber="7", orderDate=None),
    ]
    supplier = FakeSupplier(json_reply(rows))
    orders = a_gateway(supplier).recent_orders(LONG_AGO)
    assert [order.order_number for order in orders] == ["71000101", "2", "3", "4", "7"]
    assert orders[0].lines[0].quantity == 2
    asked = supplier.last.url
    assert (asked.path, dict(asked.params)) == (
        "/v2/orders/",
        {"All": "True", "lines": "true", "mediatype": "json"},
    )


@pytest.mark.parametrize("reply", [html_reply(200), json_reply([{"poNumber": "X"}]), json_reply({"message": "x"})])
def test_a_list_that_cannot_be_understood_is_an_error_and_not_an_empty_list(reply):
    with pytest.raises(MalformedResponseError):
        a_gateway(FakeSupplier(reply)).recent_orders(LONG_AGO)


def test_no_orders_at_all_is_an_empty_list():
    assert a_gateway(FakeSupplier(json_reply([]))).recent_orders(LONG_AGO) == ()


def test_a_cancellation_is_sent_without_body_and_media_type():
    supplier = FakeSupplier(json_reply([an_order_row(orderStatus="Canceled")]))
    order = a_gateway(supplier).cancel_order("71000101")
    assert order is not None and order.status is SupplierOrderStatus.CANCELLED
    request = supplier.last
    assert (request.method, request.url.path, request.url.query) == ("DELETE", "/v2/orders/71000101", b"")
    assert "content-type" not in request.headers and request.content == b""


@pytest.mark.parametrize(
    "reply",
    [
        json_reply([]),
        json_reply([an_order_row()]),
        json_reply([an_order_row(orderNumber="9", orderStatus="Cancelled")]),
        httpx.Response(204),
        httpx.Response(200),
        json_reply({"code": "400", "message": "too late"}, 400),
        json_reply({"message": "Not found."}, 404),
    ],
)
def test_only_that_order_shown_as_cancelled_is_believed(reply):
    assert a_gateway(FakeSupplier(reply)).cancel_order("71000101") is None


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (httpx.ReadTimeout("x"), OutcomeUnknownError),
        (html_reply(500), OutcomeUnknownError),
        (html_reply(200), OutcomeUnknownError),
        (json_reply(["x"]), OutcomeUnknownError),
        (json_reply({}, 401), AuthenticationError),
        (json_reply({}, 429), RateLimitedError),
        (httpx.ConnectError("x"), ServiceUnavailableError),
    ],
)
def test_a_cancellation_without_a_clear_answer_is_an_error_and_is_sent_once(reply, error):
    supplier = FakeSupplier(reply)
    with pytest.raises(error):
        a_gateway(supplier).cancel_order("71000101")
    assert len(supplier.requests) == 1


def shown(**members: str):
    """Where an order ships by a look-up, with some members of the address other than sent."""
    sent = json.loads(composed(a_purchase(), "US"))["shippingAddress"]
    row = an_order_row(shippingAddress={**sent, **members})
    (order,) = a_gateway(FakeSupplier(json_reply([row]))).recent_orders(LONG_AGO)
    return order.ship_to


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"city": "DULUTH", "address": "418  larch ave."},
        {"zip": "55805-1234"},
        {"zip": "558051234", "attn": ""},
        {"state": "mn "},
    ],
)
def test_case_blanks_punctuation_and_zip_plus_four_are_no_difference(members):
    gateway = a_gateway(FakeSupplier(json_reply([])))
    assert gateway.address_differences(gateway.compose(a_purchase()), shown(**members)) == ()


def test_a_long_text_that_was_cut_is_no_difference_but_a_lost_apartment_is():
    gateway = a_gateway(FakeSupplier(json_reply([])))
    long = an_address(address1="2250 North Superior Boulevard Building C", address2="Apartment 1204")
    body = gateway.compose(a_purchase(ship_to=long))
    assert gateway.address_differences(body, shown(address="2250 North Superior Boulevard Buil")) == ()
    short = gateway.compose(a_purchase(ship_to=an_address(address2="Apt 3B")))
    assert gateway.address_differences(short, shown(address="418 Larch Ave")) == ("address",)


def test_what_differs_is_named():
    gateway = a_gateway(FakeSupplier(json_reply([])))
    body = gateway.compose(a_purchase())
    assert gateway.address_differences(body, shown(city="Fargo", state="ND", zip="58102", attn="Bo Birch")) == (
        "attn",
        "city",
        "state",
        "zip",
    )


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", "erased", '{"shippingAddress": null}'])
def test_a_body_without_address_tells_no_difference(body):
    gateway = a_gateway(FakeSupplier(json_reply([])))
    assert gateway.address_differences(body, shown(city="Fargo")) == ()


@pytest.mark.parametrize("address", [None, {}, "x", {"city": ""}, []])
def test_an_order_that_does_not_tell_its_address_has_none(address):
    row = an_order_row(shippingAddress=address)
    (order,) = a_gateway(FakeSupplier(json_reply([row]))).recent_orders(LONG_AGO)
    assert order.ship_to is None
