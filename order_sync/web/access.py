"""Who may read the pages of numbers: with the token, or from this machine when there is none."""

from __future__ import annotations

import hmac
import ipaddress

from starlette.requests import Request
from starlette.responses import PlainTextResponse

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def may_read(request: Request, token: str | None) -> bool:
    """Whether the request shows the token; without one set, whether it comes from this machine and not by a proxy."""
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    proxied = any(name in request.headers for name in _FORWARDED)  # then the client is the proxy beside us
    return request.client is not None and _is_loopback(request.client.host) and not proxied


def refused() -> PlainTextResponse:
    """The answer to whoever may not."""
    return PlainTextResponse("not allowed", 401, {"WWW-Authenticate": "Bearer"})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
