"""Guards, stock, caps and a pause over real HTTP and a real ledger file."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from order_sync import OrderSync
from order_sync.bootstrap.documents import record_document
from order_sync.core.model.sync_record import SyncRecord
from tests.faults.harness import connect

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def sync(tmp_path, sandbox) -> Iterator[OrderSync]:
    with OrderSync(home=tmp_path, environment={}) as installation:
        connect(installation, sandbox, supplier__settle_s="0")
        yield installation


def by_name(sync: OrderSync) -> dict[str, SyncRecord]:
    sync.sync("main", since=SINCE)
    return {record.order_name: record for record in sync.records("main")}


def codes(sync: OrderSync) -> list[str]:
    return [record.reason_code for _, record in sorted(by_name(sync).items())]


def pieces(sandbox) -> Counter[str]:
    bought = Counter[str]()
    for order in sandbox.supplier.orders:
        for line in order["lines"]:
            bought[line["sku"]] += line["qtyOrdered"]
    return bought


def test_guards_hold_on_what_the_shop_really_tells(sync, sandbox):
    shop = sandbox.shopify
    shop.add_order([("B00760004", 1)], risk="CANCEL")
    shop.add_order([("B00760004", 1)], risk="INVESTIGATE", tags=["VIP"])
    shop.add_order([{"sku": "B00760004", "quantity": 1, "price": "500.00"}])
    shop.add_order([("B00760004", 1)], address={"countryCodeV2": "US"}, tags=["rush"])
    sync.change_settings("main", {"hold_risk": "cancel", "hold_tags": ("vip",), "hold_above": Decimal(400)})
    assert codes(sync) == ["guard_risk", "guard_tag", "guard_value", ""]
    assert len(sandbox.supplier.orders) == 1
    held = sync.records("main", text="#1003")[0]
    assert "505.00 USD" in held.reason  # with shipping

    sync.release(held)
    assert sync.records("main", text="#1003")[0].state == "placed"


def test_a_tag_that_is_taken_off_lets_the_order_go(sync, sandbox):
    order = sandbox.shopify.add_order([("B00760004", 1)], tags=["check"])
    sync.change_settings("main", {"hold_tags": ("check",)})
    assert codes(sync) == ["guard_tag"]
    sandbox.shopify.orders[order].tags = []
    sync.handle_new_order("main", order)
    assert codes(sync) == [""]


def test_partial_buys_what_there_is_and_the_next_order_sees_the_rest(sync, sandbox):
    sync.change_settings("main", {"short_stock": "partial"})
    for _ in range(3):
        sandbox.shopify.add_order([("B00760006", 6)])  # ten pieces in two warehouses
    records = by_name(sync)
    lines = [records[f"#100{number}"].lines[0] for number in (1, 2, 3)]
    assert sorted((str(line.outcome), line.quantity) for line in lines) == [("bought", 6), ("held", 6), ("short", 4)]
    assert pieces(sandbox) == {"B00760006": 10}
    assert by_name(sync) and pieces(sandbox) == {"B00760006": 10}


def test_what_only_the_mill_has_is_short(sync, sandbox):
    sync.change_settings("main", {"short_stock": "hold"})
    sandbox.shopify.add_order([("B15409914", 1)])
    assert codes(sync) == ["short_stock"]


def test_spending_is_kept_below_the_caps_with_the_suppliers_prices(sync, sandbox):
    for _ in range(3):
        sandbox.shopify.add_order([("B00760004", 2)])  # 3.15 a piece
    sandbox.shopify.add_order([("B00760004", 40)])
    sync.change_settings("main", {"order_limit": Decimal(100), "daily_limit": Decimal(60)})
    records = by_name(sync)
    assert records["#1004"].reason_code == "over_order_limit"
    held = [record for record in records.values() if record.reason_code == "over_daily_limit"]
    bought = [record_document(record) for record in records.values() if record.state == "placed"]
    spent = sum(Decimal(document["cost"]["total"]) for document in bought)
    assert bought and held == [r for r in (records["#1001"], records["#1002"], records["#1003"]) if r.state == "held"]
    assert all(document["estimate"]["amount"] == "6.30" for document in bought)
    # the last of them was bought when it still fitted, as far as prices tell
    assert spent - Decimal(bought[-1]["cost"]["total"]) + Decimal("6.30") <= 60


def test_the_cost_by_part_and_the_margin_are_told(sync, sandbox):
    sandbox.shopify.add_order([{"sku": "B00760004", "quantity": 2, "price": "20.00"}])
    document = record_document(by_name(sync)["#1001"])
    (order,) = sandbox.supplier.orders
    assert Decimal(document["cost"]["total"]) == Decimal(str(order["total"]))
    assert Decimal(document["cost"]["parts"]["shipping"]) == Decimal(str(order["shipping"]))
    assert document["revenue"] == {"amount": "40.00", "currency": "USD"}
    assert Decimal(document["margin"]["amount"]) == 40 - Decimal(document["cost"]["total"])


def test_a_pause_outlives_sync_connect_and_a_restart_and_resume_buys_what_waited(sync, sandbox, tmp_path):
    sandbox.shopify.add_order([("B00760004", 1)])
    sync.pause("main", "Stocktaking")
    assert codes(sync) == ["paused"]
    connect(sync, sandbox, supplier__settle_s="0")
    with OrderSync(home=tmp_path, environment={}) as other:
        pause = other.paused("main")
        assert pause is not None and pause.reason == "Stocktaking"
        assert codes(other) == ["paused"]
        assert [check.status for check in other.doctor("main") if check.name == "pause"] == ["warn"]
    assert sandbox.supplier.orders == []
    assert sync.resume("main") is True
    assert sync.resume("main") is False
    sync.sync("main")
    assert codes(sync) == [""]
    assert len(sandbox.supplier.orders) == 1


def test_a_service_buys_nothing_while_paused_and_everything_after(sync, sandbox):
    sync.pause("main")
    names: list[Any] = [sandbox.shopify.add_order([("B00760004", 1)]) for _ in range(4)]
    with sync.service(workers=3, look_every_s=1.0):
        waited = wait_until(lambda: len([r for r in sync.records("main") if r.reason_code == "paused"]) == len(names))
        assert waited and sandbox.supplier.orders == []
        sync.resume("main")
        assert wait_until(lambda: len(sandbox.supplier.orders) == len(names))


def wait_until(holds: Any, seconds: float = 20.0) -> bool:
    ticks = threading.Event()
    for _ in range(int(seconds * 20)):
        if holds():
            return True
        ticks.wait(0.05)
    return False
