"""The SKU map with the real command, against the simulated shop and supplier."""

from __future__ import annotations

from pathlib import Path

import pytest

from order_sync.sandbox import Fault
from tests.e2e.conftest import Installation


@pytest.fixture
def shop(installation: Installation) -> Installation:
    installation.set_up("enabled=true", "auto_fulfillment=true", "test_order=true")
    sold = installation.sandbox.shopify
    sold.add_product("Gildan 2000 Ultra Cotton T-Shirt", "SHIRT-WHITE-M", "White / M")
    sold.add_product("Gildan 2000 Ultra Cotton T-Shirt", "B-00760-003", "White / S")
    sold.add_product("Mug", "MUG-1")
    sold.add_product("Shirt", "B00760004")
    sold.add_product("Nothing", None)
    return installation


def test_the_whole_shop_is_compared_with_the_supplier_before_anybody_orders(shop: Installation):
    found = shop.json("orders", "map", "main", "--unmapped")["unmapped"]
    assert [row["sku"] for row in found] == ["SHIRT-WHITE-M", "B-00760-003", "MUG-1"]


def test_suggestions_come_from_the_suppliers_catalogue_and_are_not_stored(shop: Installation):
    rows = shop.json("orders", "map", "main", "--suggest")["unmapped"]
    found = {row["sku"]: [each["sku"] for each in row["suggestions"]] for row in rows}
    assert found["SHIRT-WHITE-M"][0] == "B00760004"
    assert found["B-00760-003"] == ["B00760003"]
    assert found["MUG-1"] == []
    assert shop.json("orders", "map", "main")["sku_map"] == {}


def test_a_held_order_is_bought_once_its_sku_is_mapped(shop: Installation):
    shop.sandbox.shopify.add_order([("SHIRT-WHITE-M", 2)])
    shop.run("sync", "main", "--since", "1h", code=3)
    shop.run("orders", "map", "main", "shirt-white-m=NO-SUCH-ITEM", code=2)
    assert "no item 'NO-SUCH-ITEM'" in shop.errors and not shop.sandbox.supplier.orders
    document = shop.json("orders", "map", "main", "shirt-white-m=B00760004", "--retry")
    assert document["retried"] == [{"order_name": "#1001", "state": "placed"}]
    (order,) = shop.sandbox.supplier.orders
    assert [(line["sku"], line["qtyOrdered"]) for line in order["lines"]] == [("B00760004", 2)]


def test_the_map_goes_out_and_comes_back_as_a_file_all_or_nothing(shop: Installation, tmp_path: Path):
    shop.run("orders", "map", "main", "SHIRT-WHITE-M=B00760004", "=1+1=B00760003")
    file = tmp_path / "map.csv"
    shop.run("orders", "map", "main", "--export", str(file))
    assert "'=1+1,B00760003" in file.read_text()
    shop.run("orders", "map", "main", "--remove", "SHIRT-WHITE-M", "--remove", "=1+1")
    assert shop.json("orders", "map", "main")["sku_map"] == {}
    shop.run("orders", "map", "main", "--import", str(file))
    assert shop.json("orders", "map", "main")["sku_map"] == {"=1+1": "B00760003", "SHIRT-WHITE-M": "B00760004"}
    file.write_text("sku,supplier_sku\nMUG-1,B00760005\nX,GONE\n")
    shop.run("orders", "map", "main", "--import", str(file), code=2)
    assert "MUG-1" not in shop.json("orders", "map", "main")["sku_map"]
    shop.run("orders", "map", "main", "--import", str(file), "--replace", "--unchecked")
    assert shop.json("orders", "map", "main")["sku_map"] == {"MUG-1": "B00760005", "X": "GONE"}


def test_going_live_says_first_what_the_supplier_does_not_know(shop: Installation):
    shop.run("settings", "main", "test_order=false")
    assert "does not know 3 SKUs of the shop: SHIRT-WHITE-M" in shop.errors and "--suggest" in shop.errors


def test_a_token_without_read_products_says_so_and_hinders_nobody_from_going_live(shop: Installation):
    knobs = shop.sandbox.shopify.knobs
    knobs.scopes = tuple(scope for scope in knobs.scopes if scope != "read_products")
    shop.run("orders", "map", "main", "--unmapped", code=4)
    assert "read_products" in shop.errors
    shop.run("settings", "main", "test_order=false")
    assert "cannot be told" in shop.errors


def test_editing_a_connection_keeps_its_map(shop: Installation):
    shop.run("orders", "map", "main", "SHIRT-WHITE-M=B00760004")
    shop.run("connect", "main", "--set", "supplier.timeout_s=20")
    assert shop.json("orders", "map", "main")["sku_map"] == {"SHIRT-WHITE-M": "B00760004"}


def test_a_limit_of_calls_does_not_end_the_comparison_with_the_supplier(shop: Installation):
    shop.sandbox.supplier.faults.add(Fault("status", status=429, method="GET", times=1))
    found = shop.json("orders", "map", "main", "--unmapped")["unmapped"]
    assert [row["sku"] for row in found] == ["SHIRT-WHITE-M", "B-00760-003", "MUG-1"]


@pytest.mark.parametrize("asked", [("--unmapped", "A=B00760004"), ("--suggest", "--remove", "A")])
def test_a_listing_changes_nothing_and_says_so_when_it_is_asked_to(shop: Installation, asked):
    shop.run("orders", "map", "main", *asked, code=2)
    assert "only list" in shop.errors


def test_an_export_retries_nothing_and_says_so_when_it_is_asked_to(shop: Installation):
    shop.run("orders", "map", "main", "A=B00760004", "--retry", "--export", "-", code=2)
    assert "--retry" in shop.errors
