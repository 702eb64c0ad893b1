"""``POST /webhooks/{connection}``: verify, store, then answer; what is not stored is never acknowledged."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse

from order_sync.core.errors import (
    EventSignatureError,
    MalformedEventError,
    OrderSyncError,
    UnknownConnectionError,
    WrongShopError,
)
from order_sync.core.model.shop_event import ShopEvent
from order_sync.core.policies.redaction import error_text, trace_of
from order_sync.core.ports import Webhooks
from order_sync.web.intake import Intake

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync
    from order_sync.bootstrap.telemetry import Telemetry

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes. What we subscribe to is far smaller: only the ids are asked for."""
BODY_WITHIN_S = 5.0
_KNOWN_FOR_S = 1.0
"""A connection's settings are read again after this (seconds)."""

log = logging.getLogger("order_sync")


class TooLargeError(Exception):
    """The body is larger than LARGEST_BODY."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refused request is answered with, and counted as."""

    status: int
    outcome: str
    text: str


REFUSALS: tuple[tuple[type[Exception], Refusal], ...] = (
    (UnknownConnectionError, Refusal(404, "unknown_connection", "unknown connection")),
    (TooLargeError, Refusal(413, "too_large", "too large")),
    (TimeoutError, Refusal(408, "too_slow", "too slow")),
    (EventSignatureError, Refusal(401, "bad_signature", "signature refused")),
    (WrongShopError, Refusal(403, "wrong_shop", "another shop")),
    (MalformedEventError, Refusal(400, "malformed", "not understood")),
    (OrderSyncError, Refusal(503, "not_stored", "not stored, send it again")),
)
"""Most specific first. The caller is told nothing that helps to forge an event."""


class WebhookEndpoint:
    """Takes the events of every connection."""

    def __init__(self, sync: OrderSync, intake: Intake, telemetry: Telemetry) -> None:
        self._sync = sync
        self._intake = intake
        self._telemetry = telemetry
        # a host's store may keep secrets in a database, which must not hold up the event loop; ours looks at a file
        own_store = sync.container.settings_store.overridden or sync.config.settings_store != "json"
        self._asks_a_host = bool(own_store)
        self._known: dict[str, tuple[float, Webhooks]] = {}

    async def __call__(self, request: Request) -> PlainTextResponse:
        """Answer one request; 200 only for what is stored."""
        began = time.monotonic()
        name = request.path_params["connection"]
        verified_name = verified_topic = ""
        try:
            webhooks = await self._webhooks(name)
            verified_name = name
            body = await _body(request)
            event = await self._received(webhooks, request.headers, body)
            verified_topic = event.topic
            fresh = await self._intake.store(name, event)
            outcome, answer = ("stored" if fresh else "repeat"), PlainTextResponse("ok")
        except ClientDisconnect:
            outcome, answer = "disconnected", PlainTextResponse("", 400)
        except Exception as exc:
            refusal = _refusal(exc)
            outcome, answer = refusal.outcome, PlainTextResponse(refusal.text, refusal.status)
            if refusal.status >= 500:
                log.error("connection=%s an event was not stored: %s", verified_name or "?", _shown(exc))
        self._telemetry.event(verified_name, verified_topic, outcome, time.monotonic() - began)
        return answer

    async def _received(self, webhooks: Webhooks, headers: Mapping[str, str], body: bytes) -> ShopEvent:
        if self._asks_a_host:
            return await run_in_threadpool(webhooks.receive, headers, body)
        return webhooks.receive(headers, body)

    async def _webhooks(self, name: str) -> Webhooks:
        at, webhooks = self._known.get(name, (0.0, None))
        if webhooks is not None and time.monotonic() - at < _KNOWN_FOR_S:
            return webhooks
        self._known.pop(name, None)
        built = await run_in_threadpool(self._sync.built, name)
        found: Webhooks | None = getattr(built.source, "webhooks", None)  # a plugin older than webhooks has none
        if found is None:
            raise UnknownConnectionError(f"The shop of connection {name!r} sends no events.", connection=name)
        self._known[name] = (time.monotonic(), found)
        return found


def _shown(exc: Exception) -> str:
    return error_text(exc) if isinstance(exc, OrderSyncError) else trace_of(exc)


def _refusal(exc: Exception) -> Refusal:
    for kind, refusal in REFUSALS:
        if isinstance(exc, kind):
            return refusal
    log.error("an event met a defect: %s", trace_of(exc))
    return Refusal(500, "defect", "failed")


async def _body(request: Request) -> bytes:
    """The raw body, at most LARGEST_BODY bytes of it."""
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated) > LARGEST_BODY:
        raise TooLargeError
    body = bytearray()
    async with asyncio.timeout(BODY_WITHIN_S):
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise TooLargeError
    return bytes(body)
