"""One page behind the gate."""

from __future__ import annotations

import json
from typing import Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from order_sync.web.gate import Gate
from tests.fakes.browser import Browser


def guarded(sync: Any, authenticate: Any = None, *, handler: Any = None) -> Starlette:
    """``/page`` and two pages of a connection; each says who looks, and gives the token of its form."""
    gate = Gate(sync, authenticate)

    def shown(request: Any, visitor: Any, form: Any) -> PlainTextResponse:
        told = {"name": visitor.name, "csrf": visitor.csrf, "connection": visitor.connection}
        return PlainTextResponse(json.dumps({**told, "leave": visitor.can_leave, "form": dict(form or {})}))

    paths = ("/page", "/connections/{name}/order-sync", "/orders/{connection}")
    routes = [Route(path, gate.page(handler or shown), methods=["GET", "POST"]) for path in paths]
    return Starlette(routes=[*routes, *gate.routes()])


def inside(app: Any, sync: Any, **options: Any) -> Browser:
    """A browser that is logged in by a link."""
    browser = Browser(app, **options)
    assert browser.get(f"/login?token={sync.access.new_link()}").status_code == 303
    return browser
