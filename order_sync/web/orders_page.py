"""``GET /orders``: states, purchases per day, the latest records. Read-only, works without a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from order_sync.bootstrap.documents import moment
from order_sync.core.errors import OrderSyncError
from order_sync.web.access import may_read, refused
from order_sync.web.report_page import orders_page, style_hash

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync


def headers() -> dict[str, str]:
    """What keeps a page from loading, sending or being framed by anything."""
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src {style_hash()}; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


class OrdersPage:
    """Guarded like /metrics."""

    def __init__(self, sync: OrderSync, token: str | None) -> None:
        self._sync = sync
        self._token = token

    async def __call__(self, request: Request) -> Response:
        """The page; 401 for who may not read it, 503 while the ledger cannot be read."""
        answer: Response
        if not may_read(request, self._token):
            answer = refused()
        else:
            try:
                answer = HTMLResponse(await run_in_threadpool(self._page))
            except OrderSyncError:
                answer = PlainTextResponse("the ledger cannot be read", 503)
        answer.headers.update(headers())
        return answer

    def _page(self) -> str:
        container = self._sync.container
        counts = {(c, str(m), str(s)): n for (c, m, s), n in container.ledger().count_by_state().items()}
        now = moment(container.clock().now()) or ""
        return orders_page(counts, self._sync.latest_records(), self._sync.report(), now)
