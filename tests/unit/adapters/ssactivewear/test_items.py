"""Looking items up: what is asked, and which item answers which SKU."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.adapters.ssactivewear import item_cache
from order_sync.adapters.ssactivewear.items import LONGEST_URL, MOST_IDENTIFIERS, batches
from order_sync.core.errors import MalformedResponseError, RejectedRequestError
from tests.fakes.clock import ManualClock
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    FakeSupplier,
    a_gateway,
    an_item_row,
    as_reply,
    documents,
    json_reply,
)


def asked(supplier: FakeSupplier) -> list[str]:
    return [request.url.raw_path.decode().split("?")[0].removeprefix("/v2/inventory/") for request in supplier.requests]


def look_up(document, *skus: str):
    found = a_gateway(FakeSupplier(json_reply(document))).look_up_items(skus)
    return {sku: item.sku for sku, item in found.items()}


def test_stock_is_told_per_warehouse_and_unknown_skus_are_missing():
    supplier = FakeSupplier(as_reply(documents()["inventory-partly-known"]))
    found = a_gateway(supplier).look_up_items(["B00760004", "B00000000"])
    assert asked(supplier) == ["B00760004,B00000000"]
    assert set(found) == {"B00760004"}
    assert found["B00760004"].stock == {"IL": 10000, "NV": 0, "KS": 7326}
    assert found["B00760004"].in_stock == 17326


@pytest.mark.parametrize("sku", ["b00760004", "00821780001001", "821780001001", "0821780001001", "2343", "mine-1"])
def test_an_item_answers_to_each_of_its_names_without_regard_to_case(sku):
    assert look_up([an_item_row(yourSku="MINE-1")], sku) == {sku: "B00760004"}


def test_a_barcode_is_asked_as_it_is_and_padded():
    supplier = FakeSupplier(json_reply([]))
    a_gateway(supplier).look_up_items(["821780001001", "12345"])
    assert asked(supplier) == ["821780001001,00821780001001,12345"]


def test_sku_wins_over_gtin_over_master_id_over_own_sku():
    items = [
        an_item_row("A", gtin="1", skuID_Master=4, yourSku="X"),
        an_item_row("X", gtin="2", skuID_Master=5, yourSku="1"),
        an_item_row("C", gtin="3", skuID_Master=1, yourSku="5"),
    ]
    assert look_up(items, "X", "1", "5") == {"X": "X", "1": "A", "5": "X"}


def test_two_items_under_the_same_own_sku_leave_it_unknown():
    items = [an_item_row("A", yourSku="MINE"), an_item_row("B", yourSku="MINE")]
    assert look_up(items, "MINE") == {}
    assert look_up([an_item_row("a"), an_item_row("A")], "A") == {"A": "A"}


@pytest.mark.parametrize("sku", ["A,B", "A/B", "A B", "", " ", "..", "A\\B", "A\tB", "A\ud800", "x" * 2000])
def test_a_sku_that_no_path_can_carry_is_unknown_and_never_asked(sku):
    supplier = FakeSupplier(json_reply([an_item_row()]))
    assert a_gateway(supplier).look_up_items([sku]) == {}
    assert supplier.requests == []


def test_odd_characters_are_quoted():
    supplier = FakeSupplier(json_reply([an_item_row("50%#?&+é")]))
    assert set(a_gateway(supplier).look_up_items(["50%#?&+é"])) == {"50%#?&+é"}
    assert asked(supplier) == ["50%25%23%3F%26%2B%C3%A9"]


@given(st.lists(st.text(alphabet="ABC019%é", min_size=1, max_size=80), max_size=130, unique=True))
def test_batches_ask_every_sku_once_within_the_limits(skus):
    made = list(batches(skus, room=400))
    assert [sku for batch, _ in made for sku in batch] == [s for s in skus if len(next(batches([s], 10**6))[1]) <= 400]
    assert all(len(path) <= 400 and path.count(",") < MOST_IDENTIFIERS for _, path in made)


def test_a_long_list_is_asked_in_several_requests_of_bounded_length():
    supplier = FakeSupplier(json_reply([]))
    a_gateway(supplier).look_up_items([f"B{number:05}" + "x" * 60 for number in range(100)])
    assert len(supplier.requests) > 3
    assert all(len(str(request.url)) <= LONGEST_URL for request in supplier.requests)


@pytest.mark.parametrize("example", ["error-404-inventory", "error-404-products"])
def test_not_found_in_the_suppliers_words_means_unknown(example):
    assert a_gateway(FakeSupplier(as_reply(documents()[example]))).look_up_items(["B00000000"]) == {}


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(404),
        as_reply(documents()["error-404-route"]),
        json_reply({"message": "x"}),
        json_reply([{"gtin": "1"}]),
        json_reply([{"sku": ""}]),
        json_reply("text"),
    ],
)
def test_any_other_answer_is_an_error_and_never_an_unknown_item(reply):
    with pytest.raises(MalformedResponseError):
        a_gateway(FakeSupplier(reply)).look_up_items(["B00000000"])


def test_a_refused_look_up_is_an_error():
    with pytest.raises(RejectedRequestError):
        a_gateway(FakeSupplier(json_reply({}, 400))).look_up_items(["B00000000"])


@pytest.mark.parametrize("warehouses", [None, "odd", [{"qty": 1}], [{"warehouseAbbr": "IL", "qty": "many"}]])
def test_stock_that_is_not_understood_is_stock_that_is_not_told(warehouses):
    found = a_gateway(FakeSupplier(json_reply([an_item_row(warehouses=warehouses)]))).look_up_items(["B00760004"])
    assert found["B00760004"].stock is None


def test_known_items_are_kept_for_a_minute_and_unknown_ones_are_not():
    clock = ManualClock()
    supplier = FakeSupplier(json_reply([an_item_row()]))
    gateway = a_gateway(supplier, clock)
    for _ in range(3):
        gateway.look_up_items(["B00760004"])
    assert len(supplier.requests) == 1
    gateway.look_up_items(["B00760004", "NEW"])
    gateway.look_up_items(["NEW"])
    assert asked(supplier)[1:] == ["NEW", "NEW"]
    clock.advance_s(60)
    gateway.look_up_items(["B00760004"])
    assert len(supplier.requests) == 4


def test_where_the_stock_decides_nothing_kept_is_given_again():
    supplier = FakeSupplier(
        json_reply([an_item_row(warehouses=[{"warehouseAbbr": "IL", "qty": 5}])]),
        json_reply([an_item_row(warehouses=[{"warehouseAbbr": "IL", "qty": 2}])]),
    )
    gateway = a_gateway(supplier)
    assert gateway.look_up_items(["B00760004"])["B00760004"].in_stock == 5
    assert gateway.look_up_items(["B00760004"], fresh=True)["B00760004"].in_stock == 2
    assert gateway.look_up_items(["B00760004"])["B00760004"].in_stock == 2
    assert len(supplier.requests) == 2


@pytest.mark.parametrize("code", ["DS", "ds"])
def test_what_the_mill_has_is_not_the_suppliers_stock(code):
    warehouses = [{"warehouseAbbr": "IL", "qty": 3}, {"warehouseAbbr": code, "qty": 240}]
    found = a_gateway(FakeSupplier(json_reply([an_item_row(warehouses=warehouses)]))).look_up_items(["B00760004"])
    assert found["B00760004"].in_stock == 3


def test_the_cache_is_bounded(monkeypatch):
    monkeypatch.setattr(item_cache, "MOST_KEPT", 2)
    cache = item_cache.ItemCache(ManualClock())
    cache.put({"A": "a", "B": "b"})
    cache.put({"A": "a", "C": "c"})
    assert cache.get(["A", "B", "C"]) == {"A": "a", "C": "c"}


def test_many_threads_may_look_up_at_once():
    gateway = a_gateway(FakeSupplier(json_reply([an_item_row()])))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: gateway.look_up_items(["B00760004", f"N{n % 5}"]), range(60)))
    assert all(set(one) == {"B00760004"} for one in found)
