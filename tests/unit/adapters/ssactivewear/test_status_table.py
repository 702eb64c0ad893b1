"""Every status, for a read and for an order."""

from __future__ import annotations

import httpx
import pytest

from order_sync.core.errors import (
    AuthenticationError,
    MalformedResponseError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedRequestError,
    ServiceError,
    ServiceUnavailableError,
)
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    API_KEY,
    PO,
    FakeSupplier,
    a_gateway,
    a_purchase,
    as_reply,
    documents,
    html_reply,
    json_reply,
)

MESSAGE = {"message": "something"}
ROUTE_ERROR = documents()["error-404-route"]["response"]["body"]

TABLE = [
    (html_reply(200), MalformedResponseError, OutcomeUnknownError),
    (httpx.Response(200, text='[{"poNumber": "QA-10'), MalformedResponseError, OutcomeUnknownError),
    (httpx.Response(200, text=""), MalformedResponseError, OutcomeUnknownError),
    (httpx.Response(200, content=b'["\xff"]'), MalformedResponseError, OutcomeUnknownError),
    (httpx.Response(200, text="[" * 200_000), MalformedResponseError, OutcomeUnknownError),
    (httpx.Response(200, text='[{"total": NaN}]'), MalformedResponseError, OutcomeUnknownError),
    (httpx.Response(200, text='[{"total": 1e99999999999999999999}]'), MalformedResponseError, OutcomeUnknownError),
    (json_reply("text"), MalformedResponseError, OutcomeUnknownError),
    (json_reply(None), MalformedResponseError, OutcomeUnknownError),
    (json_reply({"code": "500"}), MalformedResponseError, OutcomeUnknownError),
    (json_reply([[[[[[]]]]]]), MalformedResponseError, OutcomeUnknownError),
    (httpx.Response(204), MalformedResponseError, OutcomeUnknownError),
    (httpx.Response(301, headers={"Location": "/x"}), MalformedResponseError, OutcomeUnknownError),
    (json_reply(MESSAGE, 400), RejectedRequestError, RejectedRequestError),
    (html_reply(400), RejectedRequestError, RejectedRequestError),
    (json_reply(MESSAGE, 401), AuthenticationError, AuthenticationError),
    (html_reply(401), AuthenticationError, AuthenticationError),
    (json_reply(MESSAGE, 403), AuthenticationError, AuthenticationError),
    (html_reply(403), ServiceUnavailableError, ServiceUnavailableError),
    (httpx.Response(403, text=""), ServiceUnavailableError, ServiceUnavailableError),
    (
        json_reply({"type": "https://developers.cloudflare.com/x"}, 403),
        ServiceUnavailableError,
        ServiceUnavailableError,
    ),
    (html_reply(404), MalformedResponseError, RejectedRequestError),
    (httpx.Response(404, text=""), MalformedResponseError, RejectedRequestError),
    (json_reply(ROUTE_ERROR, 404), MalformedResponseError, RejectedRequestError),
    (json_reply({"message": ROUTE_ERROR["message"]}, 404), MalformedResponseError, RejectedRequestError),
    (json_reply({"Message": "x", "MessageDetail": "y"}, 404), MalformedResponseError, RejectedRequestError),
    (json_reply("nothing", 404), MalformedResponseError, RejectedRequestError),
    (json_reply({}, 404), MalformedResponseError, RejectedRequestError),
    (json_reply(MESSAGE, 405), RejectedRequestError, RejectedRequestError),
    (json_reply(MESSAGE, 408), ServiceUnavailableError, OutcomeUnknownError),
    (json_reply(MESSAGE, 422), RejectedRequestError, RejectedRequestError),
    (json_reply(MESSAGE, 429), RateLimitedError, RateLimitedError),
    (html_reply(429), RateLimitedError, RateLimitedError),
    *[(html_reply(status), ServiceUnavailableError, OutcomeUnknownError) for status in (500, 502, 503, 504, 520)],
]


