"""What the law asks is done also while a connection rests."""

from __future__ import annotations

import pytest

from tests.faults.harness import connect, opened, post, serving, wait_for
from tests.faults.scenarios import STREET, World


@pytest.mark.parametrize("topic", ["customers/redact", "shop/redact"])
def test_who_asks_to_be_forgotten_is_forgotten_after_the_app_was_uninstalled(tmp_path, sandbox, topic):
    """Shopify sends shop/redact 48 hours after app/uninstalled (Shopify, "Privacy law compliance")."""
    with opened(tmp_path) as sync:
        connect(sync, sandbox)
        world = World(tmp_path, sandbox, sandbox.shopify.add_order([("B00760004", 2)]))
        sync.handle_new_order("main", world.order_id)
        assert STREET in world.stored()
        gone, forget = world.events("app/uninstalled", topic)
        service = sync.service(workers=1, look_every_s=None)
        with service, serving(sync.asgi_app(service)) as url:
            assert post(url, gone) == 200
            wait_for(lambda: sync.container.pauses().all(), "the connection rests")
            assert post(url, forget) == 200
            wait_for(lambda: STREET not in world.stored(), "nothing is left of the customer")
            wait_for(lambda: not sync.container.inbox().stats().waiting, "both events are applied")


def test_an_order_of_a_connection_that_rests_waits_until_it_is_connected_again(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox)
        order = sandbox.shopify.add_order([("B00760004", 2)])
        service = sync.service(workers=1, look_every_s=None)
        with service, serving(sync.asgi_app(service)) as url:
            assert post(url, sandbox.shopify.webhook("app/uninstalled")) == 200
            wait_for(lambda: sync.container.pauses().all(), "the connection rests")
            assert post(url, sandbox.shopify.webhook("orders/paid", order)) == 200
            wait_for(lambda: sync.container.inbox().stats().waiting == {"main": 1}, "one event waits")
            assert sandbox.supplier.orders == []
            sync.connect("main", secrets={"source.token": sandbox.credentials()["token"]})
            wait_for(lambda: len(sandbox.supplier.orders) == 1, "the order is bought")
