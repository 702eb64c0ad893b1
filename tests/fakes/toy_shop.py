"""A shop that is small and whole, with a REST API of pages: what it remembers, and what happens in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from order_sync.plugins.contracts import ManualClock, NewOrder, ShopFulfillment
from tests.fakes.web import Answer

KEY = "toy-shop-key-0123456789"
PAGE = 20


@dataclass
class ToyShop:
    """What the shop remembers. Lists and lines come in pages, each after an id or (time, id) that came before."""

    clock: ManualClock = field(default_factory=ManualClock)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, method: str, path: str, query: dict[str, str], body: dict[str, Any], key: str) -> Answer:
        if key != KEY:
            return 401, {"message": "wrong key"}
        if path == "shop":
            return 200, {"id": "1", "name": "Toy Shop", "domain": "shop.example.com"}
        if path == "locations":
            return 200, {"locations": [{"id": "L1", "name": "Main Street", "street": "1 Main St"}]}
        if path == "orders":
            return self.listed(query)
        kind, _, rest = path.partition("/")
        if (kind, method) == ("orders", "GET"):
            order = self.orders.get(rest)
            return (404, {"absent": True}) if order is None else (200, {"order": self.page_of(order, query)})
        if (kind, method) == ("orders", "POST"):
            return self.fulfil(rest.removesuffix("/fulfillments"), body)
        if (kind, method) == ("fulfillments", "PUT"):
            return self.track(rest, body)
        return 404, {"message": "no such address"}

    def listed(self, query: dict[str, str]) -> Answer:
        if "name" in query:
            return 200, {"orders": [head(each) for each in self.orders.values() if query["name"] in each["name"]]}
        ordered = sorted(self.orders.values(), key=place_of)
        after = tuple(query["after"].split("|")) if "after" in query else ("", "")
        found = [each for each in ordered if each["updated"] >= query["since"] and place_of(each) > after]
        return 200, {"orders": [head(each) for each in found[:PAGE]], "more": len(found) > PAGE}

    def page_of(self, order: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
        start = int(query.get("line", 0))
        return {**order, "lines": order["lines"][start : start + PAGE], "more": len(order["lines"]) > start + PAGE}

    def fulfil(self, order_id: str, body: dict[str, Any]) -> Answer:
        order = self.orders.get(order_id)
        lines = {line["id"]: line for line in order["lines"]} if order else {}
        for line_id, pieces in body["pieces"].items():
            if line_id not in lines or not 1 <= pieces <= lines[line_id]["left"]:
                return 422, {"problems": [["pieces", "not so many are left"]]}
        if order is None or not body["pieces"]:
            return 422, {"problems": [["pieces", "there are none"]]}
        for line_id, pieces in body["pieces"].items():
            lines[line_id]["left"] -= pieces
        number = f"{order_id}-F{len(order['fulfillments']) + 1}"
        made = {"id": number, "pieces": body["pieces"], "tracking": body["tracking"], "told": int(body["tell"])}
        order["fulfillments"].append(made)
        self.touch(order_id)
        return 201, {"fulfillment": made}

    def track(self, fulfillment_id: str, body: dict[str, Any]) -> Answer:
        for order in self.orders.values():
            for made in order["fulfillments"]:
                if made["id"] == fulfillment_id:
                    made["tracking"] = body["tracking"]
                    made["told"] += body["tell"]
                    self.touch(order["id"])
                    return 200, {"fulfillment": made}
        return 422, {"problems": [["id", "there is no such fulfillment"]]}

    def touch(self, order_id: str) -> None:
        self.orders[order_id]["updated"] = self.clock.now().isoformat()

    # ------------------------------------------------------------------ what happens in the shop

    def new_order(self, wanted: NewOrder) -> str:
        number = str(1001 + len(self.orders))
        to, now = wanted.ship_to, self.clock.now().isoformat()
        self.orders[number] = {
            "id": number,
            "name": f"#{number}",
            "created": now,
            "updated": now,
            "paid": wanted.paid,
            "cancelled": None,
            "total": str(sum(line.price * line.quantity for line in wanted.lines)),
            "to": {name: getattr(to, name) for name in ADDRESS},
            "fulfillments": [],
            "lines": [
                {
                    "id": f"{number}-{place}",
                    "sku": line.sku,
                    "pieces": line.quantity,
                    "left": line.quantity,
                    "refunded": 0,
                    "price": str(line.price),
                }
                for place, line in enumerate(wanted.lines)
            ],
        }
        return number

    def cancel(self, order_id: str) -> None:
        self.touch(order_id)
        self.orders[order_id]["cancelled"] = self.orders[order_id]["updated"]

    def refund(self, order_id: str, sku: str, pieces: int) -> None:
        self.touch(order_id)
        (line,) = [line for line in self.orders[order_id]["lines"] if line["sku"] == sku]
        line["refunded"] += pieces
        line["left"] -= pieces

    def fulfillments(self, order_id: str) -> list[ShopFulfillment]:
        order = self.orders[order_id]
        skus = {line["id"]: line["sku"] for line in order["lines"]}
        return [
            ShopFulfillment(
                made["id"],
                {skus[line]: pieces for line, pieces in made["pieces"].items()},
                tuple(parcel["number"] for parcel in made["tracking"]),
                told=made["told"],
            )
            for made in order["fulfillments"]
        ]


ADDRESS = ("name", "address1", "city", "province_code", "postal_code", "country_code")


def head(order: dict[str, Any]) -> dict[str, Any]:
    return {name: order[name] for name in ("id", "name", "created", "updated")}


def place_of(order: dict[str, Any]) -> tuple[str, str]:
    return order["updated"], order["id"]
