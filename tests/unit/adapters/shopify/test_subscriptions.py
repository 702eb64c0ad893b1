"""Subscriptions over the Admin API: what is asked, what counts as sound, what is taken for done."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from order_sync.core.errors import AccessDeniedError, MalformedResponseError, RejectedRequestError
from order_sync.core.ports import Subscription, Webhooks
from tests.unit.adapters.shopify.fake_shopify import FakeShopify, graphql_error, page

URI = "https://orders.example.com/webhooks/main"


def a_raw_subscription(number: int = 1, **overrides: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/WebhookSubscription/{number}",
        "topic": "ORDERS_PAID",
        "uri": URI,
        "format": "JSON",
        "filter": None,
        "includeFields": ["id", "admin_graphql_api_id", "updated_at"],
        **overrides,
    }


def payload(name: str, found: Any = None, *errors: str) -> dict[str, Any]:
    listed = [{"field": ["webhookSubscription", "uri"], "message": text} for text in errors]
    return {name: {"webhookSubscription": found, "userErrors": listed}}


def of(shop: FakeShopify) -> Webhooks:
    found = shop.source().webhooks
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("overrides", "sound"),
    [
        ({}, True),
        ({"includeFields": ["id"]}, True),
        ({"format": "XML"}, False),
        ({"filter": "total_price:>100"}, False),
        ({"filter": ""}, True),
        ({"includeFields": ["updated_at"]}, False),
        ({"includeFields": []}, False),  # everything, so names and addresses too
        ({"topic": "ORDERS_EDITED", "includeFields": ["id"]}, False),
        ({"topic": "ORDERS_EDITED", "includeFields": ["order_edit.order_id"]}, True),
        ({"topic": "APP_UNINSTALLED", "includeFields": []}, True),
        ({"topic": "APP_UNINSTALLED", "includeFields": ["id"]}, False),
        ({"topic": "PRODUCTS_UPDATE"}, False),
    ],
)
def test_sound_is_what_can_be_read_comes_always_and_names_nobody(overrides: dict[str, Any], sound: bool) -> None:
    shop = FakeShopify(WebhookSubscriptions={"webhookSubscriptions": page(a_raw_subscription(**overrides))})
    (found,) = of(shop).subscriptions()
    assert found.sound is sound
    assert found.uri == URI


def test_subscriptions_are_read_page_by_page() -> None:
    shop = FakeShopify()
    shop.answers(
        "WebhookSubscriptions",
        {"webhookSubscriptions": page(a_raw_subscription(1), more="c1")},
        {"webhookSubscriptions": page(a_raw_subscription(2, topic="PRODUCTS_UPDATE"))},
    )
    assert [each.topic for each in of(shop).subscriptions()] == ["orders/paid", "PRODUCTS_UPDATE"]
    assert [variables["after"] for _, variables in shop.asked] == [None, "c1"]


def test_subscribing_asks_for_ids_and_a_changing_time_only() -> None:
    """Without updated_at Shopify drops deliveries as repeats (Shopify, "Modify your payloads", debouncing)."""
    shop = FakeShopify(WebhookSubscriptionCreate=payload("webhookSubscriptionCreate", a_raw_subscription()))
    made = of(shop).subscribe("orders/paid", URI)
    assert made == Subscription("gid://shopify/WebhookSubscription/1", "orders/paid", URI)
    wanted = {
        "uri": URI,
        "format": "JSON",
        "filter": None,
        "includeFields": ["id", "admin_graphql_api_id", "updated_at"],
    }
    assert shop.asked == [("WebhookSubscriptionCreate", {"topic": "ORDERS_PAID", "wanted": wanted})]


def test_a_lost_reply_is_asked_for_again_and_taken_then_means_done() -> None:
    """Shopify answers a repeated webhookSubscriptionCreate with a userError: the address has been taken."""
    shop = FakeShopify(WebhookSubscriptions={"webhookSubscriptions": page(a_raw_subscription(7))})
    taken = payload("webhookSubscriptionCreate", None, "Address for this topic has already been taken")
    shop.answers("WebhookSubscriptionCreate", httpx.ReadTimeout("lost"), taken)
    assert of(shop).subscribe("orders/paid", URI).subscription_id == "gid://shopify/WebhookSubscription/7"


def test_an_address_that_the_shop_refuses_is_rejected_with_its_reason() -> None:
    refused = payload("webhookSubscriptionCreate", None, "Address is not allowed")
    shop = FakeShopify(WebhookSubscriptionCreate=refused, WebhookSubscriptions={"webhookSubscriptions": page()})
    with pytest.raises(RejectedRequestError, match="Address is not allowed"):
        of(shop).subscribe("orders/paid", URI)


def test_a_topic_that_the_scopes_do_not_cover_is_access_denied() -> None:
    denied = graphql_error("ACCESS_DENIED", "Access denied", path=["webhookSubscriptionCreate"])
    with pytest.raises(AccessDeniedError):
        of(FakeShopify(WebhookSubscriptionCreate=denied)).subscribe("fulfillments/create", URI)


def test_a_repair_that_leaves_a_filter_replaces_the_subscription() -> None:
    shop = FakeShopify(
        WebhookSubscriptionUpdate=payload("webhookSubscriptionUpdate", a_raw_subscription(1, filter="total_price:>1")),
        WebhookSubscriptionDelete={
            "webhookSubscriptionDelete": {"deletedWebhookSubscriptionId": "x", "userErrors": []}
        },
        WebhookSubscriptionCreate=payload("webhookSubscriptionCreate", a_raw_subscription(2)),
    )
    repaired = of(shop).repair(Subscription("gid://shopify/WebhookSubscription/1", "orders/paid", URI, False), URI)
    assert repaired.subscription_id == "gid://shopify/WebhookSubscription/2"
    assert shop.operations == ["WebhookSubscriptionUpdate", "WebhookSubscriptionDelete", "WebhookSubscriptionCreate"]


def test_a_subscription_that_is_gone_is_made_anew_and_its_end_is_fine() -> None:
    gone = "Webhook subscription does not exist"
    shop = FakeShopify(
        WebhookSubscriptionUpdate=payload("webhookSubscriptionUpdate", None, gone),
        WebhookSubscriptionCreate=payload("webhookSubscriptionCreate", a_raw_subscription(2)),
        WebhookSubscriptionDelete={
            "webhookSubscriptionDelete": {"userErrors": [{"field": ["id"], "message": gone}]},
        },
    )
    repaired = of(shop).repair(Subscription("gid://shopify/WebhookSubscription/1", "orders/paid", URI), URI)
    assert repaired.subscription_id == "gid://shopify/WebhookSubscription/2"
    of(shop).unsubscribe("gid://shopify/WebhookSubscription/1")


def test_other_refusals_of_a_change_are_not_taken_for_done() -> None:
    shop = FakeShopify(
        WebhookSubscriptionUpdate=payload("webhookSubscriptionUpdate", None, "Address is not allowed"),
        WebhookSubscriptionDelete={"webhookSubscriptionDelete": {"userErrors": [{"field": None, "message": "No."}]}},
    )
    with pytest.raises(RejectedRequestError):
        of(shop).repair(Subscription("1", "orders/paid", URI), URI)
    with pytest.raises(RejectedRequestError):
        of(shop).unsubscribe("1")
    shop.answers("WebhookSubscriptionDelete", {"webhookSubscriptionDelete": None})
    with pytest.raises(MalformedResponseError):
        of(shop).unsubscribe("1")
