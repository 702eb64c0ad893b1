"""Talks to S&S Activewear's API v2 over HTTP; knows JSON documents, not the model."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from threading import Event
from typing import Any

import httpx

from order_sync.adapters.http_support import MAX_ANSWER_BYTES, broken_answer, build_client, retry_after_s, translated
from order_sync.adapters.ssactivewear.answers import SERVICE, Answer, Call, document_of
from order_sync.adapters.ssactivewear.deadline import NotStartedError, finished_within
from order_sync.core.errors import (
    CircuitOpenError,
    ConfigurationError,
    OrderSyncError,
    ServiceError,
    ServiceUnavailableError,
)
from order_sync.core.policies.pacing import Answer as Told
from order_sync.core.ports import Clock
from order_sync.core.use_cases.supplier_calls import SupplierCalls

READ_RETRY_PAUSES_S = (0.3, 1.0)
CALLS_PER_MINUTE = 60
"""As clients of S&S understand it, by account (S&S API v2, overview page, cited in client code)."""
REMAINING_HEADER = "x-rate-limit-remaining"
"""On every answer, counts down from 60 a minute (seen in client code; no page of S&S states it)."""
SHORTEST_REDACTED = 8
"""Shorter texts are no real keys (S&S's are UUIDs, seen in client code), and blanking them would garble replies."""


class SsActivewearClient:
    """GET, POST and DELETE with Basic auth under one base URL. Thread-safe.

    A read is repeated at most twice when the service is unavailable; a write is sent once. Neither is sent
    while the rate limit forbids it.
    """

    def __init__(
        self,
        *,
        base_url: str,
        account: str,
        api_key: Callable[[], str | None],
        clock: Clock,
        calls: SupplierCalls,
        timeout_s: float,
        connection: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url
        self.account = account
        self.timeout_s = timeout_s
        self._api_key = api_key
        self._clock = clock
        self._connection = connection
        self._calls = calls
        self._http = build_client(timeout_s=timeout_s, transport=transport)

    def get(self, path: str, *, operation: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON document at a path that is quoted already; the empty list for "nothing found"."""
        call = Call(operation, False, self.base_url, self._connection)
        # One client reports that the Accept header alone does not always give JSON.
        query = {**(params or {}), "mediatype": "json"}
        pauses = iter(READ_RETRY_PAUSES_S)
        while True:
            request = self._request("GET", path, params=query)
            try:
                return document_of(self._limited(call, partial(self._exchange, request, call)), call)
            except ServiceUnavailableError as exc:
                pause_s = next(pauses, None)
                final = exc.status == 403 or isinstance(exc, CircuitOpenError)  # a firewall keeps its mind
                if pause_s is None or final:
                    raise
                self._clock.sleep_s(pause_s)

    def post(self, path: str, body: str, *, operation: str) -> Any:
        """Send a body once; the JSON document of the reply. Over within about ``timeout_s`` whatever happens."""
        call = Call(operation, True, self.base_url, self._connection)
        return document_of(self._limited(call, partial(self._post_in_time, path, body.encode(), call)), call)

    def delete(self, path: str, *, operation: str) -> Any:
        """The JSON document of the reply to a DELETE at a path that is quoted already; [] for a 2xx without body.

        Sent without body and ``mediatype``, which bodyless writes must not carry (seen live on CrossRef: a 500).
        """
        call = Call(operation, True, self.base_url, self._connection)
        answer = self._limited(call, partial(self._exchange, self._request("DELETE", path), call))
        bodyless = answer.status == 204 or (200 <= answer.status < 300 and not answer.body.strip())
        return [] if bodyless else document_of(answer, call)

    def close(self) -> None:
        """Give connections back."""
        self._http.close()

    def _limited(self, call: Call, send: Callable[[], Answer]) -> Answer:
        self._calls.enter(SERVICE, call.operation, longest_call_s=2 * self.timeout_s)
        began = time.monotonic()

        def tell(told: Told) -> float | None:
            seconds = time.monotonic() - began
            return self._calls.answered(call.operation, told, seconds=seconds, per_minute=CALLS_PER_MINUTE)

        try:
            answer = send()
        except ServiceError:
            tell(Told(None))
            raise
        pause_s = tell(
            Told(answer.status, _remaining(answer.headers), retry_after_s(answer.headers, self._clock.now()))
        )
        return Answer(answer.status, answer.headers, answer.body, pause_s)

    def _post_in_time(self, path: str, body: bytes, call: Call) -> Answer:
        """Send from a thread of its own: httpx bounds each wait, not their sum, and DNS not at all.

        After the deadline that thread may still hang, but it cannot send any more: the body is given only
        while somebody waits for the outcome.
        """
        given_up = Event()
        request = self._request("POST", path, body=body, given_up=given_up)
        # A little more than httpx waits, so that its own finding (not connected: not sent) comes first.
        longest_s = self.timeout_s * 1.05 + 0.1
        try:
            return finished_within(longest_s, partial(self._exchange, request, call), given_up)
        except OrderSyncError:
            raise
        except NotStartedError as exc:
            raise ServiceUnavailableError(
                "No thread is free to send from; nothing was sent.", service=SERVICE, operation=call.operation
            ) from exc
        except Exception as exc:  # whatever it was, the order may have been placed before it
            raise broken_answer(SERVICE, call.operation, write=True, why=type(exc).__name__) from exc

    def _request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        given_up: Event | None = None,
    ) -> httpx.Request:
        headers = {"Authorization": f"Basic {self._token()}"}
        content: Iterator[bytes] | None = None
        if body is not None and given_up is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
            content = _while_awaited(body, given_up)
        with translated(SERVICE, f"{method} {path}", write=False):  # nothing is sent yet
            return self._http.build_request(
                method, f"{self.base_url}{path}", params=params, headers=headers, content=content
            )

    def _exchange(self, request: httpx.Request, call: Call) -> Answer:
        """Send and read the whole answer, within the deadline and the size limit."""
        deadline = time.monotonic() + self.timeout_s
        with translated(SERVICE, call.operation, write=call.write):
            response = self._http.send(request, stream=True, auth=None)
            try:
                body = _read_until(response, deadline)
            finally:
                response.close()
        return Answer(response.status_code, dict(response.headers), _redacted(body, request))

    def _token(self) -> str:
        return base64.b64encode(f"{self.account}:{self._key()}".encode()).decode("ascii")

    def _key(self) -> str:
        key = (self._api_key() or "").strip()
        if not key:
            raise ConfigurationError(
                "The API key of S&S Activewear is missing.",
                next_step=f"order-sync connect {self._connection or 'NAME'} --secret supplier.api_key=env:NAME.",
                setting="supplier.api_key",
            )
        return key


def _remaining(headers: Mapping[str, str]) -> int | None:
    text = next((value for name, value in headers.items() if name.lower() == REMAINING_HEADER), "").strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text, re.ASCII) else None


def _redacted(body: bytes, request: httpx.Request) -> bytes:
    """The body without our credentials, should a service or proxy echo them: bodies end up in errors."""
    token = request.headers["Authorization"].removeprefix("Basic ").encode()
    _, _, key = base64.b64decode(token).partition(b":")
    for secret in (token, key):
        if len(secret) >= SHORTEST_REDACTED:
            body = body.replace(secret, b"***")
    return body


def _while_awaited(body: bytes, given_up: Event) -> Iterator[bytes]:
    if given_up.is_set():
        raise httpx.WriteTimeout("the deadline passed before the body was sent")
    yield body


def _read_until(response: httpx.Response, deadline: float) -> bytes:
    chunks = []
    size = 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise httpx.DecodingError("the answer is too large")
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer takes too long")
    return b"".join(chunks)