@pytest.mark.parametrize(("reply", "on_read", "on_write"), TABLE, ids=lambda v: str(getattr(v, "status_code", "")))
def test_each_status_means_what_the_table_says(reply, on_read, on_write):
    for wanted, ask in (
        (on_read, lambda gateway: gateway.find_by_po_number(PO)),
        (on_write, lambda gateway: gateway.submit(a_purchase(), "{}")),
    ):
        with pytest.raises(ServiceError) as caught:
            ask(a_gateway(FakeSupplier(reply)))
        assert type(caught.value) is wanted
        assert caught.value.status == reply.status_code
        assert caught.value.service == "S&S Activewear"
        assert "/v2/orders/" in caught.value.operation


def test_wrong_credentials_are_told_with_where_the_key_is():
    with pytest.raises(AuthenticationError) as caught:
        a_gateway(FakeSupplier(json_reply({}, 401))).check()
    assert "order-sync connect shop --secret supplier.api_key=" in caught.value.next_step
    assert "My Account" in caught.value.next_step


def test_a_firewall_is_not_reported_as_a_bad_key():
    supplier = FakeSupplier(as_reply(documents()["error-403-firewall"]))
    with pytest.raises(ServiceUnavailableError) as caught:
        a_gateway(supplier).check()
    assert "firewall" in caught.value.message and "User-Agent" in caught.value.next_step
    assert len(supplier.requests) == 1


def test_a_wrong_address_names_the_setting():
    with pytest.raises(MalformedResponseError) as caught:
        a_gateway(FakeSupplier(json_reply(ROUTE_ERROR, 404))).check()
    assert "https://api.ssactivewear.com" in caught.value.message
    assert "base_url" in caught.value.next_step


@pytest.mark.parametrize(
    ("document", "reasons"),
    [
        (
            {"errors": [{"field": "a", "message": "b"}, {"Field": "c", "Message": "d"}]},
            (("a", "b"), ("c", "d")),
        ),
        ({"Errors": ["plain"]}, (("", "plain"),)),
        ({"errors": [{"other": 1}]}, (("", '{"other":1}'),)),
        ({"errors": [], "message": "Bad", "messageDetail": "more"}, (("", "Bad more"),)),
        ({"errors": "text"}, (("", "text"),)),
        ({"unknown": 1}, (("", '{"unknown":1}'),)),
        ([], (("", "[]"),)),
    ],
)
def test_every_reason_of_a_refusal_is_kept(document, reasons):
    with pytest.raises(RejectedRequestError) as caught:
        a_gateway(FakeSupplier(json_reply(document, 400))).submit(a_purchase(), "{}")
    # httpx writes the fake's answer with or without spaces, by its version
    assert tuple((field, text.replace(": ", ":")) for field, text in caught.value.reasons) == tuple(
        (field, text.replace(": ", ":")) for field, text in reasons
    )


def test_a_refusal_as_a_page_is_shown_in_its_beginning():
    with pytest.raises(RejectedRequestError) as caught:
        a_gateway(FakeSupplier(httpx.Response(400, text="x" * 5000))).submit(a_purchase(), "{}")
    assert caught.value.reasons == (("", "x" * 200),)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 408, 422, 429, 500])
def test_no_error_repeats_the_key_or_the_authorization_even_when_the_service_does(status, caplog):
    caplog.set_level("DEBUG")
    supplier = FakeSupplier(httpx.Response(status, text="?"))
    gateway = a_gateway(supplier)
    with pytest.raises(ServiceError):
        gateway.submit(a_purchase(), "{}")
    token = supplier.last.headers["Authorization"].removeprefix("Basic ")
    echo = FakeSupplier(json_reply({"errors": [{"field": API_KEY, "message": f"Basic {token} {API_KEY}"}]}, status))
    for ask in (lambda g: g.submit(a_purchase(), "{}"), lambda g: g.find_by_po_number(PO)):
        try:
            ask(a_gateway(echo))
        except ServiceError as exc:
            shown = f"{exc} {exc!r} {vars(exc)} {exc.__cause__!r}"
            assert API_KEY not in shown and token not in shown
    assert API_KEY not in caplog.text and token not in caplog.text
    assert API_KEY not in repr(gateway) + repr(vars(gateway))
