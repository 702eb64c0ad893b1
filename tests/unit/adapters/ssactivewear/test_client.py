"""How requests look on the wire, and which are repeated."""

from __future__ import annotations

import base64

import httpx
import pytest

from order_sync.core.errors import ConfigurationError, OutcomeUnknownError, RateLimitedError, ServiceUnavailableError
from tests.fakes.clock import ManualClock
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    API_KEY,
    PO,
    FakeSupplier,
    a_gateway,
    a_purchase,
    an_order_row,
    json_reply,
)


def test_a_read_asks_for_json_with_basic_auth_and_our_own_name():
    supplier = FakeSupplier(json_reply([]))
    a_gateway(supplier).find_by_po_number(PO)
    request = supplier.last
    assert str(request.url) == (f"https://api.ssactivewear.com/v2/orders/{PO}?lines=true&Boxes=true&mediatype=json")
    assert request.headers["User-Agent"].startswith("order-sync/")
    token = request.headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(token).decode() == f"12345:{API_KEY}"
    assert "Content-Type" not in request.headers


def test_a_post_sends_the_composed_bytes_to_the_documented_path():
    supplier = FakeSupplier(json_reply([an_order_row()]))
    gateway = a_gateway(supplier)
    body = gateway.compose(a_purchase())
    gateway.submit(a_purchase(), body)
    request = supplier.last
    assert (request.method, str(request.url)) == ("POST", "https://api.ssactivewear.com/v2/orders/")
    assert request.content == body.encode()
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Content-Length"] == str(len(body))
    assert "Transfer-Encoding" not in request.headers


def test_a_path_prefix_of_the_base_url_is_kept():
    supplier = FakeSupplier(json_reply([]))
    a_gateway(supplier, base_url="http://localhost:8001/sandbox").find_by_po_number(PO)
    assert supplier.last.url.path == f"/sandbox/v2/orders/{PO}"


def test_a_read_is_repeated_twice_with_pauses_then_given_up():
    clock = ManualClock()
    supplier = FakeSupplier(httpx.Response(503))
    with pytest.raises(ServiceUnavailableError):
        a_gateway(supplier, clock).find_by_po_number(PO)
    assert len(supplier.requests) == 3
    assert clock.slept == [0.3, 1.0]


def test_a_read_that_succeeds_the_second_time_is_a_success():
    supplier = FakeSupplier(httpx.ReadTimeout("slow"), json_reply([an_order_row()]))
    assert len(a_gateway(supplier).find_by_po_number(PO)) == 1


def test_a_rate_limit_found_while_repeating_is_told():
    supplier = FakeSupplier(httpx.Response(503), json_reply({}, 429))
    with pytest.raises(RateLimitedError):
        a_gateway(supplier).find_by_po_number(PO)
    assert len(supplier.requests) == 2


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (httpx.ConnectError("no"), ServiceUnavailableError),
        (httpx.ConnectTimeout("no"), ServiceUnavailableError),
        (httpx.PoolTimeout("no"), ServiceUnavailableError),
        (httpx.ReadTimeout("no"), OutcomeUnknownError),
        (httpx.RemoteProtocolError("no"), OutcomeUnknownError),
        (RuntimeError("anything else"), OutcomeUnknownError),
        (httpx.Response(500), OutcomeUnknownError),
    ],
)
def test_a_post_is_sent_once_whatever_happens(failure, error):
    supplier = FakeSupplier(failure)
    with pytest.raises(error):
        a_gateway(supplier).submit(a_purchase(), "{}")
    assert len(supplier.requests) == 1


def test_a_missing_key_says_how_to_give_it_and_nothing_is_sent():
    supplier = FakeSupplier(json_reply([]))
    gateway = a_gateway(supplier, api_key=lambda: None)
    for ask in (gateway.check, lambda: gateway.submit(a_purchase(), "{}")):
        with pytest.raises(ConfigurationError, match=r"--secret supplier\.api_key=env:NAME"):
            ask()
    assert supplier.requests == []


def test_a_key_that_was_replaced_is_used_at_once():
    keys = iter(["old", "new"])
    supplier = FakeSupplier(json_reply([]))
    gateway = a_gateway(supplier, api_key=lambda: next(keys))
    for key in ("old", "new"):
        gateway.check()
        assert base64.b64decode(supplier.last.headers["Authorization"][6:]).decode() == f"12345:{key}"


def test_check_reads_little_and_names_account_and_host():
    supplier = FakeSupplier(json_reply([{"orderNumber": "71000101"}]))
    assert a_gateway(supplier).check() == "account 12345 at api.ssactivewear.com"
    assert supplier.last.url.params["fields"] == "OrderNumber"
