"""Under which names the pages answer, and which pages may send their forms here."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request

_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_ORDINARY = ("same-origin", "none")


class Addresses:
    """Judges the headers Host, Origin and Sec-Fetch-Site.

    A foreign page can have its own name lead to this machine; the browser then takes us for that page's server. So on
    loopback only loopback's own names are answered, and with a public address only that one and these.

    Args:
        public_url: the origin people use; None: the one they ask for.
        any_host: whoever hosts us decides under which names it answers.
    """

    def __init__(self, public_url: str | None, *, any_host: bool) -> None:
        self._public = public_url
        self._public_name = urlsplit(public_url).hostname if public_url else None
        self._any_host = any_host
        self.secure = bool(public_url) and str(public_url).startswith("https:")

    def knows_host(self, request: Request) -> bool:
        """Whether the pages answer under the name that was asked for."""
        name = _name_of(request.headers.get("host", ""))
        if self._public_name is not None:
            return name == self._public_name or name in _OWN_NAMES
        return self._any_host or name in _OWN_NAMES or not _came_by_loopback(request)

    def is_own_form(self, request: Request) -> bool:
        """Whether what is sent comes from a page of ours. A browser says so; who says nothing is no browser."""
        if request.headers.get("sec-fetch-site", "none").lower() not in _ORDINARY:
            return False
        origin = request.headers.get("origin")
        if origin is None:
            return True
        host = request.headers.get("host", "")
        if self._public is not None and origin.lower() == self._public:
            return True
        if self._public is not None and _name_of(host) not in _OWN_NAMES:
            return False
        # behind a proxy with TLS the scheme that we see is not the one of the browser
        return _same_place(origin, host)


def _name_of(host: str) -> str | None:
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for what is no port
    except ValueError:
        return None
    return parts.hostname if not (parts.path or parts.query or parts.fragment or "@" in host) else None


def _same_place(origin: str, host: str) -> bool:
    try:
        given = urlsplit(origin)
        default = {"http": 80, "https": 443}[given.scheme]
        asked = urlsplit(f"//{host}")
        return (given.hostname, given.port or default) == (asked.hostname, asked.port or default) and bool(
            given.hostname
        )
    except (ValueError, KeyError):
        return False


def _came_by_loopback(request: Request) -> bool:
    server = request.scope.get("server") or ("",)
    try:
        return ipaddress.ip_address(server[0]).is_loopback
    except ValueError:
        return False
