"""The installed command: what happened, why, and what would be decided now."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from tests.e2e.conftest import LIVE, SINCE

SHIRT = "B00760004"


@pytest.fixture
def two_orders(installation, sandbox):
    """#1001 is bought, #1002 is held for a line that the supplier does not have."""
    sandbox.shopify.add_order([(SHIRT, 2)])
    sandbox.shopify.add_order([(SHIRT, 1), ("MUG-1", 1)])
    installation.set_up(*LIVE)
    installation.run("sync", "main", *SINCE, code=3)
    return installation


def objects(text):
    return [json.loads(line) for line in text.splitlines()]


def test_tail_tells_in_words_what_happened_newest_last(two_orders):
    lines = two_orders.run("orders", "tail", "main").splitlines()
    of_first = [line for line in lines if " #1001 " in line]
    assert [line.partition(")  ")[2].split(",")[0] for line in of_first] == [
        f"decided: to be bought; {SHIRT} x 2: nothing stands against it",
        "moved to planned",
        "moved from planned to submitting",
        "sent the purchase: placed 1",
        "moved from submitting to placed",
    ]
    held = next(line for line in lines if " #1002 " in line and "decided" in line)
    assert held.startswith("20") and "main #1002 (order)" in held
    assert "held (unknown_sku)" in held and "MUG-1 x 1: the supplier has no such item" in held
    assert two_orders.run("orders", "tail", "--lines", "2").splitlines() == lines[-2:]
    assert two_orders.run("orders", "tail", "main", "--order", "1001").splitlines() == of_first


def test_tail_as_json_is_one_object_a_line(two_orders):
    rows = objects(two_orders.run("orders", "tail", "main", "--order", "#1002", "--json"))
    assert [row["kind"] for row in rows] == ["decided", "moved"]
    assert [row["number"] for row in rows] == sorted(row["number"] for row in rows)
    decided = rows[0]
    assert (decided["connection"], decided["order_name"], decided["share"]) == ("main", "#1002", "order")
    assert decided["payload"]["result"]["code"] == "unknown_sku"
    assert decided["text"].startswith("decided: held (unknown_sku)")


def test_tail_of_nothing_is_empty_and_of_no_connection_an_error(installation):
    assert installation.run("orders", "tail") == ""
    installation.run("orders", "tail", "nowhere", code=2)


def test_following_shows_what_other_processes_do_and_ends_well_when_interrupted(two_orders, sandbox):
    following = two_orders.start("orders", "tail", "main", "--follow", "--lines", "1", "--json")
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(iter(following.stdout.readline, "")))
    reader.start()
    try:
        _until(lambda: seen)
        sandbox.shopify.add_order([(SHIRT, 1)])
        two_orders.run("sync", "main", *SINCE, code=3)
        _until(lambda: any('"to": "placed"' in line and "#1003" in line for line in seen[1:]))
    finally:
        following.send_signal(signal.SIGINT)
        code = following.wait(30)
        reader.join(30)
        errors = following.stderr.read()
        following.stdout.close()
        following.stderr.close()
    assert (code, errors) == (0, "")
    rows = objects("".join(seen))
    assert [row["kind"] for row in rows if row["order_name"] == "#1003"] == [
        "decided",
        "moved",
        "moved",
        "called",
        "moved",
    ]
    numbers = [row["number"] for row in rows]
    assert numbers == sorted(set(numbers))


def _until(reached, *, within_s=30.0):
    deadline = time.monotonic() + within_s
    while not reached():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def test_explain_names_the_rule_and_the_facts_of_each_line_the_calls_and_the_history(two_orders):
    text = two_orders.run("orders", "explain", "main", "#1002", code=3)
    assert "#1002 (order, live) is held [unknown_sku]." in text
    assert "rule waits_for_line" in text and "rule unknown_sku (released=false, sku=MUG-1, unknown_sku=hold)" in text
    assert "moved to held (unknown_sku)" in text
    bought = two_orders.run("orders", "explain", "main", "#1001")
    assert "rule buy (current=2, ordered=2, unfulfilled=2)" in bought and "send: placed 1" in bought
    (record,) = two_orders.json("orders", "explain", "#1002", code=3)["records"]
    assert [line["rule"] for line in record["decision"]["lines"]] == ["waits_for_line", "unknown_sku"]
    assert [row["kind"] for row in record["journal"]] == ["decided", "moved"]
    assert record["history"] and record["calls"] == []


