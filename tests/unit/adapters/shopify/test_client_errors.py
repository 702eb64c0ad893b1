"""Every way in which Shopify or the network says no, on reads and on writes."""

from __future__ import annotations

import httpx
import pytest

from order_sync.adapters import http_support
from order_sync.core.errors import (
    AccessDeniedError,
    AuthenticationError,
    MalformedResponseError,
    OrderSyncError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedRequestError,
    ServiceUnavailableError,
)
from order_sync.core.model.order import TrackingInfo
from order_sync.core.ports import FulfillmentWrite
from tests.unit.adapters.shopify.fake_shopify import GID, TOKEN, FakeShopify, a_raw_order, graphql_error

WRITE = FulfillmentWrite(
    {"gid://shopify/FulfillmentOrder/1": {"gid://shopify/FulfillmentOrderLineItem/1": 1}}, (), True
)
CREATED = {"fulfillmentCreate": {"fulfillment": {"id": "gid://shopify/Fulfillment/9"}, "userErrors": []}}


def read_error(*answers: object) -> tuple[OrderSyncError, FakeShopify]:
    shop = FakeShopify(OrderForSync=list(answers))
    with pytest.raises(OrderSyncError) as caught:
        shop.source().get_order(GID)
    assert TOKEN not in str(caught.value) + repr(caught.value)
    return caught.value, shop


def write_error(*answers: object) -> tuple[OrderSyncError, FakeShopify]:
    shop = FakeShopify(FulfillmentCreate=list(answers))
    with pytest.raises(OrderSyncError) as caught:
        shop.source().create_fulfillment(WRITE)
    assert TOKEN not in str(caught.value) + repr(caught.value)
    return caught.value, shop


@pytest.mark.parametrize(
    ("status", "on_read", "on_write"),
    [
        (204, MalformedResponseError, OutcomeUnknownError),
        (302, MalformedResponseError, MalformedResponseError),
        (400, RejectedRequestError, RejectedRequestError),
        (401, AuthenticationError, AuthenticationError),
        (402, RejectedRequestError, RejectedRequestError),
        (403, AuthenticationError, AuthenticationError),
        (404, MalformedResponseError, MalformedResponseError),
        (406, RejectedRequestError, RejectedRequestError),
        (408, ServiceUnavailableError, OutcomeUnknownError),
        (423, RejectedRequestError, RejectedRequestError),
        (429, RateLimitedError, RateLimitedError),
        (430, ServiceUnavailableError, OutcomeUnknownError),
        (500, ServiceUnavailableError, OutcomeUnknownError),
        (502, ServiceUnavailableError, OutcomeUnknownError),
        (503, ServiceUnavailableError, OutcomeUnknownError),
        (504, ServiceUnavailableError, OutcomeUnknownError),
    ],
)
def test_each_http_status_has_its_error(status: int, on_read: type[Exception], on_write: type[Exception]) -> None:
    answer = httpx.Response(status, json={"errors": f"said with {TOKEN}"})
    assert type(read_error(answer)[0]) is on_read
    assert type(write_error(answer)[0]) is on_write


@pytest.mark.parametrize(
    ("failure", "on_read", "on_write"),
    [
        (httpx.ConnectError("x"), ServiceUnavailableError, ServiceUnavailableError),
        (httpx.ConnectTimeout("x"), ServiceUnavailableError, ServiceUnavailableError),
        (httpx.ReadTimeout("x"), ServiceUnavailableError, OutcomeUnknownError),
        (httpx.RemoteProtocolError("x"), ServiceUnavailableError, OutcomeUnknownError),
        (httpx.Response(200, text="<html>busy</html>"), MalformedResponseError, OutcomeUnknownError),
        (httpx.Response(200, content=b"\xff\xfe\x00"), MalformedResponseError, OutcomeUnknownError),
        (httpx.Response(200, content=b"[" * 100_000), MalformedResponseError, OutcomeUnknownError),
        (httpx.Response(200, json=[]), MalformedResponseError, OutcomeUnknownError),
        (httpx.Response(200, json={"data": None}), MalformedResponseError, OutcomeUnknownError),
        (httpx.Response(200, json={}), MalformedResponseError, OutcomeUnknownError),
    ],
)
def test_a_missing_or_broken_answer_is_unknown_on_a_write(
    failure: object, on_read: type[Exception], on_write: type[Exception]
) -> None:
    assert type(read_error(failure)[0]) is on_read
    error, shop = write_error(failure)
    assert type(error) is on_write
    assert len(shop.requests) == 1


