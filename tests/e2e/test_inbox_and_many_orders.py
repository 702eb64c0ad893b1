"""The operator's inbox, and acts on many orders, with the real command."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Installation


@pytest.fixture
def held(installation: Installation) -> Installation:
    """Three orders with an unknown SKU, one that is bought."""
    installation.set_up("enabled=true", "auto_fulfillment=true", "test_order=false")
    for _ in range(3):
        installation.sandbox.shopify.add_order([("B00760004", 1), ("MUG-1", 1)])
    installation.sandbox.shopify.add_order([("B00760003", 1)])
    installation.run("sync", "main", "--since", "1h", "--yes", code=3)
    return installation


def bought(held: Installation) -> int:
    return len(held.sandbox.supplier.orders)


def test_the_inbox_says_why_which_line_what_to_do_and_by_when(held: Installation):
    tasks = held.json("orders", "inbox", code=3)["tasks"]
    assert len(tasks) == 3 and {task["kind"] for task in tasks} == {"held"}
    assert {task["reason_code"] for task in tasks} == {"unknown_sku"}
    assert [[line["sku"] for line in task["lines"]] for task in tasks] == [["MUG-1"]] * 3
    assert all(task["deadline"] > task["since"] and task["next_action"] for task in tasks)
    text = held.run("orders", "inbox", "main", code=3)
    assert "MUG-1" in text and "#1001" in text and "release" in text
    assert held.json("orders", "inbox", "--kind", "overdue")["tasks"] == []
    assert held.json("orders", "inbox", "main", "--reason", "payment")["tasks"] == []


def test_a_dry_run_over_many_changes_nothing_and_says_what_would_come_of_each(held: Installation):
    document = held.json("orders", "release", "main", "--reason", "unknown_sku", "--dry-run")
    assert document["dry_run"] and document["done"] == 3
    assert {record["state"] for record in document["records"]} == {"planned"}
    assert bought(held) == 1
    assert len(held.json("orders", "inbox", code=3)["tasks"]) == 3


def test_what_nobody_named_needs_yes_where_nobody_can_be_asked(held: Installation):
    held.run("orders", "release", "main", "--reason", "unknown_sku", code=2)
    assert "--yes" in held.errors and bought(held) == 1
    document = held.json("orders", "release", "main", "--reason", "unknown_sku", "--yes")
    assert (document["done"], document["refused"]) == (3, 0) and bought(held) == 4
    assert held.json("orders", "inbox")["tasks"] == []


def test_several_orders_are_named_and_one_that_cannot_be_done_stops_no_other(held: Installation):
    document = held.json("orders", "release", "main", "#1001", "#1004", "#1002", code=0)
    assert (document["done"], document["refused"]) == (2, 1) and bought(held) == 3
    assert [problem["order_name"] for problem in document["problems"]] == ["#1004"]


def test_skip_keeps_the_text_beside_named_orders_and_chooses_by_code_without(held: Installation):
    held.run("orders", "skip", "#1001", "--reason", "sold elsewhere")
    (record,) = held.json("orders", "show", "#1001")["records"]
    assert "sold elsewhere" in record["reason"]
    document = held.json("orders", "skip", "--reason", "unknown_sku", "--note", "cleared", "--yes")
    assert document["done"] == 2
    assert all("cleared" in record["reason"] for record in document["records"])


def test_retry_by_code_decides_afresh_and_buys_what_became_right(held: Installation):
    held.run("orders", "retry", "--reason", "unknown_sku", "--yes", code=3)
    assert bought(held) == 1
    held.run("settings", "main", "unknown_sku=skip")
    held.run("orders", "retry", "--all", "--yes")
    assert bought(held) == 4


@pytest.mark.parametrize("action", ["retry", "release", "skip"])
def test_an_action_on_nothing_in_particular_is_a_mistake(held: Installation, action):
    held.run("orders", action, code=2)
    assert "Name an order" in held.errors


def test_a_doubt_is_settled_for_one_order_at_a_time_when_its_number_is_given(held: Installation):
    held.run("orders", "settle", "--reason", "no_answer", "--bought", "71", code=2)
    assert "one order" in held.errors


def test_a_dry_run_over_many_counts_what_it_would_spend_before_against_the_days_limit(held: Installation):
    for _ in range(2):
        held.sandbox.shopify.add_order([("B00760004", 2), ("MUG-1", 1)])
    held.run("sync", "main", "--since", "1h", "--yes", code=3)
    spent = sum(order["total"] for order in held.sandbox.supplier.orders)
    held.run("settings", "main", "unknown_sku=skip", f"daily_limit={int(spent) + 8}")
    document = held.json("orders", "retry", "main", "--all", "--dry-run", code=3)
    assert {record["reason_code"] for record in document["records"]} == {"", "over_daily_limit"}


def test_a_dry_run_says_that_nothing_is_bought_while_paused(held: Installation):
    held.run("pause", "main", "--reason", "stocktaking")
    held.run("orders", "release", "main", "--all", "--dry-run")
    assert "stocktaking" in held.errors


def test_bytes_that_are_no_text_are_a_mistake(held: Installation):
    held.run("orders", "skip", "#1001", "--reason", "\udcff", code=2)
    assert "not valid text" in held.errors
