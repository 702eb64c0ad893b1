"""The supplier ssactivewear keeps every rule, over HTTP beside the simulated S&S Activewear."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from order_sync.adapters.ssactivewear import plugin
from order_sync.core.model.address import Address
from order_sync.plugins.contracts import ManualClock, ServerOrder, SupplierBench, SupplierContract
from order_sync.plugins.registry import SupplierPlugin
from order_sync.sandbox import Sandbox


def the_plugin() -> SupplierPlugin:
    given: list[SupplierPlugin] = []
    plugin.register_suppliers(given.append)
    return given[0]


def place_of(there: dict[str, str]) -> Address:
    """An address in the members that S&S keeps it in (S&S API v2, POST orders page: shippingAddress)."""
    return Address(
        name=f"{there.get('attn', '')} {there.get('customer', '')}",
        address1=there["address"],
        city=there["city"],
        province_code=there["state"],
        postal_code=there["zip"],
    )


@contextmanager
def a_bench() -> Iterator[SupplierBench]:
    clock = ManualClock()
    with Sandbox(rate_limit_per_minute=None, now=clock.now) as sandbox:
        supplier = sandbox.supplier

        def orders() -> list[ServerOrder]:
            return [
                ServerOrder(
                    order["orderNumber"],
                    order["poNumber"],
                    {line["sku"]: line["qtyOrdered"] for line in order["lines"]},
                    test=order["_testOrder"],
                    cancelled=order["orderStatus"] == supplier.knobs.cancelled,
                    ship_to=place_of(order["shippingAddress"]),
                )
                for order in supplier.orders
            ]

        def ship(number: str, tracking: str) -> None:
            supplier.book.by_number(number).tracking = tracking
            supplier.ship(number)

        def split() -> None:
            """No warehouse has all of the three pieces."""
            for code in supplier.book.products["B00760004"].stock:
                supplier.set_stock("B00760004", code, 0)
            supplier.set_stock("B00760004", "IL", 2)
            supplier.set_stock("B00760004", "KS", 2)

        def set_stock(sku: str, count: int) -> None:
            for code in supplier.book.products[sku].stock:
                supplier.set_stock(sku, code, count if code == "IL" else 0)

        yield SupplierBench(
            plugin=the_plugin(),
            settings={"account": supplier.account, "base_url": supplier.base_url, "timeout_s": "5"},
            secrets={"api_key": supplier.api_key},
            orders=orders,
            items=("B00760004", "B00760003"),
            unfillable_sku="B00760009",
            ship=ship,
            split=split,
            cancel=supplier.cancel,
            stock_of=lambda sku: sum(supplier.book.products[sku].stock.values()),
            set_stock=set_stock,
            profile_email="buyer@example.com",
            clock=clock,
        )
        assert not supplier.crashes


class TestSsActivewear(SupplierContract):
    """S&S Activewear."""

    @pytest.fixture
    def bench(self) -> Iterator[SupplierBench]:
        with a_bench() as made:
            yield made
