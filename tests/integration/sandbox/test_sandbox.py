"""The sandbox as a whole."""

import subprocess
import sys
import threading
import time

import httpx
import pytest

from order_sync.sandbox import Sandbox


def test_importing_the_sandbox_loads_no_graphql_library():
    code = "import sys, order_sync.sandbox; sys.exit('graphql' in sys.modules or 'httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_sandbox_starts_fast_tells_its_credentials_and_stops():
    started = time.monotonic()
    with Sandbox(shop="other.myshopify.com", seed=3) as sandbox:
        assert time.monotonic() - started < 1.5
        told = sandbox.credentials()
        assert set(told) == {
            "shop", "shopify_base_url", "token", "client_id", "client_secret",
            "supplier_base_url", "account", "api_key", "profile_email",
        }  # fmt: skip
        assert told["shop"] == "other.myshopify.com"
        url = told["supplier_base_url"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_two_sandboxes_have_different_ids_and_one_seed_repeats_them():
    first, second, again = (Sandbox(seed=seed).shopify.add_order([("A", 1)]) for seed in (1, 2, 1))
    assert first != second
    assert first == again


def test_a_free_port_can_be_asked_for_by_number():
    with Sandbox() as sandbox:
        ports = tuple(int(server.base_url.rpartition(":")[2]) for server in (sandbox.shopify, sandbox.supplier))
    with Sandbox(ports=ports) as again:
        assert again.shopify.base_url.endswith(str(ports[0]))


def test_the_address_is_not_known_before_the_start():
    with pytest.raises(RuntimeError, match="start the sandbox first"):
        Sandbox().credentials()


def test_samples_cover_the_odd_orders(sandbox, gql, operation):
    samples = sandbox.populate()
    assert len(samples) >= 12
    orders = {name: gql(operation("OrderForSync"), id=gid)["data"]["order"] for name, gid in samples.items()}
    assert orders["pending"]["displayFinancialStatus"] == "PENDING"
    assert orders["cancelled"]["cancelledAt"]
    assert orders["international"]["shippingAddress"]["countryCodeV2"] == "CA"
    assert orders["long_address"]["shippingAddress"]["zip"] == "55805-2214"
    assert orders["unicode"]["shippingAddress"]["name"] == "Zoë Łukasiewicz-Ñandú"
    assert orders["test"]["test"] is True
    skus = [line["sku"] for line in orders["repeated_sku"]["lineItems"]["nodes"]]
    assert len(skus) > len(set(skus))


def test_orders_from_many_threads_take_each_piece_once(sandbox, supplier, order_body):
    sandbox.supplier.knobs.rate_limit_per_minute = None
    sandbox.supplier.set_stock("B00760007", "KS", 10)
    answers = []

    def buy():
        with httpx.Client(auth=supplier.auth, headers={"User-Agent": "tests/1"}) as client:
            body = order_body(lines=[{"identifier": "B00760007", "qty": 1}])
            url = sandbox.supplier.base_url + "/v2/orders/"
            answers.extend(client.post(url, json=body).status_code for _ in range(4))

    threads = [threading.Thread(target=buy) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count(200), answers.count(400)) == (10, 14)
    assert len({order["orderNumber"] for order in sandbox.supplier.orders}) == 10
