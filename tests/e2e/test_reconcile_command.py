"""The installed command compares, repairs, and says so by its exit code."""

from __future__ import annotations

from tests.e2e.conftest import LIVE, SINCE


def test_a_lost_ledger_is_found_repaired_and_then_silent(installation, sandbox):
    sandbox.shopify.add_order([("B00760004", 2)])
    installation.set_up(*LIVE)
    installation.json("sync", "main", *SINCE)
    assert installation.json("reconcile", "main")["discrepancies"] == []
    for file in installation.home.glob("ledger.sqlite3*"):
        file.unlink()

    found = installation.json("reconcile", "main", code=3)
    assert found["repair"] is False
    (each,) = found["discrepancies"]
    assert (each["kind"], each["status"], each["po_number"]) == ("unrecorded_purchase", "found", "DEMO-1001")
    assert all(each[side] for side in ("shop", "ledger", "supplier", "next_step", "order_name"))

    text = installation.run("reconcile", "main", "--repair")
    assert "unrecorded_purchase" in text and "repaired" in text
    assert "nothing differs" in installation.run("reconcile", "main", "--repair", "--since", "30d")
    assert [record["state"] for record in installation.json("orders", "main")["records"]] == ["placed"]
    installation.json("sync", "main", *SINCE)
    assert len(sandbox.supplier.orders) == 1


def test_wrong_credentials_are_told_by_the_exit_code(installation, sandbox):
    installation.set_up(*LIVE)
    installation.environment["SS_API_KEY"] = "wrong-key-0000-0000"
    installation.run("reconcile", "main", code=4)
