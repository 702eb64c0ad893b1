"""What can go wrong on the wire, and whether the effect happened all the same."""

import httpx
import pytest

from order_sync.sandbox import Fault

POST = "/v2/orders/"


def stored(sandbox):
    return len(sandbox.supplier.orders)


def test_status_fault_answers_before_anything_happens(sandbox, supplier, order_body):
    sandbox.supplier.faults.add(Fault("status", method="POST", status=429, headers={"Retry-After": "2"}))
    reply = supplier.post(POST, json=order_body())
    assert (reply.status_code, reply.headers["Retry-After"], stored(sandbox)) == (429, "2", 0)


def test_status_after_answers_an_error_although_the_order_is_stored(sandbox, supplier, order_body):
    sandbox.supplier.faults.add(Fault("status_after", method="POST", status=500))
    reply = supplier.post(POST, json=order_body())
    assert (reply.status_code, reply.json()["code"], stored(sandbox)) == (500, "500", 1)


@pytest.mark.parametrize(("kind", "orders"), [("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection_answers_nothing(sandbox, supplier, order_body, kind, orders):
    sandbox.supplier.faults.add(Fault(kind, method="POST"))
    with pytest.raises(httpx.RemoteProtocolError):
        supplier.post(POST, json=order_body())
    assert stored(sandbox) == orders
    assert sandbox.supplier.requests[-1].status is None


def test_malformed_answers_200_with_broken_json_after_the_effect(sandbox, supplier, order_body):
    sandbox.supplier.faults.add(Fault("malformed", method="POST"))
    reply = supplier.post(POST, json=order_body())
    assert (reply.status_code, stored(sandbox)) == (200, 1)
    with pytest.raises(ValueError):
        reply.json()


def test_html_answers_200_with_a_page_after_the_effect(sandbox, supplier, order_body):
    sandbox.supplier.faults.add(Fault("html", method="POST"))
    reply = supplier.post(POST, json=order_body())
    assert (reply.status_code, stored(sandbox)) == (200, 1)
    assert reply.text.startswith("<!DOCTYPE html>")


def test_truncated_ends_before_content_length_after_the_effect(sandbox, supplier, order_body):
    sandbox.supplier.faults.add(Fault("truncated", method="POST"))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        supplier.post(POST, json=order_body())
    assert stored(sandbox) == 1


def test_delay_lets_the_client_give_up_on_an_order_that_was_stored(sandbox, supplier, order_body):
    sandbox.supplier.faults.add(Fault("delay", method="POST", delay_s=0.3))
    with pytest.raises(httpx.ReadTimeout):
        supplier.post(POST, json=order_body(), timeout=0.1)
    assert stored(sandbox) == 1


def test_a_fault_strikes_as_often_as_told_and_only_where_it_matches(sandbox, supplier, order_body):
    sandbox.supplier.faults.add(Fault("status", path_contains="/orders", body_contains="QA-7", times=2, status=503))
    assert supplier.post(POST, json=order_body()).status_code == 200
    answers = [supplier.post(POST, json=order_body(poNumber="QA-7")).status_code for _ in range(3)]
    assert answers == [503, 503, 200]


def test_a_fault_without_times_lasts_until_it_is_cleared(sandbox, supplier):
    sandbox.supplier.faults.add(Fault("status", status=500, times=None))
    assert {supplier.get("/v2/orders/").status_code for _ in range(3)} == {500}
    sandbox.supplier.faults.clear()
    assert supplier.get("/v2/orders/").status_code == 200


def test_probability_strikes_sometimes(sandbox, supplier):
    sandbox.supplier.faults.add(Fault("status", status=500, times=None, probability=0.5))
    assert {supplier.get("/v2/orders/").status_code for _ in range(30)} == {200, 500}


def test_a_fault_that_means_nothing_is_refused():
    with pytest.raises(ValueError, match="unknown fault kind"):
        Fault("gremlin")
    with pytest.raises(ValueError, match="needs a status"):
        Fault("status")


def test_faults_strike_the_shop_too(sandbox, shop_client):
    sandbox.shopify.faults.add(Fault("status", status=503, path_contains="graphql"))
    body = {"query": "{ shop { name } }"}
    answers = [shop_client.post("/admin/api/2026-10/graphql.json", json=body).status_code for _ in range(2)]
    assert answers == [503, 200]
