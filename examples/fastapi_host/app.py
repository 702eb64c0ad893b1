"""A shop's back office on FastAPI, with Order Sync in it.

uvicorn --app-dir examples/fastapi_host --factory app:create_app
"""

from __future__ import annotations

import hmac
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.middleware.sessions import SessionMiddleware

from order_sync import OrderSync, OrderSyncError, SyncRecord

STATUS = {"unknown_connection": 404, "order_not_found": 404, "not_allowed": 409, "configuration": 409}
"""Errors by their code; what has no row is a failure of a service behind us: 502."""


def host_login(request: Any) -> str | None:
    """Who asks, as this application knows its users; None: nobody who is logged in. Order Sync's pages ask this too."""
    name = request.session.get("user")
    return str(name) if name else None


def logged_in(request: Request) -> str:
    """For endpoints of this application that are not for everybody."""
    name = host_login(request)
    if name is None:
        raise HTTPException(401, "log in first: POST /login")
    return name


LoggedIn = Annotated[str, Depends(logged_in)]


def create_app(environment: Mapping[str, str] = os.environ) -> FastAPI:
    """The application.

    Args:
        environment: BACK_OFFICE_PASSWORD lets people in, BACK_OFFICE_KEY signs their sessions; ORDER_SYNC_HOME and the
            others are Order Sync's own.
    """
    sync = OrderSync(environment=environment)
    service = sync.service(workers=4)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.start)
        try:
            yield
        finally:
            await run_in_threadpool(service.stop)  # what is being bought ends, and its answer is stored
            await run_in_threadpool(sync.close)

    app = FastAPI(title="Back office", lifespan=lifespan)
    app.add_middleware(SessionMiddleware, secret_key=environment["BACK_OFFICE_KEY"], same_site="lax")

    @app.exception_handler(OrderSyncError)
    async def explain(request: Request, exc: OrderSyncError) -> JSONResponse:
        return JSONResponse({"error": exc.code, "message": str(exc)}, STATUS.get(exc.code, 502))

    @app.post("/login")
    def log_in(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        if not hmac.compare_digest(password.encode(), environment["BACK_OFFICE_PASSWORD"].encode()):
            raise HTTPException(401, "wrong password")
        request.session["user"] = name
        return RedirectResponse("/order-sync/", 303)

    @app.get("/records/{connection}")
    def records(connection: str, user: LoggedIn) -> list[dict[str, object]]:
        return [shown(record) for record in sync.records(connection)]

    @app.post("/orders/{connection}/{number}/buy")
    def buy(connection: str, number: str, user: LoggedIn) -> dict[str, object]:
        result = sync.handle_new_order(connection, sync.find_order_id(connection, number), explicit=True)
        return {"state": result.state, "reason": result.reason, "records": [shown(r) for r in result.records]}

    app.mount("/order-sync", sync.asgi_app(service, authenticate=host_login))
    return app


def shown(record: SyncRecord) -> dict[str, object]:
    """A record as this application's own clients see it."""
    return {
        "order": record.order_name,
        "state": record.state,
        "po_number": record.po_number,
        "reason": record.reason,
    }
