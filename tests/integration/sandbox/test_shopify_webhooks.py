"""Signed webhooks, delivered to whoever subscribed."""

import base64
import hashlib
import hmac
import json

import httpx
import pytest

from order_sync.sandbox.http import SandboxServer
from order_sync.sandbox.messages import Reply


class Receiver(SandboxServer):
    """The app's own address: answers 200 to everything and keeps it."""

    def respond(self, request):
        return Reply.json(200, {})


@pytest.fixture
def receiver():
    server = Receiver()
    server.start()
    yield server
    server.stop()


def signature(delivery, secret):
    return base64.b64encode(hmac.new(secret.encode(), delivery.body, hashlib.sha256).digest()).decode()


def test_a_webhook_is_signed_with_the_client_secret(sandbox):
    shop = sandbox.shopify
    order_id = shop.add_order([("B00760004", 2)])
    delivery = shop.webhook("ORDERS_PAID", order_id)
    headers = delivery.headers
    assert headers["X-Shopify-Hmac-Sha256"] == signature(delivery, shop.client_secret)
    assert headers["X-Shopify-Hmac-Sha256"] != signature(delivery.tampered(), shop.client_secret)
    assert (headers["X-Shopify-Topic"], headers["X-Shopify-Shop-Domain"]) == (
        "orders/paid",
        "demo.myshopify.com",
    )
    assert headers["X-Shopify-Triggered-At"].startswith("2026-03-03T15:00:00")
    assert {"X-Shopify-Webhook-Id", "X-Shopify-Event-Id", "X-Shopify-API-Version"} <= set(headers)
    body = json.loads(delivery.body)
    assert (body["admin_graphql_api_id"], body["financial_status"]) == (order_id, "paid")


def test_two_webhooks_have_different_ids_and_the_same_one_can_be_sent_twice(sandbox, receiver):
    order_id = sandbox.shopify.add_order([("B00760004", 2)])
    first, second = (sandbox.shopify.webhook("orders/paid", order_id) for _ in range(2))
    assert first.headers["X-Shopify-Webhook-Id"] != second.headers["X-Shopify-Webhook-Id"]
    assert [first.send(receiver.base_url + "/hook") for _ in range(2)] == [200, 200]
    ids = {row.headers["x-shopify-webhook-id"] for row in receiver.requests}
    assert ids == {first.headers["X-Shopify-Webhook-Id"]}


def test_a_webhook_goes_to_every_subscription_of_its_topic(sandbox, receiver, gql, operation):
    hook = {"uri": receiver.base_url + "/hook"}
    gql(operation("WebhookSubscriptionCreate"), topic="FULFILLMENTS_CREATE", webhookSubscription=hook)
    order_id = sandbox.shopify.add_order([("B00760004", 2)])
    parcel_id = sandbox.shopify.fulfill(order_id, tracking={"company": "UPS", "numbers": ["1Z1"]})
    assert sandbox.shopify.deliver_webhook("ORDERS_PAID", order_id) == []
    assert sandbox.shopify.deliver_webhook("FULFILLMENTS_CREATE", order_id) == [200]
    body = receiver.requests[0].body
    assert (body["admin_graphql_api_id"], body["tracking_number"]) == (parcel_id, "1Z1")


def test_a_webhook_goes_to_the_target_and_can_be_asked_for_over_http(sandbox, receiver):
    entrance = sandbox.shopify.base_url + "/__sandbox__/"
    httpx.post(entrance + "webhook_target", json={"url": receiver.base_url + "/hook"})
    answer = httpx.post(entrance + "webhook", json={"topic": "app/uninstalled"})
    assert answer.json() == {"statuses": [200]}
    assert receiver.requests[0].headers["x-shopify-topic"] == "app/uninstalled"


def test_include_fields_leave_only_what_a_subscription_asks_for(sandbox, receiver, gql, operation):
    """A period names a member of a member; the signature is over what is left (Shopify, "Modify your payloads")."""
    for name, fields in (("a", ["id", "shipping_address.city"]), ("b", [])):
        hook = {"uri": f"{receiver.base_url}/{name}", "includeFields": fields}
        gql(operation("WebhookSubscriptionCreate"), topic="ORDERS_PAID", webhookSubscription=hook)
    order_id = sandbox.shopify.add_order([("B00760004", 2)])
    assert sandbox.shopify.deliver_webhook("ORDERS_PAID", order_id) == [200, 200]
    bodies = {request.path: request.body for request in receiver.requests}
    assert set(bodies["/a"]) == {"id", "shipping_address"} and set(bodies["/a"]["shipping_address"]) == {"city"}
    assert {"email", "line_items"} <= set(bodies["/b"])
    assert len({request.headers["x-shopify-event-id"] for request in receiver.requests}) == 1


@pytest.mark.parametrize(
    ("topic", "members"),
    [
        ("customers/data_request", {"shop_id", "shop_domain", "orders_requested", "customer", "data_request"}),
        ("customers/redact", {"shop_id", "shop_domain", "customer", "orders_to_redact"}),
        ("shop/redact", {"shop_id", "shop_domain"}),
    ],
)
def test_compliance_bodies_have_the_members_that_shopify_documents(sandbox, topic, members):
    """Source: Shopify, "Privacy law compliance", sample payloads."""
    order_id = sandbox.shopify.add_order([("B00760004", 2)])
    body = json.loads(sandbox.shopify.webhook(topic, None if topic == "shop/redact" else order_id).body)
    assert set(body) == members
    assert body["shop_domain"] == "demo.myshopify.com"
