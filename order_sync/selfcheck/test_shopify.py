"""The order source shopify keeps every rule, over HTTP beside the simulated shop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from order_sync.adapters.shopify import plugin
from order_sync.plugins.contracts import (
    ManualClock,
    NewOrder,
    OrderSourceBench,
    OrderSourceContract,
    ShopFulfillment,
)
from order_sync.plugins.registry import OrderSourcePlugin
from order_sync.sandbox.shopify.server import ShopifySimulator


def the_plugin() -> OrderSourcePlugin:
    given: list[OrderSourcePlugin] = []
    plugin.register_order_sources(given.append)
    return given[0]


def is_write(request: httpx.Request) -> bool:
    """Every question is a POST; a write is one that has a mutation. The grant of a token has no lasting effect."""
    return request.url.path.endswith(".json") and "mutation " in json.loads(request.content)["query"]


@contextmanager
def a_shop(clock: ManualClock) -> Iterator[ShopifySimulator]:
    shop = ShopifySimulator(now=clock.now)
    shop.knobs.tracking_url_for_known_carriers = False
    shop.start()
    try:
        yield shop
    finally:
        shop.stop()
    assert not shop.crashes


def new_order(shop: ShopifySimulator, wanted: NewOrder) -> str:
    to = wanted.ship_to
    first, _, last = to.name.partition(" ")
    return shop.add_order(
        [{"sku": line.sku, "quantity": line.quantity, "price": str(line.price)} for line in wanted.lines],
        financial_status="PAID" if wanted.paid else "PENDING",
        address={
            "firstName": first,
            "lastName": last,
            "address1": to.address1,
            "city": to.city,
            "province": to.province,
            "provinceCode": to.province_code,
            "countryCodeV2": to.country_code,
            "zip": to.postal_code,
        },
    )


@contextmanager
def a_bench(*, granted: bool = False) -> Iterator[OrderSourceBench]:
    """With a token of its own, or one that is granted for a day."""
    clock = ManualClock()
    with a_shop(clock) as shop:

        def fulfillments(order_id: str) -> list[ShopFulfillment]:
            return [
                ShopFulfillment(
                    parcel.id,
                    {str(item.line.sku): item.quantity for item in parcel.lines},
                    tuple(str(row["number"]) for row in parcel.tracking),
                    told=parcel.told,
                )
                for parcel in shop.fulfillments(order_id)
            ]

        def refund(order_id: str, sku: str, pieces: int) -> None:
            (line,) = [line for line in shop.orders[order_id].lines if line.sku == sku]
            shop.refund(order_id, {line.id: pieces})

        def change(order_id: str) -> None:
            shop.touch(shop.orders[order_id])

        def add_item(sku: str) -> None:
            shop.add_product("Something", sku)

        yield OrderSourceBench(
            plugin=the_plugin(),
            settings={"shop": shop.domain, "base_url": shop.base_url, "timeout_s": "5"},
            secrets={"client_id": shop.client_id, "client_secret": shop.client_secret}
            if granted
            else {"token": shop.token},
            new_order=lambda wanted: new_order(shop, wanted),
            change=change,
            name_of=lambda order_id: shop.orders[order_id].name,
            fulfillments=fulfillments,
            location_names=[location.name for location in shop.locations.values()],
            absent_id="gid://shopify/Order/404",
            other_ids=lambda order_id: (order_id.rpartition("/")[2], f" {order_id} "),
            cancel=shop.cancel,
            refund=refund,
            add_item=add_item,
            is_write=is_write,
            clock=clock,
        )


class TestShopify(OrderSourceContract):
    """Shopify, with a token of its own."""

    @pytest.fixture
    def bench(self) -> Iterator[OrderSourceBench]:
        with a_bench() as made:
            yield made
