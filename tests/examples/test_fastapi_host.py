"""The FastAPI host of the examples, beside the simulated shop and supplier."""

from __future__ import annotations

import pytest

from order_sync import OrderSync
from tests.examples.hosts import hosted
from tests.faults.harness import connect, post, wait_for

PASSWORD = "correct horse battery"


@pytest.fixture
def client(tmp_path, sandbox):
    with OrderSync(home=tmp_path, environment={}) as sync:
        connect(sync, sandbox)
    told = {"BACK_OFFICE_PASSWORD": PASSWORD, "BACK_OFFICE_KEY": "k" * 40}
    with hosted("fastapi_host", tmp_path, "--factory", "app:create_app", **told) as client:
        yield client


def log_in(client):
    answer = client.post("/login", data={"name": "quill", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/order-sync/")


def test_an_order_flows_from_the_shop_to_the_supplier_through_the_host(client, sandbox):
    hook = str(client.base_url).rstrip("/") + "/order-sync"
    paid = sandbox.shopify.webhook("orders/paid", sandbox.shopify.add_order([("B00760004", 2)]))
    assert post(hook, paid) == 200
    assert client.get("/records/main").status_code == 401
    assert client.get("/order-sync/orders").status_code == 401, "the pages are the host's to open"
    assert client.post("/login", data={"name": "quill", "password": "wrong"}).status_code == 401
    log_in(client)
    wait_for(lambda: [r["state"] for r in client.get("/records/main").json()] == ["placed"], "it is bought")
    page = client.get("/order-sync/orders")
    assert page.status_code == 200 and "#1001" in page.text
    assert client.get("/order-sync/health").text == "ok"

    sandbox.shopify.add_order([("B00760004", 1)])  # an event that never came
    bought = client.post("/orders/main/1002/buy").json()
    assert (bought["state"], bought["records"][0]["order"]) == ("placed", "#1002")
    assert client.post("/orders/main/1002/buy").json()["state"] == "placed"
    assert client.post("/orders/main/9999/buy").json()["error"] == "order_not_found"
    assert client.post("/orders/none/1/buy").json()["error"] == "unknown_connection"
    assert len(sandbox.supplier.orders) == 2
