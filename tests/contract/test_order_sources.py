"""The order source in memory, which stands for a shop in tests and previews, keeps the rules that need no network."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_sync.adapters.memory import InMemoryOrderSource
from order_sync.core.model.money import Money
from order_sync.core.model.order import FinancialStatus, ShopItem, ShopSku
from order_sync.plugins.contracts import ManualClock, NewOrder, OrderSourceBench, OrderSourceContract, ShopFulfillment
from order_sync.plugins.contracts.builders import a_line, a_location, an_order
from order_sync.plugins.registry import OrderSourcePlugin


class ShopInMemory:
    """What happens in the shop; it knows no fulfillment but those that it was told of."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.source = InMemoryOrderSource(locations=[a_location()], clock=self.clock)

    def new_order(self, wanted: NewOrder) -> str:
        number = 1001 + len(self.source.orders)
        lines = [
            a_line(f"{number}/{place}", line.sku, line.quantity, unit_price=Money(line.price, "USD"))
            for place, line in enumerate(wanted.lines)
        ]
        made = an_order(
            *lines,
            order_id=f"order/{number}",
            name=f"#{number}",
            number=str(number),
            created_at=self.clock.now(),
            updated_at=self.clock.now(),
            financial_status=FinancialStatus.PAID if wanted.paid else FinancialStatus.PENDING,
            shipping_address=wanted.ship_to,
            total=Money(sum(line.price * line.quantity for line in wanted.lines), "USD"),
        )
        work = (replace(made.work[0], work_id=f"work/{number}"),)
        self.source.put(replace(made, work=work))
        return made.order_id

    def change(self, order_id: str, **members: object) -> None:
        self.source.put(replace(self.source.orders[order_id], updated_at=self.clock.now(), **members))

    def refund(self, order_id: str, sku: str, pieces: int) -> None:
        order = self.source.orders[order_id]
        lines = [
            replace(line, current_quantity=line.quantity - pieces, refunded_quantity=pieces)
            if line.sku == sku
            else line
            for line in order.lines
        ]
        self.change(order_id, lines=tuple(lines), financial_status=FinancialStatus.PARTIALLY_REFUNDED)

    def fulfillments(self, order_id: str) -> list[ShopFulfillment]:
        order = self.source.orders[order_id]
        return [
            ShopFulfillment(
                made.fulfillment_id,
                {order.line(part.line_id).sku: part.quantity for part in made.lines},
                tuple(info.number for info in made.tracking),
                told=self.source.notified.count(made.fulfillment_id),
            )
            for made in order.fulfillments
        ]


class TestInMemory(OrderSourceContract):
    @pytest.fixture
    def bench(self) -> OrderSourceBench:
        shop = ShopInMemory()
        return OrderSourceBench(
            plugin=OrderSourcePlugin("memory", "Memory", lambda context: shop.source),
            settings={},
            secrets={},
            new_order=shop.new_order,
            change=shop.change,
            name_of=lambda order_id: shop.source.orders[order_id].name,
            fulfillments=shop.fulfillments,
            location_names=["Main Street"],
            absent_id="order/404",
            cancel=lambda order_id: shop.change(order_id, cancelled_at=shop.clock.now()),
            refund=shop.refund,
            add_item=lambda sku: shop.source.catalogue.append(ShopItem(ShopSku(sku))),
            network=False,
            clock=shop.clock,
        )
