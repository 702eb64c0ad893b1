"""Real HTTP that breaks: whatever the supplier does, an order is bought exactly once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from order_sync import OrderSync
from order_sync.sandbox import Fault
from tests.faults.harness import connect

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def sync(tmp_path, sandbox):
    with OrderSync(home=tmp_path, environment={}) as opened:
        connect(opened, sandbox, supplier__settle_s="0.2", supplier__timeout_s="2")
        yield opened


@pytest.mark.parametrize(
    "fault",
    [
        Fault("cut_before", method="POST"),
        Fault("cut_after", method="POST"),
        Fault("status_after", method="POST", status=500),
        Fault("status", method="POST", status=500),
        Fault("status", method="POST", status=503),
        Fault("status", method="POST", status=429),
        Fault("malformed", method="POST"),
        Fault("html", method="POST"),
        Fault("truncated", method="POST"),
        Fault("delay", method="POST", delay_s=2.5),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status or ''}",
)
def test_a_purchase_that_goes_wrong_on_the_wire_is_bought_exactly_once(sync, sandbox, fault):
    sandbox.shopify.add_order([("B00760004", 2)])
    sandbox.supplier.faults.add(fault)
    (record,) = sync.sync("main", since=SINCE).records
    assert record.state == "placed"
    assert len(sandbox.supplier.orders) == 1
    assert sum(line["qtyOrdered"] for line in sandbox.supplier.orders[0]["lines"]) == 2


def test_an_order_that_the_supplier_shows_late_is_not_bought_twice(sync, sandbox):
    sandbox.supplier.knobs.visible_after_s = 0.15
    sandbox.shopify.add_order([("B00760004", 2)])
    sandbox.supplier.faults.add(Fault("cut_after", method="POST"))
    (record,) = sync.sync("main", since=SINCE).records
    assert record.state == "placed"
    assert len(sandbox.supplier.orders) == 1


@pytest.mark.parametrize("kind", ["html", "malformed", "truncated", "cut_after"])
def test_a_look_up_that_breaks_is_not_absence(sync, sandbox, kind):
    sandbox.shopify.add_order([("B00760004", 2)])
    sandbox.supplier.faults.add(Fault("cut_after", method="POST"))
    sandbox.supplier.faults.add(Fault(kind, method="GET", path_contains="/orders/", times=3))
    (record,) = sync.sync("main", since=SINCE).records
    assert record.state == "placed"
    assert len(sandbox.supplier.orders) == 1


def test_stock_that_runs_short_is_held_with_the_suppliers_own_words(sync, sandbox):
    sandbox.shopify.add_order([("B00760006", 500)])
    (record,) = sync.sync("main", since=SINCE).records
    assert (record.state, record.reason_code) == ("held", "rejected")
    assert "quantity" in record.reason


def test_lines_the_supplier_cannot_fill_are_short_when_it_may_send_the_rest(sync, sandbox):
    sync.change_settings("main", {"reject_line_errors": False})
    sandbox.shopify.add_order([("B00760004", 2), ("B00760006", 500)])
    (record,) = sync.sync("main", since=SINCE).records
    assert record.state == "placed" and record.needs_person
    assert [line.outcome for line in record.lines] == ["bought", "short"]
    assert record.lines[1].reason


def test_an_order_of_three_hundred_lines_is_read_and_bought_whole(sync, sandbox):
    sandbox.shopify.add_order([("B00760004" if n % 2 else "B00760005", 1) for n in range(300)])
    (record,) = sync.sync("main", since=SINCE).records
    assert record.state == "placed"
    assert len(record.lines) == 300 and {line.outcome for line in record.lines} == {"bought"}
    pieces = {line["sku"]: line["qtyOrdered"] for order in sandbox.supplier.orders for line in order["lines"]}
    assert pieces == {"B00760004": 150, "B00760005": 150}


def test_a_shop_that_throttles_and_a_supplier_that_limits_delay_but_lose_nothing(sync, sandbox):
    for _ in range(12):
        sandbox.shopify.add_order([("B00760004", 1)])
    sandbox.supplier.faults.add(Fault("status", method="POST", status=429, times=2))
    look = sync.sync("main", since=SINCE)
    assert {record.state for record in look.records} == {"placed"}
    assert len(sandbox.supplier.orders) == 12


def test_a_fulfillment_whose_reply_is_lost_is_not_written_twice(sync, sandbox):
    order = sandbox.shopify.add_order([("B00760004", 2)])
    sync.sync("main", since=SINCE)
    sandbox.supplier.ship(sandbox.supplier.orders[0]["orderNumber"])
    sandbox.shopify.faults.add(Fault("cut_after", method="POST", body_contains="fulfillmentCreate"))
    sync.handle_new_order("main", order, follow=True)
    assert sync.settle("main", order).state == "completed"
    (fulfillment,) = sandbox.shopify.fulfillments(order)
    assert [info["number"] for info in fulfillment.tracking]
