"""The network between a plugin and its fake server, on which a suite breaks things."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import httpx

if TYPE_CHECKING:
    from datetime import datetime


Forward = Callable[[], httpx.Response]
Fault = Callable[[httpx.Request, Forward], httpx.Response]
"""What happens to a request instead: it may call forward, which lets the server have its effect."""
PAGE = "<!doctype html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: that takes longer than a test."""
    return ssl.create_default_context()


def over_http() -> httpx.BaseTransport:
    """What reaches a fake server on this machine."""
    return httpx.HTTPTransport(verify=_certificates())


def is_write(request: httpx.Request) -> bool:
    """Whether a request changes something: anything but GET, HEAD and OPTIONS."""
    return request.method not in ("GET", "HEAD", "OPTIONS")


@dataclass
class Wire(httpx.BaseTransport):
    """An httpx transport that forwards to another one, remembers, and breaks what it is told to. Thread-safe.

    Attributes:
        inner: reaches the fake server.
        writes: tells the requests that change something.
        sent: every request, in order.
    """

    inner: httpx.BaseTransport
    writes: Callable[[httpx.Request], bool] = is_write
    sent: list[httpx.Request] = field(default_factory=list)
    _faults: list[tuple[bool, Fault]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def break_writes(self, fault: Fault) -> None:
        """Have every write go wrong, until `mend`."""
        self._faults.append((True, fault))

    def break_reads(self, fault: Fault) -> None:
        """Have every read go wrong, until `mend`."""
        self._faults.append((False, fault))

    def mend(self) -> None:
        """Everything works again."""
        self._faults.clear()

    def written(self) -> list[httpx.Request]:
        """The requests that change something."""
        with self._lock:
            return [request for request in self.sent if self.writes(request)]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.BaseTransport."""
        request.read()
        with self._lock:
            self.sent.append(request)
        write = self.writes(request)

        def forward() -> httpx.Response:
            response = self.inner.handle_request(request)
            response.read()
            return response

        for concerned, fault in self._faults:
            if concerned is write:
                return fault(request, forward)
        return forward()

    def close(self) -> None:
        """See httpx.BaseTransport. The server's side stays open: other clients of the test use it."""


def _answer(status: int, text: str = PAGE, media: str = "text/html", **headers: str) -> httpx.Response:
    return httpx.Response(status, text=text, headers={"Content-Type": media, **headers})


# ---------------------------------------------------------------------- not received


def no_connection(request: httpx.Request, forward: Forward) -> httpx.Response:
    """Nobody listens."""
    raise httpx.ConnectError("connection refused", request=request)


def no_connection_in_time(request: httpx.Request, forward: Forward) -> httpx.Response:
    """The connection is not made in time."""
    raise httpx.ConnectTimeout("timed out", request=request)


# ---------------------------------------------------------------------- received, or not: nobody knows


def lost_before(request: httpx.Request, forward: Forward) -> httpx.Response:
    """The request is lost on the way; the client cannot tell that from a lost answer."""
    raise httpx.ReadTimeout("timed out", request=request)


def lost_after(request: httpx.Request, forward: Forward) -> httpx.Response:
    """It has its effect, and the answer does not come in time."""
    forward()
    raise httpx.ReadTimeout("timed out", request=request)


def cut_after(request: httpx.Request, forward: Forward) -> httpx.Response:
    """It has its effect, and the connection is closed before the answer."""
    forward()
    raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)


def broken_while_writing(request: httpx.Request, forward: Forward) -> httpx.Response:
    """The connection breaks while the request is written; the server had enough of it."""
    forward()
    raise httpx.WriteError("broken pipe", request=request)


def status_after(status: int) -> Fault:
    """It has its effect, and the answer is a failure of the server or of something in between."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        forward()
        return _answer(status)

    return fault


# ---------------------------------------------------------------------- answers that are none


def html_page(request: httpx.Request, forward: Forward) -> httpx.Response:
    """200, and a page for people."""
    forward()
    return _answer(200)


def cut_short(request: httpx.Request, forward: Forward) -> httpx.Response:
    """The right answer, of which the second half is missing."""
    response = forward()
    half = response.content[: len(response.content) // 2]
    return httpx.Response(200, content=half, headers={"Content-Type": response.headers.get("Content-Type", "")})


def instead(text: str, media: str = "application/json") -> Fault:
    """200, and this text."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        forward()
        return _answer(200, text, media)

    return fault


def status(code: int, **headers: str) -> Fault:
    """Nothing happens; the answer is that status with a page for people."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        return _answer(code, **headers)

    return fault


def no_route(request: httpx.Request, forward: Forward) -> httpx.Response:
    """Nothing happens; a gateway in between knows no such address, and says so in JSON: not that nothing was found."""
    return _answer(404, '{"message": "no Route matched with those values"}', "application/json")


def well_formed(code: int, text: str, media: str = "application/xml") -> Fault:
    """An answer that an XML or JSON parser takes, and that says nothing of what was asked. A success had its effect."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        if code < 400:
            forward()
        return _answer(code, text, media)

    return fault


XML_PAGE = '<?xml version="1.0"?><html><head><title>Error</title></head><body><h1>No such page</h1></body></html>'
XML_ERROR = '<?xml version="1.0"?><error code="NO_ROUTE"><message>no such route</message></error>'


def redirect(request: httpx.Request, forward: Forward) -> httpx.Response:
    """Nothing happens; it is sent elsewhere."""
    return _answer(307, Location=str(request.url.copy_with(path="/elsewhere")))


def limited(pause_s: int | None, now: datetime | None = None) -> Fault:
    """429: too many requests; with the pause as a number of seconds, or as a date when ``now`` is given."""
    headers = {}
    if pause_s is not None:
        from datetime import timedelta

        headers["Retry-After"] = (
            str(pause_s) if now is None else format_datetime(now + timedelta(seconds=pause_s), usegmt=True)
        )
    return status(429, **headers)


def answering(code: int, text: str, headers: Mapping[str, str]) -> Fault:
    """Nothing happens; this is the answer."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        return httpx.Response(code, text=text, headers=headers)

    return fault


def echo(code: int) -> Fault:
    """Nothing happens; the answer repeats the request with all of its headers, as some proxies do."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        return _answer(code, f"{request.method} {request.url}\n{headers}\n\n{request.content.decode(errors='replace')}")

    return fault


def echo_json(code: int) -> Fault:
    """As `echo`, in a JSON document: under the names by which services tell why they refuse."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        text = echo(code)(request, forward).text
        said = {"message": text, "error": text, "detail": text, "errors": [{"message": text, "field": None}]}
        return _answer(code, json.dumps(said), "application/json")

    return fault


def echo_xml(code: int) -> Fault:
    """As `echo`, in an XML document."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        text = escape(echo(code)(request, forward).text)
        return _answer(code, f"<error><message>{text}</message><problem>{text}</problem></error>", "application/xml")

    return fault


def instead_of(code: int) -> Fault:
    """Nothing happens; the answer is that status with a short JSON document."""

    def fault(request: httpx.Request, forward: Forward) -> httpx.Response:
        return _answer(code, '{"message": "refused"}', "application/json")

    return fault


NO_ANSWER: dict[str, Fault] = {
    "404 of something else": status(404),
    "404 of a gateway": no_route,
    "500": status(500),
    "503": status(503),
    "the answer is lost": lost_after,
    "no connection": no_connection,
    "a page for people": html_page,
    "half an answer": cut_short,
    "nothing": instead(""),
    "a text": instead('"ok"'),
    "null": instead("null"),
}
"""What can come back of a question, to whomever, instead of an answer."""
