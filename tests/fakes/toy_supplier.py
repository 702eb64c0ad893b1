"""A supplier that is small and whole: its server's memory, and a plugin that keeps every rule beside it.

Mistakes are made by overriding one method of `ToyGateway`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from order_sync.core.errors import RejectedRequestError
from order_sync.core.model.address import Address, AddressProblem
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.purchase_order import Mode, SupplierSku
from order_sync.core.model.supplier_order import (
    Capabilities,
    LineRefusal,
    Submission,
    SupplierItem,
    SupplierOrder,
    SupplierOrderLine,
    SupplierOrderStatus,
)
from order_sync.core.ports import SupplierGateway
from order_sync.plugins.contracts import ServerOrder, SupplierBench
from order_sync.plugins.registry import Field, Supplier, SupplierPlugin
from tests.fakes.toy_client import ToyClient
from tests.fakes.web import Answer, Web

KEY = "toy-key-0123456789"
ITEMS = {"SHIRT-S": 5000, "SHIRT-M": 5000, "SOLD-OUT": 0}


@dataclass
class ToySupply:
    """What the supplier remembers. Its search by PO number finds whatever begins with it, in any case."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    splits_next: bool = False
    left: dict[str, int] = field(default_factory=lambda: dict(ITEMS))

    def __call__(self, method: str, path: str, query: dict[str, str], body: dict[str, Any], key: str) -> Answer:
        if key != KEY:
            return 401, {"message": "wrong key"}
        if (method, path) == ("GET", "me"):
            return 200, {"account": "12345"}
        if (method, path) == ("GET", "items"):
            asked = query["skus"].split(",")
            return 200, {"items": [{"sku": sku, "stock": ITEMS[sku]} for sku in asked if sku in ITEMS]}
        if (method, path) == ("GET", "orders"):
            po = query["po"].lower()
            return 200, {"orders": [order for order in self.orders if order["po"].lower().startswith(po)]}
        if (method, path) == ("POST", "orders"):
            return self.place(body)
        if method == "DELETE":
            return self.cancel(path.removeprefix("orders/"))
        return 404, {"message": "no such address"}

    def place(self, body: dict[str, Any]) -> Answer:
        unknown = [["sku", f"{line['sku']} is no item"] for line in body["lines"] if line["sku"] not in ITEMS]
        refused = [line for line in body["lines"] if self.left.get(line["sku"], 0) < line["pieces"]]
        taken = [line for line in body["lines"] if line not in refused]
        if unknown or not taken or (refused and body["all_or_nothing"]):
            return 422, {"problems": unknown or [["sku", f"{line['sku']} is sold out"] for line in refused]}
        parts = [taken]
        if self.splits_next and len(taken) > 1:
            parts, self.splits_next = [taken[:1], taken[1:]], False
        made = [self.keep(body, part) for part in parts]
        return 201, {"orders": made, "refused": [{**line, "text": "sold out"} for line in refused]}

    def keep(self, body: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
        number = str(7000 + len(self.orders))
        order = {key: body[key] for key in ("po", "test", "to")} | {"number": number, "lines": lines, "status": "open"}
        self.orders.append(order)
        return order

    def cancel(self, number: str) -> Answer:
        order = self.by_number(number)
        if order is None:
            return 404, {"absent": True}
        if order["status"] != "open":
            return 422, {"problems": [["number", f"it is {order['status']}"]]}
        order["status"] = "cancelled"
        return 200, {"order": order}

    def by_number(self, number: str) -> dict[str, Any] | None:
        return next((order for order in self.orders if order["number"] == number), None)

    def ship(self, number: str, tracking: str) -> None:
        order = self.by_number(number)
        assert order is not None
        order.update(status="shipped", tracking=tracking)


class ToyGateway(SupplierGateway):
    """Does it right."""

    capabilities = Capabilities(find_by_po=True, test_orders=True, cancel=True, stock=False, contact="Toy Supply")
    settle_s = 0.0
    timeout_s = 5.0

    def __init__(self, client: ToyClient) -> None:
        self.client = client

    def option_problems(self, options):
        unknown = options.shipping_method not in (None, "ground")
        return (f"there is no shipping method {options.shipping_method!r}",) if unknown else ()

    def address_problems(self, address, options):
        missing = not (address.address1 and address.city and address.postal_code)
        return (AddressProblem("incomplete", "A part is missing.", "Complete it in the shop."),) if missing else ()

    def look_up_items(self, skus, *, fresh=False):
        asked = list(skus)
        if not asked:
            return {}
        found = self.client.ask("GET", "items", params={"skus": ",".join(asked)})
        with self.understood("GET items", write=False):
            known = {item["sku"]: SupplierItem(SupplierSku(item["sku"])) for item in found["items"]}
        return {sku: known[sku] for sku in asked if sku in known}

    def compose(self, purchase_order):
        return json.dumps(
            {
                "po": purchase_order.po_number,
                "test": self.is_test(purchase_order),
                "all_or_nothing": purchase_order.options.reject_line_errors,
                "lines": [{"sku": line.sku, "pieces": line.quantity} for line in purchase_order.lines],
                "to": self.to(purchase_order.ship_to),
            }
        )

    def to(self, address):
        return asdict(address)

    def is_test(self, purchase_order):
        return purchase_order.mode is Mode.TEST

    def submit(self, purchase_order, body):
        found = self.place(body)
        with self.understood("POST orders", write=True):
            orders = tuple(to_order(order) for order in found["orders"])
            refusals = self.refusals(found)
        if not orders:
            raise self.client.broken("POST orders", write=True)
        return Submission(orders, refusals)

    def place(self, body):
        return self.client.ask("POST", "orders", content=body)

    def refusals(self, found):
        return tuple(LineRefusal(line["sku"], line["pieces"], line["text"]) for line in found["refused"])

    def find_by_po_number(self, po_number):
        found = self.search(po_number)
        with self.understood("GET orders", write=False):
            orders = tuple(to_order(order, "look-up") for order in found["orders"])
        return tuple(order for order in orders if self.is_of(order, po_number))

    def search(self, po_number):
        return self.client.ask("GET", "orders", params={"po": po_number})

    def is_of(self, order, po_number):
        return order.po_number == po_number

    def cancel_order(self, order_number):
        try:
            found = self.client.ask("DELETE", f"orders/{order_number}")
        except RejectedRequestError:
            return None
        if found is None:
            return None
        with self.understood("DELETE orders", write=True):
            order = to_order(found["order"])
        return order if order.status is SupplierOrderStatus.CANCELLED else None

    def check(self):
        found = self.client.ask("GET", "me")
        with self.understood("GET me", write=False):
            return f"account {found['account']}"

    def close(self):
        self.client.close()

    def understood(self, operation, *, write):
        return _Understood(self.client, operation, write)


class _Understood:
    """An answer without the members that belong into it is one that was not understood."""

    def __init__(self, client: ToyClient, operation: str, write: bool) -> None:
        self._client, self._operation, self._write = client, operation, write

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, error, trace):
        if isinstance(error, (KeyError, TypeError, AttributeError, ValueError, IndexError)):
            raise self._client.broken(self._operation, write=self._write) from None


