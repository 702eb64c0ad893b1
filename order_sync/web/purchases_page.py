"""``/purchases``: what was bought per day, its cost, revenue and margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from order_sync.web.pages import Visitor, page
from order_sync.web.report_page import report_values

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync


class PurchasesPage:
    """The report of the last thirty days."""

    def __init__(self, sync: OrderSync) -> None:
        self._sync = sync

    def __call__(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """The page, of the connection that may be seen or of all."""
        wanted = visitor.connection or request.query_params.get("connection") or None
        values = report_values(self._sync.report(wanted))
        return page(request, "purchases.html", title="Purchases", visitor=visitor, place="/orders", **values)