def test_a_read_that_fails_is_tried_three_times_with_short_pauses() -> None:
    _, shop = read_error(httpx.Response(503))
    assert len(shop.requests) == 3
    assert shop.clock.slept == [0.3, 1.0]


def test_a_read_that_works_at_the_third_try_is_answered() -> None:
    shop = FakeShopify(OrderForSync=[httpx.ReadTimeout("x"), httpx.Response(500), {"order": a_raw_order()}])
    assert shop.source().get_order(GID).name == "#1001"


def test_an_authentication_error_says_how_to_replace_the_token() -> None:
    error, shop = read_error(httpx.Response(401, json={"errors": "[API] Invalid API key or access token"}))
    assert "order-sync connect main --secret source.token=" in str(error)
    assert len(shop.requests) == 1


def test_a_wrong_address_names_shop_and_version() -> None:
    error, _ = read_error(httpx.Response(404, text="Not Found"))
    assert "demo.myshopify.com" in str(error)
    assert "2026-10" in str(error)


def test_a_redirect_is_not_followed_and_names_the_other_host() -> None:
    error, shop = read_error(httpx.Response(301, headers={"location": "https://elsewhere.example/x?key=1"}))
    assert "elsewhere.example" in str(error)
    assert len(shop.requests) == 1


def test_a_denied_field_names_path_and_scope() -> None:
    text = "Access denied for fulfillmentOrders field. Required access: `read_assigned_fulfillment_orders` access scope"
    body = {"data": {"order": None}, **graphql_error("ACCESS_DENIED", text, ["order", "fulfillmentOrders"])}
    error, _ = read_error(body)
    assert isinstance(error, AccessDeniedError)
    assert "order.fulfillmentOrders" in str(error)
    assert "access scope read_assigned_fulfillment_orders" in str(error)


def test_the_required_access_of_the_extensions_is_used_too() -> None:
    error, _ = read_error(graphql_error("ACCESS_DENIED", path=["order"], requiredAccess="`read_orders` access scope."))
    assert "read_orders" in error.next_step


def test_denied_customer_data_without_a_scope_points_to_the_approval() -> None:
    error, _ = read_error(graphql_error("ACCESS_DENIED", "This app is not approved to access the Order object."))
    assert isinstance(error, AccessDeniedError)
    assert "protected customer data" in error.next_step


def test_a_denied_write_was_not_carried_out_but_a_denial_deep_in_its_result_was_after_it() -> None:
    at_root = {"data": {"fulfillmentCreate": None}, **graphql_error("ACCESS_DENIED", path=["fulfillmentCreate"])}
    inside = graphql_error("ACCESS_DENIED", path=["fulfillmentCreate", "fulfillment", "id"])
    assert type(write_error(at_root)[0]) is AccessDeniedError
    assert type(write_error({"data": None, **inside})[0]) is OutcomeUnknownError
    assert type(write_error({"data": CREATED, **inside})[0]) is OutcomeUnknownError


def test_partial_data_beside_errors_is_never_used() -> None:
    error, _ = read_error(
        {"data": {"order": a_raw_order()}, **graphql_error("SOMETHING_NEW", "odd", ["order", "tags"])}
    )
    assert type(error) is MalformedResponseError
    assert "odd" in str(error)


@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "TIMEOUT"])
def test_an_internal_error_is_unavailable_on_a_read_and_unknown_on_a_write(code: str) -> None:
    error, shop = read_error(graphql_error(code))
    assert type(error) is ServiceUnavailableError
    assert len(shop.requests) == 3
    error, shop = write_error(graphql_error(code))
    assert type(error) is OutcomeUnknownError
    assert len(shop.requests) == 1


