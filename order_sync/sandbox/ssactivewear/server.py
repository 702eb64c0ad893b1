"""The S&S REST API V2 on loopback: door (firewall, key, rate limit), routes, and the handles a test holds.

Not simulated: XML, styles, brands, categories, specs, invoices as PDF, returns; they answer the documented
404 of an unknown resource.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from order_sync.sandbox.http import SandboxServer
from order_sync.sandbox.knob_setting import turn
from order_sync.sandbox.messages import Reply, Request
from order_sync.sandbox.ssactivewear import errors, items, placing, reading, tracking
from order_sync.sandbox.ssactivewear.knobs import Knobs
from order_sync.sandbox.ssactivewear.order_book import OrderBook
from order_sync.sandbox.ssactivewear.stored_order import StoredOrder, box_document, document, line_document


class SupplierSimulator(SandboxServer):
    """A stand-in for S&S.

    `account` and `api_key` are what Basic auth wants; `book` holds stock and orders.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        now: Callable[[], datetime] | None = None,
        seed: int = 0,
        knobs: Knobs | None = None,
        account: str = "00099",
        api_key: str = "6a1f3c9e-0000-4000-8000-5d2b7e8f9a10",
    ) -> None:
        super().__init__(port=port, now=now, seed=seed)
        self.knobs = knobs or Knobs()
        self.account = account
        self.api_key = api_key
        self.book = OrderBook(self.knobs, seed, account)
        self._minute = -1
        self._used = 0

    # ------------------------------------------------------------ handles for tests

    @property
    def profiles(self) -> dict[str, list[dict[str, object]]]:
        """E-mail (lower case) to saved payment profiles; change it freely."""
        return self.book.profiles

    @property
    def orders(self) -> list[dict[str, Any]]:
        """All stored orders, oldest first.

        The GET document with lines and boxes, plus `_testOrder` and `_request`.
        """
        with self.lock:
            return [self._inside_view(order) for order in self.book.orders]

    def orders_for(self, po_number: str) -> list[dict[str, Any]]:
        return [order for order in self.orders if order["poNumber"] == po_number]

    def _inside_view(self, order: StoredOrder) -> dict[str, Any]:
        return {
            **document(order, self.clock(), self.knobs),
            "lines": [line_document(line, order.warehouse) for line in order.lines],
            "boxes": [box_document(order, box) for box in order.boxes],
            "_testOrder": order.test,
            "_request": order.request,
        }

    def ship(self, order_number: str, boxes: int = 1, shipped: dict[str, int] | None = None) -> dict[str, Any]:
        """Ship an order; `shipped` maps SKU to pieces where the warehouse could not fill all.

        Returns the order.
        """
        with self.lock:
            order = self.book.by_number(order_number)
            self.book.ship(order, self.clock(), boxes, shipped)
            return self._inside_view(order)

    def cancel(self, order_number: str) -> dict[str, Any]:
        """S&S itself cancels, at any time."""
        with self.lock:
            order = self.book.by_number(order_number)
            self.book.cancel(order, self.clock())
            return self._inside_view(order)

    def credit(self, order_number: str) -> dict[str, Any]:
        """A credit under the same PO, as after a return."""
        with self.lock:
            return self._inside_view(self.book.credit(self.book.by_number(order_number), self.clock()))

    def set_stock(self, sku: str, warehouse: str, qty: int) -> None:
        with self.lock:
            self.book.products[sku].stock[warehouse] = qty

    def state(self) -> dict[str, Any]:
        with self.lock:
            stock = {sku: dict(product.stock) for sku, product in self.book.products.items()}
        return {"orders": self.orders, "stock": stock, "profiles": self.profiles}

    def command(self, name: str, payload: dict[str, Any]) -> Any:
        """What other processes may ask for.

        ship {orderNumber, boxes, shipped}; cancel, credit {orderNumber}; stock {sku, warehouse, qty}; knobs.
        """
        match name:
            case "ship":
                return self.ship(payload["orderNumber"], payload.get("boxes", 1), payload.get("shipped"))
            case "cancel":
                return self.cancel(payload["orderNumber"])
            case "credit":
                return self.credit(payload["orderNumber"])
            case "stock":
                self.set_stock(payload["sku"], payload["warehouse"], payload["qty"])
                return {}
            case "knobs":
                return turn(self.knobs, payload)
        raise LookupError(name)

    # ------------------------------------------------------------ the door

    def respond(self, request: Request) -> Reply:
        agent = request.header("user-agent").lower()
        if self.knobs.user_agent_firewall and (not agent or agent.startswith(self.knobs.refused_agents)):
            return errors.firewall()
        with self.lock:
            if not self._key_fits(request.header("authorization")):
                return self._counted(self._bad_key())
            if not self._admit():
                limited = Reply(429, self.knobs.rate_limit_body.encode(), {"Content-Type": "application/json"})
                return self._counted(limited)
            return self._counted(self._route(request))

    def _key_fits(self, header: str) -> bool:
        expected = base64.b64encode(f"{self.account}:{self.api_key}".encode()).decode()
        return hmac.compare_digest(header.encode(), f"Basic {expected}".encode())

    def _bad_key(self) -> Reply:
        status = self.knobs.bad_key_status
        if self.knobs.bad_key_html:
            return Reply.html(status, "<html><body>Access is denied.</body></html>")
        return errors.of_status(status)

    def _admit(self) -> bool:
        minute = int(self.clock().timestamp() // 60)
        if minute != self._minute:
            self._minute, self._used = minute, 0
        self._used += 1
        limit = self.knobs.rate_limit_per_minute
        return limit is None or self._used <= limit

    def _counted(self, reply: Reply) -> Reply:
        limit = self.knobs.rate_limit_per_minute
        if limit is not None:
            reply.headers["X-Rate-Limit-Remaining"] = str(max(0, limit - self._used))
        return reply

    def error_reply(self, status: int) -> Reply:
        return errors.of_status(status)

    # ------------------------------------------------------------ routes

    def _route(self, request: Request) -> Reply:
        """Paths are compared without regard to case; lists stand in the path, separated by literal commas."""
        version, _, rest = request.path.strip("/").partition("/")
        resource, _, tail = rest.partition("/")
        name = resource.lower()
        listed = [unquote(item) for item in tail.strip("/").split(",") if item]
        reply = self._answer_for(request, name, listed) if version.lower() == "v2" else None
        return reply or errors.no_such_route(f"{self.base_url}{request.path}", resource)

    def _answer_for(self, request: Request, name: str, listed: list[str]) -> Reply | None:
        now = self.clock()
        match request.method, name:
            case "POST", "orders":
                return placing.place(self.book, request, now)
            case "GET", "orders":
                return reading.get_orders(self.book, request, listed, now)
            case "DELETE", "orders":
                return reading.cancel_order(self.book, listed, now)
            case "GET", "products" | "inventory":
                return items.get_items(self.book, request, listed, full=name == "products")
            case "GET" | "PUT" | "DELETE", "crossref":
                return items.cross_reference(self.book, request, listed)
            case "GET", "daysintransit":
                return items.transit(listed)
            case "GET", "paymentprofiles":
                return tracking.get_profiles(self.book, request)
            case "GET", _ if name.startswith("trackingdata"):
                return tracking.get_tracking(self.book, request, name, listed, now)
        return None
