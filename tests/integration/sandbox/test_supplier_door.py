"""Firewall, key, rate limit, routes."""

import httpx
import pytest


def test_a_wrong_key_is_401_by_default_and_403_html_by_knob(sandbox):
    with httpx.Client(auth=("00099", "wrong"), headers={"User-Agent": "tests/1"}) as client:
        url = sandbox.supplier.base_url + "/v2/orders/"
        assert client.get(url).status_code == 401
        sandbox.supplier.knobs.bad_key_status, sandbox.supplier.knobs.bad_key_html = 403, True
        reply = client.get(url)
        assert (reply.status_code, reply.text[:6]) == (403, "<html>")


@pytest.mark.parametrize("agent", ["", "node", "python-httpx/0.28.1"])
def test_the_firewall_answers_html_403_to_a_runtime_agent_with_a_good_key(sandbox, supplier, agent):
    reply = supplier.get("/v2/orders/", headers={"User-Agent": agent})
    assert reply.status_code == 403
    assert "text/html" in reply.headers["Content-Type"]
    sandbox.supplier.knobs.user_agent_firewall = False
    assert supplier.get("/v2/orders/", headers={"User-Agent": agent}).status_code == 200


def test_sixty_requests_a_minute_then_429_until_the_next_minute(sandbox, supplier, clock):
    replies = [supplier.get("/v2/orders/") for _ in range(61)]
    left = [int(reply.headers["X-Rate-Limit-Remaining"]) for reply in replies]
    assert left[:2] == [59, 58]
    assert [reply.status_code for reply in replies[-2:]] == [200, 429]
    clock.advance(60)
    assert supplier.get("/v2/orders/").headers["X-Rate-Limit-Remaining"] == "59"


def test_without_a_limit_no_request_is_refused(sandbox, supplier):
    sandbox.supplier.knobs.rate_limit_per_minute = None
    assert {supplier.get("/v2/orders/").status_code for _ in range(70)} == {200}


def test_paths_and_query_names_have_no_case_and_the_slash_is_optional(supplier, order_body):
    supplier.post("/V2/Orders", json=order_body())
    reply = supplier.get("/v2/ORDERS/qa-1000,QA-1000?LINES=True&nosuch=1")
    assert reply.json()[0]["lines"][0]["qtyOrdered"] == 2


def test_an_unknown_resource_is_the_documented_404(supplier):
    reply = supplier.get("/v2/nosuch/")
    assert reply.status_code == 404
    assert reply.json()["messageDetail"] == "No type was found that matches the controller named 'nosuch'."
