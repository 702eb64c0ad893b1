"""Events in, orders out; health and metrics."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from order_sync.core.errors import StorageError
from tests.faults.harness import wait_for
from tests.integration.web.conftest import served


def test_a_paid_order_is_bought_as_soon_as_its_event_arrives_and_repeats_are_counted(sync, sandbox):
    with sync.service(workers=2, look_every_s=None) as service, served(sync.asgi_app(service)) as url:
        order = sandbox.shopify.add_order([("B00760004", 2)])
        paid = sandbox.shopify.webhook("orders/paid", order)
        assert [paid.send(f"{url}/webhooks/main") for _ in range(3)] == [200, 200, 200]
        wait_for(lambda: [r.state for r in sync.records("main")] == ["placed"], "it is done")
        numbers = httpx.get(f"{url}/metrics").text
    assert len(sandbox.supplier.orders) == 1
    assert 'order_sync_events_total{connection="main",outcome="stored",topic="orders/paid"} 1.0' in numbers
    assert 'order_sync_events_total{connection="main",outcome="repeat",topic="orders/paid"} 2.0' in numbers
    assert 'order_sync_records{connection="main",mode="live",state="placed"} 1.0' in numbers
    assert "order_sync_in_doubt 0.0" in numbers
    assert 'operation="POST /v2/orders/",outcome="200"} 1.0' in numbers


def test_several_topics_of_one_act_are_all_stored(sync, sandbox):
    with served(sync.asgi_app()) as url:
        order = sandbox.shopify.add_order([("B00760004", 2)])
        for topic in ("orders/paid", "orders/updated"):
            assert sandbox.shopify.webhook(topic, order).send(f"{url}/webhooks/main") == 200
    assert [entry.event.topic for entry in sync.container.inbox().waiting("main", order)] == [
        "orders/paid",
        "orders/updated",
    ]


def test_events_that_came_while_nobody_worked_are_worked_off_by_the_next_sync(sync, sandbox):
    with served(sync.asgi_app()) as url:
        order = sandbox.shopify.add_order([("B00760004", 2)])
        assert sandbox.shopify.webhook("orders/paid", order).send(f"{url}/webhooks/main") == 200
    assert sync.records("main") == ()
    sync.sync("main")
    assert [r.state for r in sync.records("main")] == ["placed"]
    assert sync.container.inbox().stats().waiting == {}


def test_an_event_is_never_acknowledged_when_the_ledger_cannot_store_it(sync, sandbox, mocker):
    order = sandbox.shopify.add_order([("B00760004", 2)])
    paid = sandbox.shopify.webhook("orders/paid", order)
    with served(sync.asgi_app()) as url:
        mocker.patch.object(sync.container.inbox(), "add", side_effect=StorageError("The disk is full."))
        assert paid.send(f"{url}/webhooks/main") == 503
        mocker.stopall()
        assert paid.send(f"{url}/webhooks/main") == 200


def test_a_missing_client_secret_is_a_failure_of_ours_so_the_shop_sends_again(sync, sandbox, tmp_path):
    paid = sandbox.shopify.webhook("orders/paid", sandbox.shopify.add_order([("B00760004", 2)]))
    secrets = tmp_path / "secrets.json"
    stored = json.loads(secrets.read_text())
    text = json.dumps(stored).replace("source.client_secret", "source.client_secret_gone")
    secrets.write_text(text)
    with served(sync.asgi_app()) as url:
        assert paid.send(f"{url}/webhooks/main") == 503


def test_health_says_ok_or_not_ready_and_nothing_else(sync, mocker):
    with sync.service(workers=1, look_every_s=None) as service, served(sync.asgi_app(service)) as url:
        assert httpx.get(f"{url}/health").text == httpx.get(f"{url}/health/live").text == "ok"
        mocker.patch.object(service, "problem", return_value="a thread ended")
        answer = httpx.get(f"{url}/health/ready")
        assert (answer.status_code, answer.text) == (503, "not ready")
        assert httpx.get(f"{url}/health/live").status_code == 200


def test_a_service_whose_ledger_cannot_be_written_is_not_ready_and_logs_why(sync, sandbox, mocker, caplog):
    order = sandbox.shopify.add_order([("B00760004", 1)])
    mocker.patch.object(sync.container.ledger(), "claim", side_effect=StorageError("The disk is full."))
    with sync.service(workers=1, look_every_s=None) as service, served(sync.asgi_app(service)) as url:
        assert sandbox.shopify.webhook("orders/paid", order).send(f"{url}/webhooks/main") == 200
        wait_for(lambda: httpx.get(f"{url}/health").status_code == 503, "it is not ready")
        mocker.stopall()
        wait_for(lambda: httpx.get(f"{url}/health").status_code == 200, "it is ready again")
    assert "The disk is full." in caplog.text
    assert [str(record.state) for record in sync.records("main")] == ["placed"]


@pytest.mark.parametrize("environment", [{"ORDER_SYNC_METRICS_TOKEN": "letmein"}])
def test_metrics_are_read_with_the_token_where_one_is_set(sync):
    with served(sync.asgi_app()) as url:
        assert httpx.get(f"{url}/metrics").status_code == 401
        assert httpx.get(f"{url}/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert httpx.get(f"{url}/metrics", headers={"Authorization": "Bearer letmein"}).status_code == 200


def test_without_a_token_metrics_are_for_this_machine_and_not_for_what_a_proxy_on_it_passes_on(sync):
    with served(sync.asgi_app()) as url:
        assert httpx.get(f"{url}/metrics").status_code == 200
        assert httpx.get(f"{url}/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 401


def test_a_body_that_is_never_sent_is_not_waited_for(sync, sandbox, mocker):
    mocker.patch("order_sync.web.webhooks.BODY_WITHIN_S", 0.2)
    with served(sync.asgi_app()) as url:
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port), timeout=10) as caller:
            caller.sendall(b"POST /webhooks/main HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            assert b" 408 " in caller.recv(200)


def test_a_host_mounts_the_application_in_its_own(sync, sandbox):
    host = Starlette(routes=[Mount("/order-sync", sync.asgi_app())])
    with served(host) as url:
        order = sandbox.shopify.add_order([("B00760004", 2)])
        assert sandbox.shopify.webhook("orders/paid", order).send(f"{url}/order-sync/webhooks/main") == 200
    assert sync.container.inbox().stats().waiting == {"main": 1}


def test_a_persons_data_request_is_answered_with_a_private_file(sync, sandbox, tmp_path):
    order = sandbox.shopify.add_order([("B00760004", 2)])
    sync.handle_new_order("main", order)
    request = sandbox.shopify.webhook("customers/data_request", order)
    with sync.service(workers=1, look_every_s=None) as service, served(sync.asgi_app(service)) as url:
        assert request.send(f"{url}/webhooks/main") == 200
        wait_for(lambda: list((tmp_path / "exports").glob("*.json")), "it is done")
    (exported,) = (tmp_path / "exports").glob("*.json")
    assert exported.stat().st_mode & 0o777 == 0o600
    (record,) = json.loads(exported.read_text())["records"]
    assert record["order_id"] == order and record["intent_body"]


def test_a_person_who_asks_to_be_forgotten_is_forgotten_and_the_order_is_not_bought_again(sync, sandbox, tmp_path):
    order = sandbox.shopify.add_order([("B00760004", 2)])
    sync.handle_new_order("main", order)
    street = sandbox.supplier.orders[0]["shippingAddress"]["address"]
    assert street in _all_bytes(tmp_path)
    redact = sandbox.shopify.webhook("customers/redact", order)
    with sync.service(workers=1, look_every_s=None) as service, served(sync.asgi_app(service)) as url:
        assert redact.send(f"{url}/webhooks/main") == 200
        wait_for(lambda: not sync.container.inbox().stats().waiting, "it is done")
    (record,) = sync.records("main")
    assert record.intent_body is None and record.state == "placed"
    assert street not in _all_bytes(tmp_path)
    sync.handle_new_order("main", order, explicit=True)
    assert len(sandbox.supplier.orders) == 1


def test_an_uninstalled_app_pauses_its_connection_until_it_is_connected_again(sync, sandbox):
    gone = sandbox.shopify.webhook("app/uninstalled")
    with sync.service(workers=1, look_every_s=None) as service, served(sync.asgi_app(service)) as url:
        assert gone.send(f"{url}/webhooks/main") == 200
        wait_for(lambda: "main" in sync.container.pauses().all(), "it is done")
    pause = sync.container.pauses().all()["main"]
    assert (pause.code, pause.until) == ("uninstalled", None)
    assert any(check.name == "pause" and check.status == "fail" for check in sync.doctor("main"))
    sync.connect("main", secrets={"source.token": sandbox.credentials()["token"]})
    assert sync.container.pauses().all() == {}


def _all_bytes(folder: Path) -> str:
    return "".join(p.read_bytes().decode("utf-8", "replace") for p in folder.rglob("*") if p.is_file())
