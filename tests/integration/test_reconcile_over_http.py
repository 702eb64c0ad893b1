"""A restored backup, a cut supplier and a duplicate, over real HTTP and a real ledger file."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from order_sync import OrderSync
from order_sync.core.errors import AuthenticationError, NotAllowedError, ServiceUnavailableError
from order_sync.sandbox import Fault
from tests.faults.harness import connect

SINCE = datetime(2026, 1, 1, tzinfo=UTC)

TIMEOUT_S = 0.5


@pytest.fixture
def opened(tmp_path, sandbox):
    """Opens the installation; called again it opens the same one anew."""

    def open_it() -> OrderSync:
        return OrderSync(home=tmp_path, environment={})

    with open_it() as sync:
        connect(sync, sandbox, supplier__settle_s="0", supplier__timeout_s=str(TIMEOUT_S))
    return open_it


def bought_by_po(sandbox) -> Counter[str]:
    pieces = Counter[str]()
    for order in sandbox.supplier.orders:
        if order["orderStatus"] != "Cancelled":
            pieces[order["poNumber"]] += sum(line["qtyOrdered"] for line in order["lines"])
    return pieces


def post(sandbox, body) -> None:
    """An order that somebody else places on the same account."""
    reply = httpx.post(
        f"{sandbox.supplier.base_url}/v2/orders/",
        json=body,
        auth=(sandbox.supplier.account, sandbox.supplier.api_key),
        headers={"User-Agent": "order-sync-tests/1.0"},
    )
    assert reply.status_code == 200


def test_after_a_restored_backup_nothing_is_bought_twice(opened, sandbox, tmp_path: Path):
    sandbox.shopify.add_order([("B00760004", 2)])
    backup = tmp_path / "backup.sqlite3"
    with opened() as sync:
        sync.sync("main", since=SINCE)
    shutil.copy(tmp_path / "ledger.sqlite3", backup)
    for _ in range(3):
        sandbox.shopify.add_order([("B00760003", 3), ("B00760004", 1)])
    with opened() as sync:
        sync.sync("main", since=SINCE)
    before = bought_by_po(sandbox)
    assert len(before) == 4
    for leftover in tmp_path.glob("ledger.sqlite3-*"):
        leftover.unlink()
    shutil.copy(backup, tmp_path / "ledger.sqlite3")

    with opened() as sync:
        run = sync.reconcile("main", repair=True)
        assert [(each.kind, each.status) for each in run.discrepancies] == [("unrecorded_purchase", "repaired")] * 3
        assert sync.reconcile("main", repair=True).discrepancies == []
        look = sync.sync("main", since=SINCE)

    assert {record.state for record in look.records} == {"placed"} and len(look.records) == 4
    assert bought_by_po(sandbox) == before
    assert len([r for r in sandbox.supplier.requests if r.method == "POST"]) == 4


def test_after_a_lost_ledger_everything_is_adopted_and_nothing_is_bought_twice(opened, sandbox, tmp_path: Path):
    for _ in range(3):
        sandbox.shopify.add_order([("B00760004", 2)])
    with opened() as sync:
        sync.sync("main", since=SINCE)
        (first, *_) = sync.records("main")
        sandbox.supplier.ship(first.supplier_orders[0].order_number)
        sync.handle_new_order("main", first.key.order_id, follow=True)
    before = bought_by_po(sandbox)
    for file in tmp_path.glob("ledger.sqlite3*"):
        file.unlink()
    with opened() as sync:
        run = sync.reconcile("main", repair=True)
        assert [each.status for each in run.discrepancies] == ["repaired"] * 3
        sync.sync("main", since=SINCE)
        for record in sync.records("main"):
            sync.handle_new_order("main", record.key.order_id, explicit=True, follow=True)
        assert sorted(record.state for record in sync.records("main")) == ["completed", "placed", "placed"]
    assert bought_by_po(sandbox) == before


def test_a_duplicate_at_the_supplier_is_cancelled_there(opened, sandbox):
    sandbox.shopify.add_order([("B00760004", 2)])
    with opened() as sync:
        (record,) = sync.sync("main", since=SINCE).records
        again = sandbox.supplier.orders[0]["_request"]
        post(sandbox, again)
        sync.container.clock().sleep_s(TIMEOUT_S)
        sandbox.supplier.knobs.cancel_answers_204 = True
        (found,) = sync.reconcile("main", repair=True).discrepancies
        assert (found.kind, found.status) == ("duplicate_purchase", "repaired")
        assert found.order_numbers == (sandbox.supplier.orders[1]["orderNumber"],)
        assert sync.reconcile("main").discrepancies == []
    assert bought_by_po(sandbox) == {record.po_number: 2}


def test_after_ten_minutes_a_duplicate_is_told_to_a_person(opened, sandbox):
    sandbox.shopify.add_order([("B00760004", 2)])
    with opened() as sync:
        sync.sync("main", since=SINCE)
        post(sandbox, sandbox.supplier.orders[0]["_request"])
        sync.container.clock().sleep_s(TIMEOUT_S)
        sandbox.supplier.knobs.cancel_minutes = 0
        (found,) = sync.reconcile("main", repair=True).discrepancies
        assert (found.kind, found.status) == ("duplicate_purchase", "needs_person")
        (record,) = sync.records("main")
        assert sandbox.supplier.orders[1]["orderNumber"] in record.next_action
        assert sync.reconcile("main", repair=True).discrepancies == []


def test_a_purchase_by_hand_under_a_number_of_ours_is_kept_for_a_person(opened, sandbox):
    sandbox.shopify.add_order([("B00760004", 2)])
    with opened() as sync:
        sync.sync("main", since=SINCE)
        post(sandbox, {**sandbox.supplier.orders[0]["_request"], "poNumber": "DEMO-777777"})
        run = sync.reconcile("main", repair=True)
        assert [(each.kind, each.status) for each in run.discrepancies] == [("unrecorded_purchase", "needs_person")]
        (record,) = sync.records("main", text="DEMO-777777")
        assert record.needs_person
        assert sync.reconcile("main", repair=True).discrepancies == []
        with pytest.raises(NotAllowedError):
            sync.retry(record)
        assert sync.records("main", text="DEMO-777777")[0].needs_person
        sync.skip(sync.records("main", text="DEMO-777777")[0], "a sample for the office")
        assert sync.reconcile("main", repair=True).discrepancies == []


def test_a_supplier_that_cannot_be_reached_changes_nothing(opened, sandbox):
    sandbox.shopify.add_order([("B00760004", 2)])
    with opened() as sync:
        for status, error in ((503, ServiceUnavailableError), (401, AuthenticationError)):
            sandbox.supplier.faults.add(Fault("status", method="GET", status=status, times=None))
            with pytest.raises(error):
                sync.reconcile("main", repair=True)
            sandbox.supplier.faults.clear()
        assert sync.records("main") == ()
    assert sandbox.supplier.orders == []
