"""The ASGI application of an installation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from order_sync.bootstrap.telemetry import CONTENT_TYPE, Telemetry
from order_sync.core.errors import OrderSyncError
from order_sync.web.access import may_read, refused
from order_sync.web.gate import Gate
from order_sync.web.intake import Intake
from order_sync.web.routes import page_routes
from order_sync.web.static_files import static_files
from order_sync.web.webhooks import WebhookEndpoint

if TYPE_CHECKING:
    from order_sync.bootstrap.access import Authenticate
    from order_sync.bootstrap.app import OrderSync
    from order_sync.bootstrap.service import Service


class Pages:
    """Health and metrics."""

    def __init__(self, sync: OrderSync, telemetry: Telemetry, service: Service | None, gate: Gate | None) -> None:
        self._sync = sync
        self._telemetry = telemetry
        self._service = service
        self._token = sync.config.metrics_token
        self._gate = gate

    async def live(self, request: Request) -> PlainTextResponse:
        """Whether the process answers."""
        return PlainTextResponse("ok")

    async def ready(self, request: Request) -> PlainTextResponse:
        """Whether it can take events and work: the ledger can be read, and no thread ended."""
        problem = await run_in_threadpool(self._problem)
        return PlainTextResponse("not ready" if problem else "ok", 503 if problem else 200)

    def _problem(self) -> str:
        try:
            self._sync.container.inbox().stats()
        except OrderSyncError as exc:
            return exc.message
        return self._service.problem() if self._service is not None else ""

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text format: with the token, from this machine when there is none, or logged in."""
        if not may_read(request, self._token) and not (self._gate and await self._gate.sees_all(request)):
            return refused()
        try:
            return Response(await run_in_threadpool(self._telemetry.render), media_type=CONTENT_TYPE)
        except OrderSyncError:
            return PlainTextResponse("the ledger cannot be read", 503)


def build_app(
    sync: OrderSync,
    service: Service | None = None,
    *,
    authenticate: Authenticate | None = None,
    pages: bool = True,
) -> Starlette:
    """The application over an installation.

    Args:
        service: does the work of the events that come in; None: another process does.
        authenticate: a host's login, see Gate.
        pages: False: webhooks, health and metrics only.
    """
    telemetry = sync.observed()
    hint: Callable[[str, str], None] = service.hint if service is not None else _somebody_else
    intake = Intake(sync.container.inbox(), sync.container.clock(), hint)
    sync.when_closing(intake.end)  # a mounted application is not told when its host ends
    gate = Gate(sync, authenticate) if pages else None
    numbers = Pages(sync, telemetry, service, gate)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(intake.close)

    return Starlette(
        routes=[
            Route("/webhooks/{connection}", WebhookEndpoint(sync, intake, telemetry).__call__, methods=["POST"]),
            Route("/health", numbers.ready),
            Route("/health/live", numbers.live),
            Route("/health/ready", numbers.ready),
            Route("/metrics", numbers.metrics),
            *(_for_people(sync, gate, service) if gate is not None else ()),
        ],
        lifespan=lifespan,
        exception_handlers={HTTPException: gate.refused} if gate is not None else None,
    )


def _for_people(sync: OrderSync, gate: Gate, service: Service | None) -> list[BaseRoute]:
    return [
        *gate.routes(),
        *page_routes(sync, gate, service),
        Mount("/static", static_files()),
    ]


def _somebody_else(connection: str, order_id: str) -> None:
    """Another process finds it in the inbox."""
