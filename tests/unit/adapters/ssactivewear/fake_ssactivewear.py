"""A programmable S&S Activewear behind httpx.MockTransport, and what the tests of the adapter build with it.

Give `FakeSupplier` the replies in order (the last one is repeated); it keeps every request it got.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from order_sync.adapters.memory import InMemoryAccountGates
from order_sync.adapters.ssactivewear.client import SsActivewearClient
from order_sync.adapters.ssactivewear.gateway import SsActivewearGateway
from order_sync.adapters.ssactivewear.payment_profiles import SsActivewearPaymentProfiles
from order_sync.core.model.purchase_order import Mode, PurchaseOptions, PurchaseOrder, PurchaseOrderLine
from order_sync.core.use_cases.supplier_calls import SupplierCalls
from tests.builders import an_address
from tests.fakes.clock import ManualClock

US = "https://api.ssactivewear.com"
ACCOUNT = "12345"
API_KEY = "0c0ffee0-aaaa-bbbb-cccc-1234567890ab"
PO = "QA-1001"
EXAMPLES = Path(__file__).parents[3] / "data" / "ssactivewear" / "examples.json"

Reply = httpx.Response | Exception


def documents() -> dict[str, dict[str, Any]]:
    """Every example document by its id."""
    return {entry["id"]: entry for entry in json.loads(EXAMPLES.read_text(encoding="utf-8"))["documents"]}


def as_reply(document: dict[str, Any]) -> httpx.Response:
    """The reply of an example document."""
    reply = document["response"]
    text = reply["bodyText"] if "bodyText" in reply else json.dumps(reply.get("body"))
    return httpx.Response(reply["status"], text=text, headers=reply.get("headers", {}))


def json_reply(document: Any, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=document, headers=headers)


def html_reply(status: int) -> httpx.Response:
    return httpx.Response(status, html="<html><body><h1>Access denied</h1></body></html>")


class FakeSupplier:
    """Answers with the given replies in order, the last one for ever; an exception is raised instead."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]


def a_client(supplier: FakeSupplier, clock: ManualClock | None = None, **overrides: Any) -> SsActivewearClient:
    clock = clock or ManualClock()
    values: dict[str, Any] = {
        "base_url": US,
        "account": ACCOUNT,
        "api_key": lambda: API_KEY,
        "clock": clock,
        "calls": SupplierCalls(InMemoryAccountGates(), clock, ACCOUNT),
        "timeout_s": 5.0,
        "connection": "shop",
        "transport": httpx.MockTransport(supplier),
    }
    return SsActivewearClient(**{**values, **overrides})


def a_gateway(
    supplier: FakeSupplier, clock: ManualClock | None = None, *, country: str = "US", **overrides: Any
) -> SsActivewearGateway:
    clock = clock or ManualClock()
    return SsActivewearGateway(a_client(supplier, clock, **overrides), clock, country=country, settle_s=120.0)


def profiles(supplier: FakeSupplier) -> SsActivewearPaymentProfiles:
    return SsActivewearPaymentProfiles(a_client(supplier))


def a_purchase(**overrides: Any) -> PurchaseOrder:
    values: dict[str, Any] = {
        "po_number": PO,
        "mode": Mode.TEST,
        "lines": (PurchaseOrderLine("B00760004", 2),),
        "ship_to": an_address(),
        "options": PurchaseOptions(),
    }
    return PurchaseOrder(**{**values, **overrides})


def an_order_row(**overrides: Any) -> dict[str, Any]:
    """The members of an order reply that matter; None leaves one out."""
    values: dict[str, Any] = {
        "guid": "5b0c6a52-1f5e-4a0e-9a43-6f3a10d0c001",
        "warehouseAbbr": "IL",
        "orderNumber": "71000101",
        "invoiceNumber": "",
        "poNumber": PO,
        "orderDate": "2026-03-03T09:14:22.05",
        "orderType": "API",
        "orderStatus": "In Progress",
    }
    return {name: value for name, value in {**values, **overrides}.items() if value is not None}


def an_item_row(sku: str = "B00760004", **overrides: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "sku": sku,
        "gtin": "00821780001001",
        "skuID_Master": 2343,
        "yourSku": "",
        "warehouses": [{"warehouseAbbr": "IL", "qty": 10}, {"warehouseAbbr": "KS", "qty": 5}],
    }
    return {**values, **overrides}
