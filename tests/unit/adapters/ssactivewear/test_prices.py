"""What items cost: what is asked, and which price counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from order_sync.adapters.ssactivewear.items import LONGEST_URL
from order_sync.core.errors import MalformedResponseError
from order_sync.core.model.money import Money
from tests.fakes.clock import ManualClock
from tests.unit.adapters.ssactivewear.fake_ssactivewear import FakeSupplier, a_gateway, as_reply, documents, json_reply

WHITE = "B00760004"


def a_product(sku: str = WHITE, **prices: Any) -> dict[str, Any]:
    return {"sku": sku, "customerPrice": "", "piecePrice": 4.21, "dozenPrice": 3.5, "casePrice": 3.15, **prices}


def price_of(*products: dict[str, Any], **gateway: Any) -> str | None:
    found = a_gateway(FakeSupplier(json_reply(list(products))), **gateway).item_prices([WHITE])
    return str(found[WHITE]) if WHITE in found else None


def test_the_documented_reply_is_read():
    supplier = FakeSupplier(as_reply(documents()["product"]))
    (price,) = a_gateway(supplier).item_prices([WHITE]).values()
    assert price.currency == "USD" and price.amount > 0


def test_only_the_prices_are_asked_for():
    supplier = FakeSupplier(json_reply([a_product()]))
    a_gateway(supplier).item_prices([WHITE, "B00760003"])
    assert supplier.last.url.path == f"/v2/products/{WHITE},B00760003"
    assert supplier.last.url.params["fields"] == "sku,customerPrice,piecePrice,dozenPrice,casePrice"


def test_the_accounts_own_price_counts():
    assert price_of(a_product(customerPrice=2.98)) == "2.98 USD"


@pytest.mark.parametrize("empty", ["", None, 0, "0.00", "call us"])
def test_until_it_is_enabled_the_highest_list_price_stands_in(empty):
    assert price_of(a_product(customerPrice=empty)) == "4.21 USD"
    assert price_of(a_product(customerPrice=empty, piecePrice=empty)) == "3.5 USD"


def test_an_item_without_any_price_is_missing():
    assert price_of(a_product(piecePrice=0, dozenPrice="", casePrice=None)) is None
    assert price_of() is None


def test_canadas_prices_are_canadian_dollars():
    assert price_of(a_product(), country="CA") == "4.21 CAD"


def test_names_and_skus_are_read_without_regard_to_case():
    assert price_of({"Sku": "b00760004", "CustomerPrice": "2.98"}) == "2.98 USD"


def test_prices_are_kept_for_ten_minutes():
    clock = ManualClock()
    supplier = FakeSupplier(json_reply([a_product()]))
    gateway = a_gateway(supplier, clock)
    for seconds in (0, 599, 1):
        clock.advance_s(seconds)
        assert gateway.item_prices([WHITE]) == {WHITE: Money(Decimal("4.21"), "USD")}
    assert len(supplier.requests) == 2


def test_many_items_are_asked_for_in_urls_that_are_not_too_long():
    supplier = FakeSupplier(json_reply([]))
    a_gateway(supplier).item_prices([f"B{number:05}" + "x" * 60 for number in range(100)])
    assert len(supplier.requests) > 1
    assert all(len(str(request.url)) <= LONGEST_URL for request in supplier.requests)


@pytest.mark.parametrize("document", ["no", [1], [[[[[{"sku": "A"}]]]]]])
def test_a_reply_of_another_shape_is_malformed(document):
    with pytest.raises(MalformedResponseError):
        a_gateway(FakeSupplier(json_reply(document))).item_prices([WHITE])
