"""The installed command: a paid order in, a purchase order out, tracking back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter

from order_sync.sandbox import Fault
from tests.e2e.conftest import LIVE, SINCE


def test_a_shop_full_of_orders_is_bought_once_and_every_other_order_says_why(installation, sandbox):
    orders = sandbox.populate()
    installation.set_up(*LIVE)
    profiles = installation.json("profiles", "main", "--email", "buyer@example.com")["profiles"]
    installation.run("profiles", "main", "--email", "buyer@example.com", "--select", profiles[0]["profile_id"])

    look = installation.json("sync", "main", *SINCE, code=3)

    assert (look["connection"], look["looked_at"]) == ("main", len(orders))
    states = {record["order_id"]: record["state"] for record in look["records"]}
    expected = {
        **dict.fromkeys(orders.values(), "placed"),
        orders["unknown_sku"]: "held",
        orders["international"]: "held",
        orders["po_box"]: "held",
        orders["pending"]: "waiting",
        orders["cancelled"]: "ignored",
        orders["test"]: "ignored",
    }
    assert states == expected
    for record in look["records"]:
        assert record["state"] == "placed" or (record["reason"] and record["lines"])
    bought = Counter(order["poNumber"] for order in sandbox.supplier.orders)
    assert bought == {"DEMO-1002": 2} | dict.fromkeys([f"DEMO-{n}" for n in (1001, 1003, 1005, 1006, 1011, 1013)], 1)
    for order in sandbox.supplier.orders:
        assert order["_request"]["paymentProfile"] == {
            "email": "buyer@example.com",
            "profileID": int(profiles[0]["profile_id"]),
        }
        assert order["_request"]["testOrder"] is False
    by_po = {order["poNumber"]: order for order in sandbox.supplier.orders}
    assert by_po["DEMO-1005"]["shippingAddress"]["address"] == (
        "2250 North Superior Boulevard Building C, Apartment 1204"
    )
    assert by_po["DEMO-1005"]["shippingAddress"]["zip"] == "55805"

    again = installation.json("sync", "main", *SINCE, code=3)
    assert {r["order_id"]: r["state"] for r in again["records"]} == expected
    assert len(sandbox.supplier.orders) == 8
    assert len(installation.json("orders", "main", code=3)["records"]) == len(orders)


def test_a_dry_run_prints_what_would_be_bought_and_changes_nothing_anywhere(installation, sandbox):
    sandbox.populate()
    installation.set_up(*LIVE)
    before = installation.everything()
    look = installation.json("sync", "main", *SINCE, "--dry-run", code=3)
    assert look["dry_run"] is True
    planned = [record for record in look["records"] if record["state"] == "planned"]
    assert len(planned) == 7 and all(record["po_number"] for record in planned)
    assert installation.everything() == before
    assert sandbox.supplier.orders == []
    assert {request.method for request in sandbox.supplier.requests} == {"GET"}


def test_two_syncs_at_once_buy_each_order_once(installation, sandbox):
    for _ in range(8):
        sandbox.shopify.add_order([("B00760004", 1)])
    installation.set_up(*LIVE)
    processes = [installation.start("sync", "main", *SINCE, "--json") for _ in range(3)]
    for process in processes:
        _, err = process.communicate(timeout=90)
        assert process.returncode in (0, 5), err  # 5: another process is just buying it
    installation.json("sync", "main", *SINCE)
    assert set(Counter(order["poNumber"] for order in sandbox.supplier.orders).values()) == {1}
    assert len(sandbox.supplier.orders) == 8


def test_a_process_killed_while_its_purchase_is_answered_buys_once(installation, sandbox):
    sandbox.shopify.add_order([("B00760004", 1)])
    installation.set_up(*LIVE)
    sandbox.supplier.faults.add(Fault("delay", method="POST", path_contains="/orders", delay_s=3))
    process = installation.start("sync", "main", *SINCE)
    deadline = time.monotonic() + 20
    while not sandbox.supplier.orders and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (record,) = installation.json("orders", "main", code=5)["records"]
    assert record["state"] == "submitting"
    (record,) = installation.json("sync", "main")["records"]
    assert (record["state"], record["supplier_orders"][0]["found_by"], record["attempts"]) == ("placed", "look-up", 1)
    assert len(sandbox.supplier.orders) == 1


def test_manual_mode_store_address_and_tracking_work_from_the_terminal(installation, sandbox):
    shop = sandbox.shopify
    order = shop.add_order([("B00760004", 3), ("B00760005", 1)])
    installation.set_up("enabled=true", "test_order=false")
    location = installation.json("locations", "main")["locations"][0]
    installation.run("locations", "main", "--select", location["location_id"])
    installation.run("settings", "main", "disable_dropshipping=true")
    (record,) = installation.json("sync", "main", *SINCE)["records"]
    assert (record["state"], record["reason_code"]) == ("waiting", "fulfillment")

    fulfillment = shop.fulfill(order, {shop.orders[order].lines[0].id: 2})
    shown = installation.json("handle", "main", order, "--fulfillment", fulfillment)
    (record,) = shown["records"]
    assert record["state"] == "placed"
    (bought,) = sandbox.supplier.orders
    assert [(line["sku"], line["qtyOrdered"]) for line in bought["lines"]] == [("B00760004", 2)]
    assert bought["shippingAddress"]["address"] == location["address"]["address1"]

    sandbox.supplier.ship(bought["orderNumber"])
    (record,) = installation.json("handle", "main", "#1001")["records"]
    assert record["state"] == "completed" and record["tracking"]
    shown_to_customer = [info["number"] for info in shop.fulfillments(order)[0].tracking]
    assert shown_to_customer == [info["number"] for info in record["tracking"]]


def test_exit_codes_and_messages_tell_what_is_wrong(installation, sandbox):
    installation.set_up(*LIVE)
    installation.run("settings", "nowhere", code=2)
    assert "order-sync connect nowhere" in installation.errors
    installation.run("settings", "main", "enabled=perhaps", code=2)
    installation.run("sync", code=2)
    installation.environment["SS_API_KEY"] = "wrong"
    sandbox.shopify.add_order([("B00760004", 1)])
    installation.run("sync", "main", *SINCE, code=4)
    assert "api_key" in installation.errors and "wrong" not in installation.errors
    installation.run("doctor", "main", code=4)
    installation.environment.pop("SS_API_KEY")
    installation.run("sync", "main", code=4)
    assert "env:SS_API_KEY" in installation.errors
    installation.environment["SS_API_KEY"] = sandbox.credentials()["api_key"]
    (record,) = installation.json("sync", "main")["records"]
    assert record["state"] == "placed"


def test_a_supplier_that_is_unplugged_loses_no_order_and_says_so(installation, sandbox):
    sandbox.shopify.add_order([("B00760004", 1)])
    installation.set_up(*LIVE)
    installation.run("connect", "main", "--set", "supplier.base_url=http://127.0.0.1:9")
    process = installation.start("sync", "main", *SINCE, "--json")
    out, _ = process.communicate(timeout=90)
    (record,) = json.loads(out)["records"]
    assert record["reason_code"] in ("service_unavailable", "circuit_open") and record["due_at"]
    installation.run("connect", "main", "--set", f"supplier.base_url={sandbox.supplier.base_url}")
    (record,) = installation.json("handle", "main", record["order_id"])["records"]
    assert record["state"] == "placed"


def test_secrets_never_appear_in_what_is_printed_or_stored(installation, sandbox):
    sandbox.populate()
    installation.set_up(*LIVE)
    credentials = sandbox.credentials()
    printed = [
        installation.run("-vv", "sync", "main", *SINCE, code=3) + installation.errors,
        installation.run("connections", "main", "--json"),
        installation.run("doctor", "--json"),
        installation.run("orders", "show", "#1001", "--json"),
    ]
    stored = [content.decode("utf-8", "replace") for content in installation.everything().values()]
    for secret in (credentials["token"], credentials["api_key"]):
        assert not any(secret in text for text in printed + stored)


def test_the_demo_shows_the_whole_loop_as_json():
    out = subprocess.run(
        [sys.executable, "-m", "order_sync", "demo", "--json"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    records = json.loads(out)["records"]
    states = Counter(record["state"] for record in records)
    assert states["placed"] >= 10 and states["completed"] == 1
    assert states["held"] and states["waiting"] and states["ignored"] and not states["in_doubt"]
    assert any(order["found_by"] == "look-up" for r in records for order in r["supplier_orders"])
    assert any(record["mode"] == "test" for record in records)
    numbers = [record["po_number"] for record in records if record["po_number"]]
    assert len(numbers) == len(set(numbers))
