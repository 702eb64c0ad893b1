"""What a delivery becomes: ids and nothing else, or one of the three refusals.

Bodies are shortened samples of Shopify's: "Webhooks delivery structure", the topics' sample payloads, and
"Privacy law compliance".
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.adapters.shopify.topics import BY_NAME, COMPLIANCE, SUBSCRIBED
from order_sync.core.errors import ConfigurationError, EventSignatureError, MalformedEventError, WrongShopError
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.ports import Webhooks
from tests.unit.adapters.shopify.fake_shopify import FakeShopify

SECRET = "shpss_0123456789abcdef"
SHOP = "demo.myshopify.com"
GID = "gid://shopify/Order/820982911946154508"
NUMBER = 820982911946154508
EDIT = {"order_edit": {"id": 7, "order_id": NUMBER, "created_at": "2026-03-03T12:00:00-05:00"}}
PERSON = {
    "shop_id": 954889,
    "shop_domain": SHOP,
    "customer": {"id": 191167, "email": "dana@example.com", "phone": None},
}


def webhooks(shop: FakeShopify | None = None) -> Webhooks:
    shop = shop or FakeShopify()
    shop.secrets.setdefault("client_secret", SECRET)
    found = shop.source().webhooks
    assert found is not None
    return found


def signed(body: bytes, secret: str = SECRET, **headers: str) -> dict[str, str]:
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    given = {
        "x-shopify-topic": "orders/paid",
        "x-shopify-shop-domain": SHOP,
        "x-shopify-hmac-sha256": digest,
        "x-shopify-event-id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "x-shopify-triggered-at": "2026-03-03T14:59:59.123456789Z",
    }
    named = {f"x-shopify-{name.replace('_', '-')}": text for name, text in headers.items()}
    return {name: text for name, text in {**given, **named}.items() if text}


def event_of(document: Any, topic: str = "orders/paid", **headers: str) -> ShopEvent:
    body = json.dumps(document).encode()
    return webhooks().receive(signed(body, topic=topic, **headers), body)


@pytest.mark.parametrize(
    ("topic", "document"),
    [
        ("orders/create", {"id": NUMBER}),
        ("orders/paid", {"id": NUMBER, "email": "dana@example.com"}),
        ("orders/updated", {"id": str(NUMBER)}),
        ("orders/cancelled", {"admin_graphql_api_id": GID}),
        ("orders/edited", EDIT),
        ("fulfillments/create", {"id": 1, "order_id": NUMBER}),
        ("fulfillments/update", {"id": 1, "order_id": GID}),
        ("refunds/create", {"id": 1, "order_id": NUMBER}),
    ],
)
def test_every_order_topic_names_the_order_to_look_at(topic: str, document: dict[str, Any]) -> None:
    event = event_of(document, topic)
    assert (event.topic, event.kind, event.order_id) == (topic, EventKind.LOOK, GID)
    assert event.triggered_at == datetime(2026, 3, 3, 14, 59, 59, 123456, UTC)
    assert "dana" not in repr(event)


def test_a_person_who_asks_for_their_data_is_their_orders_and_the_shops_own_number() -> None:
    document = {**PERSON, "orders_requested": [299938, 280263, 299938], "data_request": {"id": 9999}}
    event = event_of(document, "customers/data_request")
    assert (event.kind, event.reference, event.order_id) == (EventKind.EXPORT_PERSON, "9999", "")
    assert event.order_ids == ("gid://shopify/Order/299938", "gid://shopify/Order/280263")
    assert "dana" not in repr(event)


@pytest.mark.parametrize(("orders", "found"), [([], ()), ([299938], ("gid://shopify/Order/299938",))])
def test_a_person_who_asks_to_be_forgotten_is_their_orders(orders: list[int], found: tuple[str, ...]) -> None:
    event = event_of({**PERSON, "orders_to_redact": orders}, "customers/redact")
    assert (event.kind, event.order_ids, event.reference) == (EventKind.ERASE_PERSON, found, "")


def test_a_shop_that_leaves_is_told_apart_from_one_to_be_forgotten() -> None:
    assert event_of({"id": 1, "myshopify_domain": SHOP}, "app/uninstalled").kind is EventKind.UNINSTALLED
    assert event_of({"shop_id": 1, "shop_domain": SHOP.upper()}, "shop/redact").kind is EventKind.ERASE_SHOP


@pytest.mark.parametrize(
    ("topic", "document"),
    [
        ("customers/data_request", {"orders_requested": [], "data_request": {"id": 1}}),
        ("customers/redact", {"orders_to_redact": []}),
        ("shop/redact", {}),
    ],
)
def test_a_signed_body_of_another_shop_is_refused_whatever_its_headers_say(topic: str, document: Any) -> None:
    """Shopify signs the body and not the headers, so whoever has a body could send it under other headers."""
    with pytest.raises(WrongShopError, match=r"other\.myshopify\.com"):
        event_of({**document, "shop_domain": "other.myshopify.com"}, topic)
    with pytest.raises(WrongShopError):
        event_of({"myshopify_domain": "other.myshopify.com"}, "app/uninstalled")


def test_an_orders_body_sent_under_the_topic_of_a_leaving_shop_is_refused() -> None:
    for topic in ("app/uninstalled", "shop/redact"):
        with pytest.raises(MalformedEventError, match="domain is missing"):
            event_of({"id": NUMBER}, topic)


@pytest.mark.parametrize("shop", ["other.myshopify.com", "", "demo", "demo.myshopify.com.evil.example"])
def test_an_event_under_the_name_of_another_shop_is_refused(shop: str) -> None:
    with pytest.raises(WrongShopError):
        event_of({"id": NUMBER}, shop_domain=shop)


def test_the_shops_name_is_compared_without_regard_to_capitals() -> None:
    assert event_of({"id": NUMBER}, shop_domain="Demo.MyShopify.com").order_id == GID


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"id": None},
        {"id": True},
        {"id": -1},
        {"id": 0},
        {"id": 1.0},
        {"id": 10**30},
        {"id": [1]},
        {"id": {"id": 1}},
        {"id": "x"},
        {"id": "gid://shopify/Product/1"},
        {"order_id": 1},
        [],
        "text",
        None,
        1,
    ],
)
def test_a_body_without_the_id_of_an_order_is_malformed(document: Any) -> None:
    with pytest.raises(MalformedEventError):
        event_of(document)


@pytest.mark.parametrize(
    ("topic", "document"),
    [
        ("customers/redact", {**PERSON}),
        ("customers/redact", {**PERSON, "orders_to_redact": None}),
        ("customers/redact", {**PERSON, "orders_to_redact": [1, "x"]}),
        ("customers/data_request", {**PERSON, "orders_requested": [1]}),
        ("customers/data_request", {**PERSON, "orders_requested": [1], "data_request": {"id": None}}),
        ("orders/edited", {"order_edit": None}),
        ("orders/edited", {"id": NUMBER}),
        ("products/update", {"id": NUMBER}),
        ("", {"id": NUMBER}),
    ],
)
def test_a_request_that_would_be_half_done_is_malformed_instead(topic: str, document: Any) -> None:
    with pytest.raises(MalformedEventError):
        event_of(document, topic)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"id": NaN}',
        b'{"id": Infinity}',
        b'{"id": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"id":' * 100_000,
        b'{"id": 1}{"id": 2}',
        b'\xef\xbb\xbf{"id": 1}',
        '{"id": 1}'.encode("utf-16"),
    ],
)
def test_bytes_that_are_no_json_object_are_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEventError) as caught:
        webhooks().receive(signed(body), body)
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_repeats_have_one_key_and_other_orders_of_the_same_act_another() -> None:
    first, again = (event_of({"id": NUMBER}, webhook_id=text) for text in ("first", "second"))
    other = event_of({"id": 1})
    assert first.delivery_key == again.delivery_key != other.delivery_key
    assert first.delivery_key.startswith("98880550-7158-44d4-b7cd-2c97c8a091b5")


def test_without_an_event_id_the_webhook_id_and_then_the_body_tells_repeats_apart() -> None:
    assert event_of({"id": NUMBER}, event_id="").delivery_key == "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"
    keys = {event_of({"id": n}, event_id="", webhook_id="").delivery_key for n in (1, 1, 2)}
    assert len(keys) == 2 and all(key.startswith("sha256:") for key in keys)


@pytest.mark.parametrize("text", ["x" * 300, "naïve", "a\x00b"])
def test_a_key_that_no_column_could_hold_is_hashed(text: str) -> None:
    key = event_of({"id": NUMBER}, event_id=text).delivery_key
    assert key.startswith("sha256:") and len(key) < 255


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-03-03T15:00:00", "1999-01-01T00:00:00Z", "2036-03-03T15:00:00Z", "9999-12-31T23:59:59-23:00"],
)
def test_a_time_that_makes_no_sense_is_none(text: str) -> None:
    assert event_of({"id": NUMBER}, triggered_at=text).triggered_at is None


@given(
    body=st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr).map(str.encode),
    topic=st.sampled_from(sorted(BY_NAME)) | st.text(max_size=20),
    headers=st.dictionaries(
        st.sampled_from(["event-id", "webhook-id", "triggered-at", "shop-domain", "hmac-sha256"]),
        st.text(alphabet=st.characters(), max_size=40),
    ),
)
def test_nothing_but_the_four_promised_errors_comes_out(body: bytes, topic: str, headers: dict[str, str]) -> None:
    given = {**signed(body), "x-shopify-topic": topic, **{f"x-shopify-{name}": text for name, text in headers.items()}}
    with contextlib.suppress(EventSignatureError, WrongShopError, MalformedEventError):
        webhooks().receive(given, body)


@given(
    document=st.dictionaries(
        st.sampled_from(["id", "order_id", "order_edit", "data_request", "orders_requested", "orders_to_redact"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "order_id"]), inner),
            max_leaves=5,
        ),
    ),
    topic=st.sampled_from(sorted(BY_NAME)),
)
def test_any_signed_object_is_an_event_with_canonical_ids_or_malformed(document: dict[str, Any], topic: str) -> None:
    try:
        event = event_of({**document, "shop_domain": SHOP, "myshopify_domain": SHOP}, topic)
    except MalformedEventError:
        return
    named = [event.order_id] if event.kind is EventKind.LOOK else list(event.order_ids)
    assert all(text.startswith("gid://shopify/Order/") and text[20:].isdigit() for text in named)
    assert 0 < len(event.delivery_key) <= 255


def test_an_unsigned_event_is_refused_before_anything_in_it_is_read() -> None:
    for signature in ("", "AAAA", "ünïcode", "\udc80"):
        with pytest.raises(EventSignatureError):
            webhooks().receive({"x-shopify-hmac-sha256": signature}, b"[" * 100_000)


def test_without_a_secret_the_setting_and_the_command_are_named() -> None:
    shop = FakeShopify()
    found = shop.source().webhooks
    assert found is not None
    with pytest.raises(ConfigurationError) as caught:
        found.receive(signed(b"{}"), b"{}")
    assert "order-sync connect main --secret source.client_secret=env:NAME" in caught.value.next_step
    assert caught.value.about["secret"] == "source.client_secret"


def test_topics_are_subscribed_with_ids_alone_and_compliance_is_set_elsewhere() -> None:
    assert webhooks().topics() == tuple(topic.name for topic in SUBSCRIBED)
    assert webhooks().topics_set_elsewhere() == ("customers/data_request", "customers/redact", "shop/redact")
    assert set(BY_NAME) == {topic.name for topic in (*SUBSCRIBED, *COMPLIANCE)}
    for topic in SUBSCRIBED:
        assert topic.kind is EventKind.UNINSTALLED or set(topic.order_ids) <= set(topic.fields)
        assert not {"email", "phone", "customer", "shipping_address"} & set(topic.fields)
