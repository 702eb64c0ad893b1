"""``/status``: what the doctor says, what each shop sends, pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from order_sync.core.errors import OrderNotFoundError, OrderSyncError
from order_sync.web.pages import Message, Visitor, page, unknown_button

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync
    from order_sync.bootstrap.service import Service

_TOLD = {"paused": "Nothing is bought for {} until it is resumed.", "resumed": "{} buys again."}


class StatusPage:
    """Looked at when the page is loaded: shop and supplier are asked once."""

    def __init__(self, sync: OrderSync, service: Service | None) -> None:
        self._sync = sync
        self._service = service

    def __call__(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """The page; its buttons pause and resume a connection."""
        if form is not None:
            return self._change(request, visitor, form)
        return self._show(request, visitor, self._told(request, visitor))

    def _told(self, request: Request, visitor: Visitor) -> list[Message]:
        """What was done, while it is so: an address alone makes the page say nothing."""
        name, told = (request.query_params.get(each, "") for each in ("connection", "told"))
        if told not in _TOLD or visitor.connection not in (None, name) or name not in self._sync.connections():
            return []
        is_so = (self._sync.paused(name) is not None) is (told == "paused")
        return [Message("done", _TOLD[told].format(name))] if is_so else []

    def _change(self, request: Request, visitor: Visitor, form: FormData) -> Response:
        name, do = str(form.get("connection") or ""), str(form.get("do") or "")
        try:
            if visitor.connection not in (None, name):
                raise OrderNotFoundError("There is no such connection here.", next_step="Load the page again.")
            if do == "pause":
                self._sync.pause(name, str(form.get("reason") or "").strip())
            elif do == "resume":
                self._sync.resume(name)
            else:
                raise unknown_button()
        except OrderSyncError as exc:
            return self._show(request, visitor, [Message.of(exc)], status=409)
        base = request.scope.get("root_path", "")
        return RedirectResponse(f"{base}/status?told={do.rstrip('e')}ed&connection={name}", 303)

    def _show(self, request: Request, visitor: Visitor, messages: list[Message], status: int = 200) -> Response:
        checks = self._sync.doctor(visitor.connection)
        names = [name for name in self._sync.connections() if visitor.connection in (None, name)]
        abouts = names if visitor.connection else list(dict.fromkeys(["installation", *names]))
        others = {check.about for check in checks} - {"installation", *names}
        if visitor.connection is None:
            abouts += sorted(others)  # journals of connections that were removed
        return page(
            request,
            "status.html",
            title="Status",
            visitor=visitor,
            place="/status",
            status=status,
            groups=[self._group(about, [c for c in checks if c.about == about], about in names) for about in abouts],
            working=self._working(),
            messages=messages,
        )

    def _group(self, about: str, checks: list[Any], is_connection: bool) -> dict[str, Any]:
        return {
            "name": about,
            "checks": checks,
            "is_connection": is_connection,
            "pause": self._sync.paused(about) if is_connection else None,
            "webhooks": self._webhooks(about) if is_connection else None,
        }

    def _webhooks(self, name: str) -> dict[str, Any] | None:
        """What the shop is subscribed to send; the reason when that cannot be told."""
        try:
            found = self._sync.webhooks_status(name)
        except OrderSyncError as exc:
            return {"problem": exc, "status": None}
        return {"problem": None, "status": found}

    def _working(self) -> str:
        if self._service is None:
            return "Another process works on orders, or none."
        stats = self._service.stats()
        problem = self._service.problem()
        return problem or f"Workers run; orders they were told of and have not finished: {stats.queued}."
