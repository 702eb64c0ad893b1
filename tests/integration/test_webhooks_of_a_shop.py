"""Webhooks over loopback: the public API against the simulated shop, and its own signed deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from order_sync import OrderSync
from order_sync.core.errors import ConfigurationError, EventSignatureError
from order_sync.core.model.shop_event import EventKind
from order_sync.core.ports import Webhooks
from order_sync.sandbox import Sandbox
from order_sync.sandbox.http import SandboxServer
from order_sync.sandbox.messages import Reply, Request
from order_sync.sandbox.shopify.model import WebhookSubscription

ADDRESS = "https://orders.example.com"
URI = f"{ADDRESS}/webhooks/main"


@pytest.fixture
def sync(sandbox: Sandbox, tmp_path: Path) -> Iterator[OrderSync]:
    credentials = sandbox.credentials()
    settings = {
        "source.shop": credentials["shop"],
        "source.base_url": credentials["shopify_base_url"],
        "supplier.account": credentials["account"],
        "supplier.base_url": credentials["supplier_base_url"],
    }
    secrets = {"source.token": credentials["token"], "supplier.api_key": credentials["api_key"]}
    with OrderSync(home=tmp_path, environment={}) as opened:
        opened.connect("main", source="shopify", supplier="ssactivewear", settings=settings, secrets=secrets)
        yield opened


def with_secret(sync: OrderSync, sandbox: Sandbox) -> Webhooks:
    sync.connect("main", secrets={"source.client_secret": sandbox.shopify.client_secret})
    webhooks = sync.built("main").source.webhooks
    assert webhooks is not None
    return webhooks


def kept(sandbox: Sandbox) -> dict[str, WebhookSubscription]:
    return sandbox.shopify.webhook_subscriptions


def put(sandbox: Sandbox, topic: str, uri: str, **more: object) -> str:
    shop = sandbox.shopify
    item = WebhookSubscription(shop.new_id("WebhookSubscription"), topic, uri, shop.now(), shop.now(), **more)  # type: ignore[arg-type]
    kept(sandbox)[item.id] = item
    return item.id


def test_registering_twice_leaves_what_registering_once_leaves(sync: OrderSync, sandbox: Sandbox) -> None:
    done = sync.register_webhooks("main", ADDRESS + "/")
    assert len(done.added) == 9 and done.uri == URI
    before = {each.id: each.updated_at for each in kept(sandbox).values()}
    again = sync.register_webhooks("main")
    assert (again.unchanged, again.added, again.repaired, again.removed) == (done.added, (), (), ())
    assert {each.id: each.updated_at for each in kept(sandbox).values()} == before
    assert all("email" not in each.include_fields for each in kept(sandbox).values())


def test_drift_is_repaired_repeats_removed_and_other_endpoints_left(sync: OrderSync, sandbox: Sandbox) -> None:
    moved = put(sandbox, "ORDERS_PAID", "https://old.example.com/webhooks/main", include_fields=["id"])
    filtered = put(sandbox, "ORDERS_UPDATED", URI, include_fields=["id"], filter="total_price:>100")
    xml = put(sandbox, "ORDERS_CREATE", URI, format="XML", include_fields=["id"])
    whole = put(sandbox, "REFUNDS_CREATE", URI)
    good = put(sandbox, "ORDERS_EDITED", URI, include_fields=["order_edit.order_id"])
    repeat = put(sandbox, "ORDERS_EDITED", "http://127.0.0.1:9/webhooks/main")
    foreign = put(sandbox, "ORDERS_PAID", f"{ADDRESS}/webhooks/second")
    status = sync.webhooks_status("main", ADDRESS)
    assert {each.subscription_id for each in status.drifted} == {moved, filtered, xml, whole}
    assert [each.subscription_id for each in status.surplus] == [repeat]
    sync.register_webhooks("main", ADDRESS)
    assert {moved, filtered, xml, whole, good, foreign} <= set(kept(sandbox)) and repeat not in kept(sandbox)
    assert sync.webhooks_status("main").complete
    assert kept(sandbox)[filtered].filter is None and kept(sandbox)[xml].format == "JSON"
    removed = sync.remove_webhooks("main")
    assert (len(removed.removed), list(kept(sandbox))) == (9, [foreign])


def test_without_an_address_the_command_that_gives_it_is_named(sync: OrderSync) -> None:
    for call in (sync.webhooks_status, sync.register_webhooks):
        with pytest.raises(ConfigurationError) as caught:
            call("main")
        assert "order-sync webhooks main register --address https://" in caught.value.next_step
    with pytest.raises(ConfigurationError, match=r"source\.webhook_address"):
        sync.register_webhooks("main", "http://orders.example.com")


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("orders/paid", EventKind.LOOK),
        ("orders/edited", EventKind.LOOK),
        ("fulfillments/create", EventKind.LOOK),
        ("refunds/create", EventKind.LOOK),
        ("customers/data_request", EventKind.EXPORT_PERSON),
        ("customers/redact", EventKind.ERASE_PERSON),
        ("shop/redact", EventKind.ERASE_SHOP),
        ("app/uninstalled", EventKind.UNINSTALLED),
    ],
)
def test_what_the_shop_signs_is_understood(sync: OrderSync, sandbox: Sandbox, topic: str, kind: EventKind) -> None:
    webhooks = with_secret(sync, sandbox)
    shop = sandbox.shopify
    order_id = shop.add_order([("B00760004", 2)])
    line = shop.orders[order_id].lines[0].id
    shop.refund(order_id, {line: 1})
    shop.fulfill(order_id)
    about_order = not topic.startswith(("shop/", "app/"))
    delivery = shop.webhook(topic, order_id if about_order else None)
    headers = {name.lower(): text for name, text in delivery.headers.items()}
    event = webhooks.receive(headers, delivery.body)
    assert (event.topic, event.kind) == (topic, kind)
    assert order_id in (event.order_id, *event.order_ids) or not about_order
    assert event.triggered_at is not None
    with pytest.raises(EventSignatureError):
        webhooks.receive(headers, delivery.tampered().body)


class Receiver(SandboxServer):
    """Answers 200 to everything and keeps it as it came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[Request] = []

    def respond(self, request: Request) -> Reply:
        self.came.append(request)
        return Reply.json(200, {})


