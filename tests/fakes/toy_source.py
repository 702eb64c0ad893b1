"""The plugin of the toy shop, which keeps every rule. Mistakes are made by overriding one method of `ToySource`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from order_sync.core.errors import NotAllowedError, OrderNotFoundError, RejectedRequestError
from order_sync.core.model.address import Address, StoreLocation
from order_sync.core.model.money import Money
from order_sync.core.model.order import (
    FinancialStatus,
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    FulfillmentWork,
    LineItem,
    Order,
    OrderHead,
    ShopSku,
    TrackingInfo,
    WorkLine,
    WorkStatus,
)
from order_sync.core.ports import OrderSource, ShopIdentity
from order_sync.plugins.contracts import OrderSourceBench
from order_sync.plugins.registry import Field, OrderSourcePlugin
from tests.fakes.toy_client import ToyClient
from tests.fakes.toy_shop import ADDRESS, KEY, ToyShop, place_of
from tests.fakes.web import Web


class ToySource(OrderSource):
    """Does it right."""

    def __init__(self, client: ToyClient) -> None:
        self.client = client

    def canonical_order_id(self, text: str) -> str:
        if not re.fullmatch("[0-9]{1,20}", text.strip(), re.ASCII):
            raise OrderNotFoundError(f"{text!r} is no order's id.", order=text)
        return text.strip()

    def get_order(self, order_id: str) -> Order:
        order_id = self.canonical_order_id(order_id)
        found = self.page(order_id, 0)
        if found is None:
            raise OrderNotFoundError(f"There is no order {order_id}.", order=order_id)
        with self.understood("GET orders"):
            lines, page = list(found["lines"]), found
            while page["more"]:
                page = self.page(order_id, len(lines))
                lines += page["lines"]
            return to_order(found, lines)

    def page(self, order_id: str, line: int) -> Any:
        found = self.client.ask("GET", f"orders/{order_id}", params={"line": line})
        with self.understood("GET orders"):
            return None if found is None else found["order"]

    def orders_changed_since(self, since: datetime) -> Iterator[OrderHead]:
        query = {"since": since.astimezone(UTC).isoformat()}
        while True:
            found = self.changed(query)
            with self.understood("GET orders"):
                heads, more = [to_head(each) for each in found["orders"]], found["more"]
                last = found["orders"][-1] if more else None
            yield from heads
            if last is None:
                return
            query["after"] = self.cursor(last, query)

    def changed(self, query: dict[str, str]) -> Any:
        return self.client.ask("GET", "orders", params=query)

    def cursor(self, last: dict[str, Any], query: dict[str, str]) -> str:
        return "|".join(place_of(last))

    def find_orders_by_name(self, name: str) -> tuple[OrderHead, ...]:
        found = self.client.ask("GET", "orders", params={"name": name})
        with self.understood("GET orders"):
            return tuple(to_head(each) for each in found["orders"] if each["name"] == name)

    def items(self) -> Any:
        raise NotAllowedError("This shop cannot list what it sells.")

    def locations(self) -> tuple[StoreLocation, ...]:
        found = self.client.ask("GET", "locations")
        with self.understood("GET locations"):
            return tuple(
                StoreLocation(each["id"], each["name"], Address(address1=each["street"])) for each in found["locations"]
            )

    def identify(self) -> ShopIdentity:
        found = self.client.ask("GET", "shop")
        with self.understood("GET shop"):
            return ShopIdentity(found["id"], found["name"], found["domain"])

    def create_fulfillment(self, write) -> str:
        pieces = {line: count for parts in write.work_lines.values() for line, count in parts.items()}
        if not pieces:
            raise RejectedRequestError("There is nothing to fulfil.", service="Toy", operation="POST fulfillments")
        (order_id,) = write.work_lines
        body = {"pieces": pieces, "tracking": self.parcels(write.tracking), "tell": write.notify_customer}
        found = self.write("POST", f"orders/{order_id}/fulfillments", body)
        with self.understood("POST fulfillments", write=True):
            return str(found["fulfillment"]["id"])

    def update_tracking(self, fulfillment_id, tracking, notify_customer) -> None:
        body = {"tracking": self.parcels(tracking), "tell": notify_customer}
        found = self.write("PUT", f"fulfillments/{fulfillment_id}", body)
        with self.understood("PUT fulfillments", write=True):
            found["fulfillment"]["id"]

    def write(self, method: str, path: str, body: dict[str, Any]) -> Any:
        return self.client.ask(method, path, json=body)

    def parcels(self, tracking: tuple[TrackingInfo, ...]) -> list[dict[str, str]]:
        return [{"number": info.number, "carrier": info.carrier} for info in tracking]

    def close(self) -> None:
        self.client.close()

    @contextmanager
    def understood(self, operation: str, *, write: bool = False) -> Iterator[None]:
        """An answer without the members that belong into it is one that was not understood."""
        try:
            yield
        except (KeyError, TypeError, AttributeError, ValueError, IndexError, InvalidOperation):
            raise self.client.broken(operation, write=write) from None


def to_head(found: dict[str, Any]) -> OrderHead:
    return OrderHead(
        found["id"],
        found["name"],
        datetime.fromisoformat(found["created"]),
        datetime.fromisoformat(found["updated"]),
    )


def to_order(found: dict[str, Any], lines: list[dict[str, Any]]) -> Order:
    first = to_head(found)
    return Order(
        order_id=first.order_id,
        name=first.name,
        number=first.order_id,
        created_at=first.created_at,
        updated_at=first.updated_at,
        financial_status=_status(found, lines),
        lines=tuple(_line(line) for line in lines),
        fulfillments=tuple(_fulfillment(first.name, made) for made in found["fulfillments"]),
        work=(_work(first.order_id, lines),),
        shipping_address=Address(**{name: str(found["to"][name]) for name in ADDRESS}),
        cancelled_at=datetime.fromisoformat(found["cancelled"]) if found["cancelled"] else None,
        total=Money(Decimal(found["total"]), "USD"),
    )


def _status(found: dict[str, Any], lines: list[dict[str, Any]]) -> FinancialStatus:
    if not found["paid"]:
        return FinancialStatus.PENDING
    return FinancialStatus.PARTIALLY_REFUNDED if any(line["refunded"] for line in lines) else FinancialStatus.PAID


def _line(line: dict[str, Any]) -> LineItem:
    return LineItem(
        line_id=line["id"],
        title=f"Item {line['sku']}",
        sku=ShopSku(line["sku"]),
        quantity=line["pieces"],
        current_quantity=line["pieces"] - line["refunded"],
        unfulfilled_quantity=line["left"],
        refunded_quantity=line["refunded"],
        unit_price=Money(Decimal(line["price"]), "USD"),
    )


def _work(order_id: str, lines: list[dict[str, Any]]) -> FulfillmentWork:
    parts = tuple(WorkLine(line["id"], line["id"], line["left"]) for line in lines)
    return FulfillmentWork(order_id, WorkStatus.OPEN, parts)


def _fulfillment(name: str, made: dict[str, Any]) -> Fulfillment:
    return Fulfillment(
        fulfillment_id=made["id"],
        name=f"{name}/{made['id']}",
        status=FulfillmentStatus.SUCCESS,
        lines=tuple(FulfillmentLine(line, pieces) for line, pieces in made["pieces"].items()),
        tracking=tuple(TrackingInfo(parcel["number"], parcel["carrier"]) for parcel in made["tracking"]),
    )


FIELDS = (
    Field("base_url", "Address", "Of the shop", required=True),
    Field("key", "Key", "Given by the shop", secret=True),
)


def a_bench(web: Web, source: type[ToySource] = ToySource, client: type[ToyClient] = ToyClient) -> OrderSourceBench:
    """A new shop, and the plugin that is given for it."""
    shop = ToyShop()

    def build(context):
        return source(client(context.settings["base_url"], context.secret, context.clock, context.http_transport))

    return OrderSourceBench(
        plugin=OrderSourcePlugin("toy", "Toy", build, FIELDS),
        settings={"base_url": web.serve(shop)},
        secrets={"key": KEY},
        new_order=shop.new_order,
        change=shop.touch,
        name_of=lambda order_id: shop.orders[order_id]["name"],
        fulfillments=shop.fulfillments,
        location_names=["Main Street"],
        absent_id="404",
        other_ids=lambda order_id: (f" {order_id} ",),
        cancel=shop.cancel,
        refund=shop.refund,
        clock=shop.clock,
    )
