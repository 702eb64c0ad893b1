"""Shopify's webhooks: signed by the simulated shop, subscribed to over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from order_sync.plugins.contracts import Delivery, ManualClock, WebhooksBench, WebhooksContract
from order_sync.plugins.contracts.wire import Wire, over_http
from order_sync.plugins.registry import OrderSourceContext
from order_sync.selfcheck.test_shopify import a_shop, is_write, the_plugin

SIGNATURE = "x-shopify-hmac-sha256"


class TestShopify(WebhooksContract):
    @pytest.fixture
    def bench(self):
        clock = ManualClock()
        wire = Wire(over_http(), writes=is_write)
        with a_shop(clock) as shop:
            order_id = shop.add_order([("B00760004", 2)], email="dana@example.com")
            shop.fulfill(order_id)
            shop.refund(order_id, {shop.orders[order_id].lines[0].id: 1}, "RETURN")

            def source(secrets):
                settings = {"shop": shop.domain, "base_url": shop.base_url}
                return the_plugin().build(OrderSourceContext("main", settings, secrets.get, clock, wire))

            def deliver(topic):
                about_shop = topic in ("app/uninstalled", "shop/redact")
                made = shop.webhook(topic, None if about_shop else order_id)
                return Delivery({name.lower(): value for name, value in made.headers.items()}, made.body)

            def sign(delivery):
                mac = hmac.new(shop.client_secret.encode(), delivery.body, hashlib.sha256).digest()
                headers = {**delivery.headers, SIGNATURE: base64.b64encode(mac).decode()}
                return replace(delivery, headers=headers)

            def with_header(name, value):
                genuine = deliver("orders/paid")
                return sign(replace(genuine, headers={**genuine.headers, name: value}))

            def spoil(subscription_id):
                shop.webhook_subscriptions[subscription_id].filter = "financial_status:refunded"

            sources = [source({"token": shop.token, "client_secret": shop.client_secret}), source({})]
            yield WebhooksBench(
                webhooks=sources[0].webhooks,
                without_secret=sources[1].webhooks,
                deliver=deliver,
                order_id=order_id,
                personal=("Dana", "Quill", "Larch", "dana@example.com", "owner@example.com"),
                sign=sign,
                signature_header=SIGNATURE,
                another_shop=lambda: with_header("x-shopify-shop-domain", "other.myshopify.com"),
                unknown_topic=lambda: with_header("x-shopify-topic", "carts/update"),
                spoil=spoil,
                wire=wire,
            )
            for each in sources:
                each.close()
            wire.inner.close()
