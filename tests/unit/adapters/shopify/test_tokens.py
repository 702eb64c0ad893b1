"""Tokens: given ones, granted ones, and none."""

from __future__ import annotations

import threading
import traceback
from urllib.parse import parse_qs

import httpx
import pytest

from order_sync.adapters.shopify.tokens import AccessTokens, Grant
from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedResponseError,
    OrderSyncError,
    ServiceUnavailableError,
)
from tests.fakes.clock import ManualClock
from tests.unit.adapters.shopify.fake_shopify import GID, FakeShopify, a_raw_order

SECRET = "shpss_fedcba9876543210"
APP = {"client_id": "app-id-12345", "client_secret": SECRET}


def granting(*grants: object, **answers: object) -> FakeShopify:
    shop = FakeShopify(**{"OrderForSync": {"order": a_raw_order()}, **answers})
    shop.answers("grant", *(grants or ({"access_token": "granted-1", "scope": "read_orders", "expires_in": 86399},)))
    shop.secrets = dict(APP)
    return shop


def sent_tokens(shop: FakeShopify) -> list[str]:
    return [r.headers["X-Shopify-Access-Token"] for r in shop.requests if r.url.path.endswith("graphql.json")]


def two_grants() -> list[dict[str, object]]:
    return [{"access_token": f"granted-{n}", "expires_in": 86399} for n in (1, 2)]


def test_client_credentials_are_exchanged_once_for_many_requests() -> None:
    shop = granting()
    source = shop.source()
    source.get_order(GID)
    source.get_order(GID)
    grant = shop.requests[0]
    assert str(grant.url) == "https://demo.myshopify.com/admin/oauth/access_token"
    assert parse_qs(grant.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["app-id-12345"],
        "client_secret": [SECRET],
    }
    assert len(shop.requests) == 3
    assert sent_tokens(shop) == ["granted-1", "granted-1"]


def test_a_granted_token_is_renewed_five_minutes_before_it_ends() -> None:
    shop = granting(*two_grants())
    source = shop.source()
    source.get_order(GID)
    shop.clock.advance_s(86399 - 301)
    source.get_order(GID)
    shop.clock.advance_s(2)
    source.get_order(GID)
    assert sent_tokens(shop) == ["granted-1", "granted-1", "granted-2"]


def test_a_token_that_lives_shorter_than_five_minutes_is_still_used_again() -> None:
    shop = granting({"access_token": "short", "expires_in": 60})
    source = shop.source()
    source.get_order(GID)
    source.get_order(GID)
    assert len(shop.requests) == 3


def test_a_refused_granted_token_is_renewed_once() -> None:
    shop = granting(*two_grants(), OrderForSync=[httpx.Response(401), {"order": a_raw_order()}])
    shop.source().get_order(GID)
    assert sent_tokens(shop) == ["granted-1", "granted-2"]


def test_a_second_refusal_is_an_error_that_names_both_secrets() -> None:
    shop = granting(*two_grants(), OrderForSync=httpx.Response(401))
    with pytest.raises(AuthenticationError, match=r"source\.client_id=.*source\.client_secret="):
        shop.source().get_order(GID)
    assert len(sent_tokens(shop)) == 2


def test_a_token_wins_over_a_client_secret_that_is_for_webhooks() -> None:
    shop = FakeShopify(OrderForSync={"order": a_raw_order()})
    shop.secrets["client_secret"] = SECRET
    shop.source().get_order(GID)
    assert sent_tokens(shop) == [shop.secrets["token"]]


def test_a_replaced_secret_counts_at_once() -> None:
    shop = granting(*two_grants())
    source = shop.source()
    source.get_order(GID)
    shop.secrets["client_secret"] = "another"
    source.get_order(GID)
    shop.secrets["token"] = "static"
    source.get_order(GID)
    assert sent_tokens(shop) == ["granted-1", "granted-2", "static"]


@pytest.mark.parametrize(
    ("secrets", "says"),
    [
        ({}, "--secret source.token="),
        ({"token": "  "}, "--secret source.token="),
        ({"client_secret": SECRET}, "source.client_id"),
        ({"client_id": "x"}, "source.client_secret"),
    ],
)
def test_missing_secrets_are_named_and_nobody_is_asked(secrets: dict[str, str], says: str) -> None:
    shop = granting()
    shop.secrets = secrets
    with pytest.raises(ConfigurationError, match=says) as caught:
        shop.source().get_order(GID)
    assert SECRET not in str(caught.value)
    assert shop.requests == []


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "tökén", "\x00"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token: str) -> None:
    shop = granting()
    shop.secrets = {"token": token}
    with pytest.raises(ConfigurationError) as caught:
        shop.source().get_order(GID)
    assert token not in str(caught.value)


def test_a_final_line_break_of_a_secret_file_does_no_harm() -> None:
    shop = FakeShopify(OrderForSync={"order": a_raw_order()})
    shop.secrets = {"token": "shpat_1\n"}
    shop.source().get_order(GID)
    assert sent_tokens(shop) == ["shpat_1"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_client", "error_description": SECRET}), AuthenticationError),
        (httpx.Response(401), AuthenticationError),
        (httpx.Response(403), AuthenticationError),
        (httpx.Response(404), MalformedResponseError),
        (httpx.Response(500, text=SECRET), ServiceUnavailableError),
        (httpx.ConnectError(SECRET), ServiceUnavailableError),
        (httpx.Response(200, text="<html>"), MalformedResponseError),
        (httpx.Response(200, json={"access_token": None}), MalformedResponseError),
        (httpx.Response(200, json={"access_token": "a\r\nb"}), MalformedResponseError),
        (httpx.Response(200, json=[]), MalformedResponseError),
    ],
)
def test_a_grant_that_fails_has_its_error_and_shows_no_secret(answer: object, error: type[OrderSyncError]) -> None:
    shop = granting(answer)
    with pytest.raises(error) as caught:
        shop.source().get_order(GID)
    assert SECRET not in str(caught.value) + repr(caught.value)


def test_no_secret_is_in_any_text_of_a_traceback() -> None:
    shop = granting(
        {"access_token": "granted-9"}, OrderForSync=httpx.Response(403, json={"errors": "granted-9 " + "x"})
    )
    with pytest.raises(AuthenticationError) as caught:
        shop.source().get_order(GID)
    text = "".join(traceback.format_exception(caught.value)) + repr(Grant("granted-9", 1.0))
    assert "granted-9" not in text
    assert SECRET not in text


@pytest.mark.parametrize("expires_in", [None, "soon", -1, 0, 1e300, True])
def test_an_odd_lifetime_does_not_break_the_grant(expires_in: object) -> None:
    shop = granting({"access_token": "t", "expires_in": expires_in})
    shop.source().get_order(GID)
    assert sent_tokens(shop) == ["t"]


def test_a_token_that_was_replaced_meanwhile_is_not_thrown_away() -> None:
    grants = iter([Grant("first", 3600.0), Grant("second", 3600.0), Grant("third", 3600.0)])
    tokens = AccessTokens(APP.get, lambda *_: next(grants), ManualClock(), "main")
    first = tokens.get()
    tokens.discard(first)
    assert tokens.get().value == "second"
    tokens.discard(first)
    assert tokens.get().value == "second"


def test_threads_wait_for_one_grant() -> None:
    fetched: list[str] = []

    def fetch(client_id: str, client_secret: str) -> Grant:
        fetched.append(client_id)
        return Grant("granted", 3600.0)

    tokens = AccessTokens(APP.get, fetch, ManualClock(), "main")
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(tokens.get().value)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetched == ["app-id-12345"]
    assert found == ["granted"] * 12
