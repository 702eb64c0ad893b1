"""Pausing, caps and costs from the terminal."""

from __future__ import annotations

from tests.e2e.conftest import LIVE, SINCE


def test_a_pause_is_said_everywhere_and_nothing_is_bought_until_it_ends(installation, sandbox):
    order = sandbox.shopify.add_order([("B00760004", 1)])
    installation.set_up(*LIVE)
    paused = installation.json("pause", "main", "--reason", "Stocktaking")
    assert paused["paused"]["reason"] == "Stocktaking"

    (record,) = installation.json("sync", "main", *SINCE, code=3)["records"]
    assert (record["state"], record["reason_code"]) == ("waiting", "paused")
    assert "order-sync resume main" in installation.errors
    installation.run("handle", "main", order, code=3)
    assert "Stocktaking" in installation.errors
    (planned,) = installation.json("sync", "main", *SINCE, "--dry-run", code=3)["records"]
    assert planned["state"] == "planned"
    installation.run("orders", "main")
    assert "Nothing is bought for main" in installation.errors
    (shown,) = installation.json("connections")["connections"]
    assert shown["paused"]["reason"] == "Stocktaking"
    assert "paused" in installation.run("connections") and "Stocktaking" in installation.run("connections", "main")
    assert "order-sync resume main" in installation.run("doctor", "main")
    installation.run("connect", "main", "--set", "supplier.settle_s=1")
    assert sandbox.supplier.orders == []

    assert installation.json("resume", "main")["was_paused"] is True
    installation.run("sync", "main")
    (record,) = installation.json("orders", "main")["records"]
    assert record["state"] == "placed" and len(sandbox.supplier.orders) == 1
    assert "was not paused" in installation.run("resume", "main")
    installation.run("pause", "nobody", code=2)


def test_orders_show_tells_the_cost_and_the_margin(installation, sandbox):
    sandbox.shopify.add_order([{"sku": "B00760004", "quantity": 2, "price": "20.00"}])
    installation.set_up(*LIVE, "order_limit=100")
    installation.run("sync", "main", *SINCE)
    shown = installation.run("orders", "show", "main", "#1001")
    total = float(sandbox.supplier.orders[0]["total"])
    assert f"Cost:           {total:.2f} USD (subtotal 6.30, shipping" in shown
    assert "Revenue:        40.00 USD" in shown and f"Margin:         {40 - total:.2f} USD" in shown


def test_a_held_order_is_released_from_the_terminal(installation, sandbox):
    sandbox.shopify.add_order([("B00760004", 9)], tags=["VIP"])
    installation.set_up(*LIVE, "hold_tags=vip", "order_limit=20")
    (record,) = installation.json("sync", "main", *SINCE, code=3)["records"]
    assert record["reason_code"] == "guard_tag" and "order_limit" in record["reason"]
    assert record["estimate"] == {"amount": "28.35", "currency": "USD"}
    (record,) = installation.json("orders", "release", "main", "#1001")["records"]
    assert record["state"] == "placed"