def test_what_is_delivered_to_the_registered_address_has_ids_and_no_person(sync: OrderSync, sandbox: Sandbox) -> None:
    webhooks = with_secret(sync, sandbox)
    order_id = sandbox.shopify.add_order([("B00760004", 2)])
    sandbox.shopify.fulfill(order_id)
    receiver = Receiver()
    receiver.start()
    try:
        sync.register_webhooks("main", receiver.base_url)
        for topic in ("ORDERS_PAID", "FULFILLMENTS_CREATE", "ORDERS_EDITED"):
            assert sandbox.shopify.deliver_webhook(topic, order_id) == [200]
    finally:
        receiver.stop()
    assert [request.path for request in receiver.came] == ["/webhooks/main"] * 3
    for request in receiver.came:
        assert webhooks.receive(request.headers, request.body).order_id == order_id
        assert b"customer@example.com" not in request.body and b"Larch" not in request.body


def test_a_replaced_secret_is_honoured_without_a_restart(sync: OrderSync, sandbox: Sandbox) -> None:
    webhooks = with_secret(sync, sandbox)
    order_id = sandbox.shopify.add_order([("B00760004", 2)])
    sandbox.shopify.client_secret = "another-secret"
    sync.container.settings_store().set_secret("main", "source.client_secret", "another-secret")
    delivery = sandbox.shopify.webhook("orders/paid", order_id)
    headers = {name.lower(): text for name, text in delivery.headers.items()}
    assert webhooks.receive(headers, delivery.body).order_id == order_id


def test_the_doctor_goes_from_no_secret_to_no_address_to_missing_to_ok(sync: OrderSync, sandbox: Sandbox) -> None:
    def look() -> tuple[str, str, str]:
        (check,) = [check for check in sync.doctor("main") if check.name == "webhooks"]
        return check.status, check.detail, check.remedy

    status, detail, remedy = look()
    assert status == "warn" and "still finds every order" in detail and "source.client_secret" in remedy
    with_secret(sync, sandbox)
    status, detail, remedy = look()
    assert status == "warn" and "address" in detail and "register --address" in remedy
    sync.register_webhooks("main", ADDRESS)
    assert look()[0] == "ok"
    kept(sandbox).popitem()
    next(iter(kept(sandbox).values())).uri = "https://old.example.com/webhooks/main"
    status, detail, remedy = look()
    assert status == "warn" and "missing: app/uninstalled" in detail and "drifted: orders/create" in detail
    assert remedy == "order-sync webhooks main register"