STATUS = {
    "open": SupplierOrderStatus.IN_PROGRESS,
    "shipped": SupplierOrderStatus.SHIPPED,
    "cancelled": SupplierOrderStatus.CANCELLED,
}


def to_order(found: dict[str, Any], found_by: str = "response") -> SupplierOrder:
    tracking = (TrackingInfo(found["tracking"], "UPS"),) if found.get("tracking") else ()
    lines = tuple(SupplierOrderLine(SupplierSku(line["sku"]), line["pieces"]) for line in found["lines"])
    return SupplierOrder(
        order_number=found["number"],
        po_number=found["po"],
        status=STATUS[found["status"]],
        lines=lines,
        tracking=tracking,
        found_by=found_by,
    )


FIELDS = (
    Field("account", "Account", "Your number", required=True),
    Field("base_url", "Address", "Of the supplier", required=True),
    Field("key", "Key", "Given by the supplier", secret=True),
)


def a_bench(web: Web, gateway: type[ToyGateway] = ToyGateway, client: type[ToyClient] = ToyClient) -> SupplierBench:
    """A new supplier, and the plugin that is given for it."""
    supply = ToySupply()

    def build(context):
        return Supplier(
            gateway(client(context.settings["base_url"], context.secret, context.clock, context.http_transport))
        )

    def orders():
        return [
            ServerOrder(
                order["number"],
                order["po"],
                {line["sku"]: line["pieces"] for line in order["lines"]},
                test=order["test"],
                cancelled=order["status"] == "cancelled",
                ship_to=Address(**order["to"]),
            )
            for order in supply.orders
        ]

    return SupplierBench(
        plugin=SupplierPlugin("toy", "Toy", build, FIELDS, gateway.capabilities),
        settings={"account": "12345", "base_url": web.serve(supply)},
        secrets={"key": KEY},
        orders=orders,
        items=("SHIRT-S", "SHIRT-M"),
        unfillable_sku="SOLD-OUT",
        ship=supply.ship,
        split=lambda: setattr(supply, "splits_next", True),
        cancel=supply.cancel,
        set_stock=supply.left.__setitem__,
    )