def test_a_replay_shows_what_would_differ_and_a_dry_run_changes_nothing(two_orders):
    unchanged = two_orders.run("orders", "replay", "main", "#1002", "--dry-run", code=3)
    assert "the same would be decided: held (unknown_sku)" in unchanged
    two_orders.run("settings", "main", "unknown_sku=skip")
    before = two_orders.everything()
    shown = two_orders.json("orders", "replay", "main", "#1002", "--dry-run", code=3)
    assert (shown["dry_run"], "records" in shown) == (True, False)
    (replay,) = shown["replays"]
    assert (replay["then"], replay["now"], replay["differs"]) == (
        {"state": "held", "code": "unknown_sku"},
        {"state": "planned", "code": ""},
        True,
    )
    fates = [(each["sku"], each["then"]["outcome"], each["now"]["outcome"]) for each in replay["changes"]]
    assert fates == [(SHIRT, "waiting", "to_buy"), ("MUG-1", "held", "skipped")]
    text = two_orders.run("orders", "replay", "main", "#1002", "--dry-run", code=3)
    assert "MUG-1: 1 held (unknown_sku) -> 1 skipped (unknown_sku)" in text
    assert two_orders.everything() == before


def test_a_replay_decides_afresh_what_is_undecided_and_never_buys_again(two_orders, sandbox):
    two_orders.run("settings", "main", "unknown_sku=skip")
    two_orders.run("orders", "replay", "main", "#1002", code=2)
    assert "--yes" in two_orders.errors and len(sandbox.supplier.orders) == 1
    shown = two_orders.json("orders", "replay", "main", "#1002", "--yes")
    assert [record["state"] for record in shown["records"]] == ["placed"]
    assert len(sandbox.supplier.orders) == 2
    again = two_orders.run("orders", "replay", "main", "#1002", "--yes")
    assert "nothing to decide afresh" in two_orders.errors and "placed" in again
    assert len(sandbox.supplier.orders) == 2


def test_a_replay_of_many_takes_what_is_undecided_and_leaves_what_a_person_stopped(two_orders, sandbox):
    sandbox.shopify.add_order([("MUG-1", 1), (SHIRT, 3)])
    two_orders.run("sync", "main", *SINCE, code=3)
    two_orders.run("orders", "skip", "main", "#1003", "--reason", "Dana called")
    two_orders.run("settings", "main", "unknown_sku=skip")
    two_orders.run("orders", "replay", "main", "#1002", "--since", "1h", "--yes", code=2)
    shown = two_orders.json("orders", "replay", "main", "--since", "1h", "--yes")
    assert {each["order_name"] for each in shown["replays"]} == {"#1002", "#1003"}
    assert {record["order_name"]: record["state"] for record in shown["records"]} == {
        "#1002": "placed",
        "#1003": "ignored",
    }
    assert len(sandbox.supplier.orders) == 2
    acts = [row["payload"] for row in objects(two_orders.run("orders", "tail", "--json")) if row["kind"] == "operator"]
    assert acts == [{"action": "skip", "reason": "Dana called"}, {"action": "replay"}]
    assert two_orders.json("orders", "replay", "main", "--since", "2099-01-01", "--dry-run")["replays"] == []


def test_a_replay_of_many_lets_no_old_order_in(installation, sandbox):
    order = sandbox.shopify.add_order([(SHIRT, 1)])
    installation.set_up(*LIVE)
    time.sleep(1.1)  # the shop dates orders by the second
    installation.run("settings", "main", "enabled=false")
    installation.run("settings", "main", "enabled=true")
    installation.run("sync", "main")
    (record,) = installation.json("orders", "main")["records"]
    assert (record["order_id"], record["reason_code"]) == (order, "before_enabled")
    installation.run("orders", "replay", "main", "--since", "1h", "--yes")
    assert sandbox.supplier.orders == []
    installation.run("orders", "replay", "main", "#1001", "--yes")
    assert len(sandbox.supplier.orders) == 1


def test_doctor_names_the_first_row_that_does_not_fit(two_orders):
    checks = two_orders.json("doctor", "main")["checks"]
    (journal,) = [check for check in checks if check["name"] == "journal"]
    assert journal["status"] == "ok" and "7 rows" in journal["detail"]
    with closing(sqlite3.connect(two_orders.home / "ledger.sqlite3", isolation_level=None)) as db:
        db.execute("UPDATE journal SET payload = '{}' WHERE id = 3")
    checks = two_orders.json("doctor", code=1)["checks"]
    (journal,) = [check for check in checks if check["name"] == "journal"]
    assert journal["status"] == "fail" and "Row 3" in journal["detail"] and "reconcile main" in journal["remedy"]
