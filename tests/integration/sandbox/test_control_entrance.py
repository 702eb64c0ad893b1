"""The entrance for tests that run in another process."""

import httpx
import pytest

BODY = {"query": "{ shop { name } }"}


@pytest.fixture
def outside():
    with httpx.Client(timeout=5) as client:
        yield client


def test_faults_are_switched_on_and_off_over_http(sandbox, supplier, outside):
    url = sandbox.supplier.base_url + "/__sandbox__/faults"
    assert outside.post(url, json={"kind": "status", "status": 502, "times": None}).status_code == 201
    assert supplier.get("/v2/orders/").status_code == 502
    assert [fault["kind"] for fault in outside.get(url).json()] == ["status"]
    assert outside.delete(url).status_code == 204
    assert supplier.get("/v2/orders/").status_code == 200


def test_a_wrong_fault_is_answered_with_a_sentence(sandbox, outside):
    reply = outside.post(sandbox.supplier.base_url + "/__sandbox__/faults", json={"kind": "status", "sttus": 1})
    assert reply.status_code == 400
    assert "sttus" in reply.json()["error"]


def test_received_requests_are_recorded_without_secrets(sandbox, supplier, shop_client, order_body, outside):
    supplier.post("/v2/orders/?mediatype=json", json=order_body())
    shop_client.post("/admin/api/2026-10/graphql.json", json=BODY)
    shop_client.post("/admin/oauth/access_token", data={"client_secret": sandbox.shopify.client_secret})
    bought = outside.get(sandbox.supplier.base_url + "/__sandbox__/received").json()
    sold = outside.get(sandbox.shopify.base_url + "/__sandbox__/received").json()
    assert (bought[0]["method"], bought[0]["path"], bought[0]["status"]) == ("POST", "/v2/orders/", 200)
    assert bought[0]["query"] == {"mediatype": "json"}
    assert bought[0]["body"]["poNumber"] == "QA-1000"
    text = str(bought) + str(sold)
    for secret in (sandbox.supplier.api_key, sandbox.shopify.token, sandbox.shopify.client_secret, "Basic "):
        assert secret not in text
    outside.delete(sandbox.supplier.base_url + "/__sandbox__/received")
    assert sandbox.supplier.requests == []


def test_state_shows_orders_and_stock(sandbox, supplier, order_body, outside):
    supplier.post("/v2/orders/", json=order_body())
    state = outside.get(sandbox.supplier.base_url + "/__sandbox__/state").json()
    assert [order["poNumber"] for order in state["orders"]] == ["QA-1000"]
    assert sum(state["stock"]["B00760004"].values()) == 1998
    assert state["crashes"] == []


def test_the_clock_is_pushed_for_both_servers(sandbox, clock, outside):
    before = clock()
    outside.post(sandbox.supplier.base_url + "/__sandbox__/clock", json={"advance_s": 3600})
    assert (clock() - before).total_seconds() == 3600
    assert sandbox.shopify.clock() == clock()


def test_orders_are_shipped_and_stock_and_knobs_set_over_http(sandbox, supplier, order_body, outside):
    entrance = sandbox.supplier.base_url + "/__sandbox__/"
    number = supplier.post("/v2/orders/", json=order_body()).json()[0]["orderNumber"]
    assert outside.post(entrance + "ship", json={"orderNumber": number}).json()["orderStatus"] == "Shipped"
    outside.post(entrance + "stock", json={"sku": "B00760004", "warehouse": "IL", "qty": 1})
    assert sandbox.supplier.book.products["B00760004"].stock["IL"] == 1
    outside.post(entrance + "knobs", json={"no_match_is_404": False})
    assert supplier.get("/v2/orders/NOPE").json() == []
    assert outside.post(entrance + "knobs", json={"no_mach": 1}).status_code == 400


def test_the_shop_takes_orders_and_acts_over_http(sandbox, outside):
    entrance = sandbox.shopify.base_url + "/__sandbox__/"
    made = outside.post(entrance + "orders", json={"lines": [["B00760004", 2]], "financial_status": "PENDING"})
    order_id = made.json()["id"]
    outside.post(entrance + "pay", json={"order_id": order_id})
    outside.post(entrance + "fulfill", json={"order_id": order_id})
    shown = outside.get(entrance + "state").json()["orders"][0]
    assert (shown["financial_status"], shown["fulfillment_status"]) == ("PAID", "FULFILLED")


def test_an_unknown_command_is_404(sandbox, outside):
    assert outside.post(sandbox.supplier.base_url + "/__sandbox__/dance", json={}).status_code == 404
