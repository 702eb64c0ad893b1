"""What every HTTP adapter needs: a client with limits, and httpx's errors turned into ours."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import httpx

from order_sync.core.errors import (
    ConfigurationError,
    MalformedResponseError,
    OutcomeUnknownError,
    ServiceError,
    ServiceUnavailableError,
)

MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""An answer larger than this is not ours: the largest known reply we ask for is far below."""

LONGEST_PAUSE_S = 3600.0
"""No service is believed that asks for a longer pause (seconds)."""
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")
_NOT_NOW = (408, 430)  # a timeout of the service; Shopify's refusal of a shop under load


class LentTransport(httpx.BaseTransport):
    """A transport that belongs to somebody else: it stays open when a client that used it is closed."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass it on."""
        return self._transport.handle_request(request)


NOT_SENT: tuple[type[httpx.HTTPError | httpx.InvalidURL], ...] = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.ProxyError,
)
"""The request did not reach the service."""


def user_agent() -> str:
    """Our own name: S&S's firewall refuses the default agents of HTTP libraries with an HTML 403."""
    try:
        return f"order-sync/{version('order-sync')}"
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "order-sync/0"


def check_base_url(base_url: str) -> str:
    """The base URL without its trailing slash; it is https, or http to loopback.

    Raises:
        ConfigurationError: it is neither, or holds credentials; one that does is not repeated.
    """
    try:
        parts = urlsplit(base_url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        shown = "base_url" if "@" in base_url else f"base_url {base_url!r}"
        raise ConfigurationError(
            f"{shown} is not the address of a service.",
            next_step="Give scheme and host only, for example https://api.example.com.",
            setting="base_url",
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ConfigurationError(
            f"base_url {base_url!r} would send credentials unencrypted.",
            next_step="Use https; plain http is for 127.0.0.1, ::1 and localhost only.",
            setting="base_url",
        )
    return base_url.strip().rstrip("/")


def base_url_text(text: str) -> str:
    """`check_base_url` for a plugin's Field: what is wrong is a ValueError."""
    try:
        return check_base_url(text)
    except ConfigurationError as exc:
        raise ValueError(str(exc)) from exc


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds from the Retry-After header, a number or an HTTP date (RFC 9110, 10.2.3), at most LONGEST_PAUSE_S.

    None when there is none that makes sense.
    """
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_PAUSE_S)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), LONGEST_PAUSE_S)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def build_client(
    *, timeout_s: float, transport: httpx.BaseTransport | None = None, headers: dict[str, str] | None = None
) -> httpx.Client:
    """A client that never follows redirects (a redirected POST could lose its body) and never retries.

    ``timeout_s`` bounds every single wait for the service (connect is bounded by 10 s).
    Proxies of the environment are honoured, but not for loopback.
    """
    return httpx.Client(
        timeout=httpx.Timeout(timeout_s, connect=min(10.0, timeout_s)),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=20.0),
        headers={"User-Agent": user_agent(), "Accept": "application/json", **(headers or {})},
        follow_redirects=False,
        transport=transport,
        mounts=None if transport else dict.fromkeys(_LOOPBACK),
    )


@contextmanager
def translated(service: str, operation: str, *, write: bool) -> Iterator[None]:
    """Turn httpx's exceptions into ours.

    Not sent → ServiceUnavailableError. Anything later on a write → OutcomeUnknownError, because the effect
    may have happened; on a read → ServiceUnavailableError.
    """
    try:
        yield
    except NOT_SENT as exc:
        raise ServiceUnavailableError(
            f"{service} cannot be reached ({type(exc).__name__}).",
            next_step="Check the address and the network; it is tried again.",
            service=service,
            operation=operation,
        ) from exc
    except (httpx.HTTPError, httpx.StreamError, httpx.CookieConflict) as exc:
        raise broken_answer(service, operation, write=write, why=type(exc).__name__) from exc


def broken_answer(service: str, operation: str, *, write: bool, why: str, status: int | None = None) -> ServiceError:
    """The error for an answer that is missing, cut off, or not understood."""
    if write:
        return OutcomeUnknownError(
            f"{service} gave no usable answer to a write ({why}); it may have been carried out.",
            service=service,
            operation=operation,
            status=status,
        )
    if status is not None and status < 500 and status not in _NOT_NOW:
        return MalformedResponseError(
            f"{service} gave an answer that cannot be understood ({why}).",
            next_step="If it stays so, check base_url.",
            service=service,
            operation=operation,
            status=status,
        )
    return ServiceUnavailableError(
        f"{service} did not answer properly ({why}).",
        next_step="It is tried again.",
        service=service,
        operation=operation,
        status=status,
    )
