"""httpx's errors become ours, and addresses are checked before anything is sent to them."""

from __future__ import annotations

import httpx
import pytest

from order_sync.adapters.http_support import broken_answer, build_client, check_base_url, translated, user_agent
from order_sync.core.errors import (
    ConfigurationError,
    MalformedResponseError,
    OutcomeUnknownError,
    ServiceUnavailableError,
)

NOT_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
    "InvalidURL",
}
"""Exceptions that happen before a request can reach the service; every other one may come after it."""

EXCEPTIONS = sorted(
    name for name, value in vars(httpx).items() if isinstance(value, type) and issubclass(value, Exception)
)


def an_exception(name: str) -> Exception:
    kind = getattr(httpx, name)
    request = httpx.Request("GET", "https://example.com")
    if issubclass(kind, httpx.HTTPStatusError):
        return kind("x", request=request, response=httpx.Response(500, request=request))
    if issubclass(kind, httpx.StreamError) and kind is not httpx.StreamError:
        return kind()
    return kind("x")


def test_httpx_still_has_its_exceptions_where_we_look_for_them():
    assert set(EXCEPTIONS) > NOT_SENT
    assert len(EXCEPTIONS) > 20


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_each_exception_of_httpx_has_a_row_for_reads(name):
    with pytest.raises(ServiceUnavailableError) as caught, translated("Them", "GET /x", write=False):
        raise an_exception(name)
    assert (caught.value.service, caught.value.operation) == ("Them", "GET /x")
    assert name in str(caught.value)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_each_exception_of_httpx_has_a_row_for_writes(name):
    wanted = ServiceUnavailableError if name in NOT_SENT else OutcomeUnknownError
    with pytest.raises(wanted) as caught, translated("Them", "POST /x", write=True):
        raise an_exception(name)
    assert type(caught.value) is wanted


def test_other_exceptions_pass_through():
    with pytest.raises(KeyError), translated("Them", "GET /x", write=True):
        raise KeyError("x")


@pytest.mark.parametrize(
    ("status", "wanted"), [(200, MalformedResponseError), (404, MalformedResponseError), (None, None), (502, None)]
)
def test_a_broken_answer_to_a_write_is_in_doubt_and_to_a_read_is_not(status, wanted):
    assert type(broken_answer("Them", "x", write=True, why="y", status=status)) is OutcomeUnknownError
    read = broken_answer("Them", "x", write=False, why="y", status=status)
    assert type(read) is (wanted or ServiceUnavailableError)
    assert read.status == status


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("https://api.example.com/prefix/", "https://api.example.com/prefix"),
        ("https://api.example.com:8443", "https://api.example.com:8443"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("http://127.3.2.1", "http://127.3.2.1"),
        ("http://[::1]:8001/", "http://[::1]:8001"),
        ("http://localhost:8001", "http://localhost:8001"),
    ],
)
def test_a_usable_address_loses_its_trailing_slash_only(given, wanted):
    assert check_base_url(given) == wanted


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https://user:pw@api.example.com",
        "https://api.example.com/?x=1",
        "http://api.example.com",
        "http://192.168.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "https://[::1",
        "https://api.example.com:99999",
        "https://:pw@api.example.com",
        "https://api.example.com/#x",
    ],
)
def test_an_address_that_would_leak_or_cannot_work_is_refused(bad):
    with pytest.raises(ConfigurationError) as caught:
        check_base_url(bad)
    assert caught.value.about["setting"] == "base_url"
    assert caught.value.next_step
    assert "pw" not in str(caught.value)


def test_the_client_has_our_name_asks_for_json_and_follows_no_redirect():
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example.com"})

    with build_client(timeout_s=3, transport=httpx.MockTransport(answer), headers={"X-Mine": "1"}) as client:
        assert client.get("https://example.com").status_code == 302
    assert len(seen) == 1
    assert seen[0].headers["User-Agent"] == user_agent()
    assert user_agent().startswith("order-sync/")
    assert (seen[0].headers["Accept"], seen[0].headers["X-Mine"]) == ("application/json", "1")


def test_waiting_to_connect_is_bounded_by_ten_seconds():
    with build_client(timeout_s=60) as slow, build_client(timeout_s=2) as quick:
        assert (slow.timeout.read, slow.timeout.connect) == (60, 10)
        assert quick.timeout.connect == 2


def test_loopback_is_reached_without_the_proxy_of_the_environment(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with build_client(timeout_s=3) as client:
        direct = client._transport_for_url(httpx.URL("http://127.0.0.1:8001/x"))
        proxied = client._transport_for_url(httpx.URL("http://example.com/x"))
    assert direct is client._transport and proxied is not client._transport
