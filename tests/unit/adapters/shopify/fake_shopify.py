"""A programmable stand-in for Shopify over httpx.MockTransport.

Give it answers by operation name with `answers`; each is used once, the last one again and again. An answer is
``data`` (a dict without "data"), a whole body ("data"/"errors" in it), an httpx.Response, or an exception.
`requests` has what was asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from order_sync.adapters.shopify.plugin import build
from order_sync.core.ports import OrderSource
from order_sync.plugins.registry import OrderSourceContext
from tests.fakes.clock import ManualClock

TOKEN = "shpat_0123456789abcdef"
GID = "gid://shopify/Order/1"
T0, T1 = "2026-03-03T12:00:00Z", "2026-03-03T12:00:07Z"


class FakeShopify:
    def __init__(self, **answers: Any) -> None:
        self._answers: dict[str, list[Any]] = {}
        self.requests: list[httpx.Request] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.clock = ManualClock()
        self.secrets: dict[str, str] = {"token": TOKEN}
        for name, given in answers.items():
            self.answers(name, *(given if isinstance(given, list) else [given]))

    def answers(self, operation: str, *given: Any) -> None:
        self._answers[operation] = list(given)

    @property
    def operations(self) -> list[str]:
        return [name for name, _ in self.asked]

    def source(self, **settings: Any) -> OrderSource:
        context = OrderSourceContext(
            connection="main",
            settings={"shop": "demo", **settings},
            secret=self.secrets.get,
            clock=self.clock,
            http_transport=httpx.MockTransport(self._handle),
        )
        return build(context)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path.endswith("/oauth/access_token"):
            return self._next("grant")
        body = json.loads(request.content)
        self.asked.append((body["operationName"], body["variables"]))
        return self._next(body["operationName"])

    def _next(self, name: str) -> httpx.Response:
        queue = self._answers[name]
        given = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(given, Exception):
            raise given
        if isinstance(given, httpx.Response):
            return given
        whole = name == "grant" or "data" in given or "errors" in given
        return httpx.Response(200, json=given if whole else {"data": given})


def graphql_error(code: str | None = None, message: str = "No.", path: Iterable[Any] | None = None, **more: Any) -> Any:
    error: dict[str, Any] = {"message": message, "extensions": {**({"code": code} if code else {}), **more}}
    if path is not None:
        error["path"] = list(path)
    return {"errors": [error]}


def cost(requested: float, available: float, maximum: float = 2000, rate: float = 100) -> dict[str, Any]:
    status = {"maximumAvailable": maximum, "currentlyAvailable": available, "restoreRate": rate}
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}}


def throttled(requested: float = 100, available: float = 0, **bucket: float) -> Any:
    return {**graphql_error("THROTTLED", "Throttled"), "extensions": cost(requested, available, **bucket)}


def page(*nodes: Mapping[str, Any], more: str | None = None) -> dict[str, Any]:
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": more is not None, "endCursor": more}}


def a_raw_line(number: int = 1, **overrides: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "name": "T-Shirt - Black / L",
        "title": "T-Shirt",
        "sku": "B00760004",
        "vendor": "Gildan",
        "quantity": 2,
        "currentQuantity": 2,
        "unfulfilledQuantity": 2,
        "requiresShipping": True,
        "isGiftCard": False,
        "originalUnitPriceSet": {"shopMoney": {"amount": "12.50", "currencyCode": "USD"}},
        **overrides,
    }


def a_raw_work(number: int = 1, *lines: Mapping[str, Any], **overrides: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/FulfillmentOrder/{number}",
        "status": "OPEN",
        "fulfillAt": None,
        "updatedAt": T0,
        "fulfillmentHolds": [],
        "lineItems": page(*lines),
        **overrides,
    }


def a_raw_work_line(number: int = 1, line: int = 1, remaining: int = 2) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/FulfillmentOrderLineItem/{number}",
        "remainingQuantity": remaining,
        "lineItem": {"id": f"gid://shopify/LineItem/{line}"},
    }


def a_raw_parcel(number: int = 1, *lines: Mapping[str, Any], **overrides: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Fulfillment/{number}",
        "name": f"#1001-F{number}",
        "status": "SUCCESS",
        "createdAt": T0,
        "updatedAt": T0,
        "trackingInfo": [],
        "fulfillmentLineItems": page(*lines),
        **overrides,
    }


def a_raw_parcel_line(number: int = 1, line: int = 1, quantity: int | None = 2) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/FulfillmentLineItem/{number}",
        "quantity": quantity,
        "lineItem": {"id": f"gid://shopify/LineItem/{line}"},
    }


def a_raw_refund(number: int, *parts: tuple[int, int, str], more: str | None = None) -> dict[str, Any]:
    """A refund of (line, quantity, restock type)."""
    nodes = [
        {"quantity": quantity, "restockType": kind, "lineItem": {"id": f"gid://shopify/LineItem/{line}"}}
        for line, quantity, kind in parts
    ]
    return {"id": f"gid://shopify/Refund/{number}", "refundLineItems": page(*nodes, more=more)}


def a_raw_address(**overrides: Any) -> dict[str, Any]:
    members = "firstName lastName name company address1 address2 city province provinceCode countryCodeV2 zip phone"
    return {**dict.fromkeys(members.split()), **overrides}


def a_raw_order(*lines: Mapping[str, Any], **overrides: Any) -> dict[str, Any]:
    return {
        "id": GID,
        "name": "#1001",
        "createdAt": T0,
        "updatedAt": T0,
        "number": 1001,
        "cancelledAt": None,
        "test": False,
        "tags": [],
        "email": None,
        "displayFinancialStatus": "PAID",
        "shippingAddress": a_raw_address(name="Dana Quill", city="Duluth", countryCodeV2="US"),
        "lineItems": page(*(lines or (a_raw_line(),))),
        "fulfillmentOrders": page(),
        "fulfillments": [],
        **overrides,
    }


def a_raw_head(number: int, updated_at: str = T0, **overrides: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{1000 + number}",
        "createdAt": T0,
        "updatedAt": updated_at,
        **overrides,
    }
