"""Every page of the browser, each behind the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from order_sync.web.connection_pages import ConnectionPages
from order_sync.web.order_sync_page import OrderSyncPage
from order_sync.web.orders_pages import OrdersPages
from order_sync.web.pages import Visitor
from order_sync.web.purchases_page import PurchasesPage
from order_sync.web.record_page import RecordPage
from order_sync.web.review_page import ReviewPage
from order_sync.web.status_page import StatusPage

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync
    from order_sync.bootstrap.service import Service
    from order_sync.web.gate import Gate, Handler


def page_routes(sync: OrderSync, gate: Gate, service: Service | None) -> list[Route]:
    """The pages; `gate.page` lets nobody in who is not known."""
    connections = ConnectionPages(sync)
    pages: dict[str, Handler] = {
        "/": _start,
        "/connections": connections.index,
        "/connections/new": connections.new,
        "/connections/{name}/connect": connections.connect,
        "/connections/{name}/order-sync": OrderSyncPage(sync),
        "/connections/{name}/review": ReviewPage(sync),
        "/orders": OrdersPages(sync),
        "/orders/{record}": RecordPage(sync),
        "/purchases": PurchasesPage(sync),
        "/status": StatusPage(sync, service),
    }
    return [Route(path, gate.page(page), methods=["GET", "POST"]) for path, page in pages.items()]


def _start(request: Request, visitor: Visitor, form: FormData | None) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/connections", 303)
