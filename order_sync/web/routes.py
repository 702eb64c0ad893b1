"""The pages of an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from order_sync.web.gate import Gate
from order_sync.web.pages import Visitor

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync
    from order_sync.bootstrap.service import Service


def page_routes(sync: OrderSync, gate: Gate, service: Service | None) -> list[Route]:
    """Every page; each behind the gate."""

    def first(request: Request, visitor: Visitor, form: FormData | None) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/connections", 303)

    return [Route("/", gate.page(first), methods=["GET"])]
