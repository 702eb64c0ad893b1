"""The step Review: what will happen to the next paid order, and what going live would buy now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from order_sync.core.errors import ConcurrentUpdateError, NotAllowedError, OrderSyncError
from order_sync.core.policies.plain_words import next_order
from order_sync.web.pages import Message, Visitor, page, unknown_button

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

LIVE = {"enabled": True, "test_order": False}
_SKUS_SHOWN = 50


class ReviewPage:
    """``/connections/{name}/review``"""

    def __init__(self, sync: OrderSync) -> None:
        self._sync = sync

    def __call__(self, request: Request, visitor: Visitor, form: FormData | None) -> Response:
        """In plain words, with a button that goes live."""
        name = request.path_params["name"]
        messages: list[Message] = []
        status = 200
        if form is not None and form.get("do") != "live":
            status = 400
            messages.append(Message.of(unknown_button()))
        elif form is not None:
            try:
                self._sync.change_settings(name, LIVE, revision=str(form.get("revision") or ""))
                base = request.scope.get("root_path", "")
                return RedirectResponse(f"{base}/connections/{name}/review?told=live", 303)
            except ConcurrentUpdateError:
                status = 409
                text = "The settings were changed by somebody else meanwhile; nothing was changed now."
                messages.append(Message("error", text, "Read below what they are, then decide again."))
            except OrderSyncError as exc:
                status = 422
                messages.append(Message.of(exc))
        return self._show(request, visitor, messages, status)

    def _show(self, request: Request, visitor: Visitor, messages: list[Message], status: int) -> Response:
        name = request.path_params["name"]
        connection = self._sync.connection(name)
        settings = connection.order_sync
        supplier = self._sync.plugins.suppliers.get(connection.supplier.plugin).title
        capabilities = self._sync.built(name).supplier.gateway.capabilities
        told = request.query_params.get("told")
        if told == "saved":
            messages.append(Message("done", "The settings are saved and active."))
        if told == "live" and settings.live:
            messages.append(Message("done", "Orders are bought for real money from now on."))
        return page(
            request,
            "review.html",
            title=f"Review: {name}",
            visitor=visitor,
            place="/connections",
            status=status,
            name=name,
            revision=connection.revision,
            steps_of_order=next_order(settings, supplier, capabilities),
            paused=self._sync.paused(name),
            live=settings.live,
            first=None if settings.live else self._first(name),
            skus=self._skus(name) if request.query_params.get("skus") else None,
            shown=_SKUS_SHOWN,
            messages=messages,
        )

    def _first(self, name: str) -> dict[str, Any]:
        """What going live would buy at once, or why that cannot be told."""
        try:
            return {"records": self._sync.going_live(name, LIVE), "problem": None}
        except OrderSyncError as exc:
            return {"records": (), "problem": exc}

    def _skus(self, name: str) -> dict[str, Any]:
        """What the shop sells and the supplier does not know, or why that cannot be told."""
        try:
            return {"items": self._sync.unmapped_items(name), "problem": None}
        except (NotAllowedError, OrderSyncError) as exc:
            return {"items": (), "problem": exc}