@pytest.mark.parametrize("code", ["undefinedField", "MAX_COST_EXCEEDED", "argumentLiteralsIncompatible"])
def test_a_question_that_is_not_understood_quotes_the_first_message(code: str) -> None:
    for error in (read_error(graphql_error(code, "Field 'x' is wrong"))[0], write_error(graphql_error(code, "x"))[0]):
        assert type(error) is MalformedResponseError
    assert "Field 'x' is wrong" in str(read_error(graphql_error(code, "Field 'x' is wrong"))[0])


def test_an_error_without_a_code_leaves_a_write_in_doubt() -> None:
    assert type(write_error({"errors": [{"message": "oops"}]})[0]) is OutcomeUnknownError
    assert type(write_error({"errors": "oops"})[0]) is OutcomeUnknownError
    assert type(read_error({"errors": {"query": "missing"}})[0]) is MalformedResponseError


def test_a_refused_value_of_a_write_is_a_rejection() -> None:
    error, _ = write_error(graphql_error("INVALID_VARIABLE", "Url is not valid"))
    assert isinstance(error, RejectedRequestError)
    assert error.reasons == (("", "Url is not valid"),)


def test_an_inactive_shop_is_a_rejection() -> None:
    assert type(read_error(graphql_error("SHOP_INACTIVE"))[0]) is RejectedRequestError


def test_user_errors_are_listed_by_field() -> None:
    refused = {
        "fulfillmentCreate": {
            "fulfillment": None,
            "userErrors": [
                {"field": ["fulfillment", "trackingInfo"], "message": "Too long"},
                {"field": None, "message": "Order is closed"},
            ],
        }
    }
    error, _ = write_error(refused)
    assert isinstance(error, RejectedRequestError)
    assert error.reasons == (("fulfillment.trackingInfo", "Too long"), ("", "Order is closed"))


@pytest.mark.parametrize(
    "data",
    [
        {"fulfillmentCreate": None},
        {},
        {"fulfillmentCreate": {"fulfillment": None, "userErrors": []}},
        {"fulfillmentCreate": {"fulfillment": {}, "userErrors": []}},
        {"fulfillmentCreate": {"fulfillment": {"id": "x"}}},
    ],
)
def test_a_write_without_its_result_is_in_doubt(data: object) -> None:
    assert type(write_error({"data": data})[0]) is OutcomeUnknownError


def test_an_answer_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("order_sync.adapters.shopify.client.MAX_ANSWER_BYTES", 1000)
    huge = httpx.Response(200, content=b" " * 1001)
    assert type(read_error(huge)[0]) is MalformedResponseError
    assert type(write_error(huge)[0]) is OutcomeUnknownError
    assert http_support.MAX_ANSWER_BYTES > 1000


def test_the_token_is_sent_in_its_header_to_the_versioned_address() -> None:
    shop = FakeShopify(FulfillmentCreate=CREATED)
    assert shop.source(api_version="2026-07").create_fulfillment(WRITE) == "gid://shopify/Fulfillment/9"
    assert str(shop.requests[0].url) == "https://demo.myshopify.com/admin/api/2026-07/graphql.json"
    assert shop.requests[0].headers["X-Shopify-Access-Token"] == TOKEN


def test_base_url_replaces_scheme_and_host() -> None:
    shop = FakeShopify(OrderForSync={"order": a_raw_order()})
    shop.source(base_url="http://127.0.0.1:8123/shopify/").get_order("1")
    assert str(shop.requests[0].url) == "http://127.0.0.1:8123/shopify/admin/api/2026-10/graphql.json"


def test_every_exception_of_httpx_becomes_one_of_ours() -> None:
    for name, kind in vars(httpx).items():
        if not isinstance(kind, type) or not issubclass(kind, (httpx.HTTPError, httpx.InvalidURL)):
            continue
        if issubclass(kind, httpx.HTTPStatusError):
            continue  # raise_for_status is never called
        error, _ = write_error(kind("x"))
        assert isinstance(error, OutcomeUnknownError | ServiceUnavailableError), name


def test_no_tracking_to_give_asks_nobody() -> None:
    shop = FakeShopify()
    with pytest.raises(RejectedRequestError):
        shop.source().update_tracking("gid://shopify/Fulfillment/1", (TrackingInfo(" "),), True)
    assert shop.requests == []
