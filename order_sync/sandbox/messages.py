"""One HTTP request, one reply, and what is kept of them in the record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

REDACTED = "***"
SECRET_HEADERS = frozenset({"authorization", "x-shopify-access-token", "cookie"})
SECRET_MEMBERS = frozenset({"client_secret", "access_token", "refresh_token"})


def to_json(value: object) -> bytes:
    """JSON text; money (Decimal) becomes a plain number, an integral amount without a fraction."""
    return json.dumps(value, default=_plain, ensure_ascii=False).encode()


def _plain(value: object) -> float | int | str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


@dataclass(frozen=True)
class Request:
    """What arrived.

    Header names are lower case; `path` is still percent-encoded; `query` keeps the order sent.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def parameter(self, name: str) -> str | None:
        """Value of a query parameter, its name compared without regard to case; None when absent."""
        return next((value for key, value in self.query if key.lower() == name.lower()), None)

    def json(self) -> Any:
        """The parsed body. Raises ValueError when it is not JSON in UTF-8."""
        return json.loads(self.body.decode("utf-8"))

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))


@dataclass
class Reply:
    """What goes back. Content-Length is added when it is sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: object, **headers: str) -> Reply:
        sent = {"Content-Type": "application/json; charset=utf-8", **headers}
        return cls(status, to_json(value), sent)

    @classmethod
    def html(cls, status: int, text: str) -> Reply:
        return cls(status, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


@dataclass
class ReceivedRequest:
    """One row of the record. `status` is None when the connection was cut; secrets are replaced by `***`.

    `body` is the parsed JSON or form, else the text, else None for an empty body; `at` is ISO 8601 in UTC.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    at: str
    status: int | None = None
    fault: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def record_of(request: Request, at: str) -> ReceivedRequest:
    headers = {name: REDACTED if name in SECRET_HEADERS else value for name, value in request.headers.items()}
    return ReceivedRequest(request.method, request.path, dict(request.query), headers, _readable_body(request), at)


def _readable_body(request: Request) -> Any:
    if not request.body:
        return None
    if "form-urlencoded" in request.header("content-type"):
        return _without_secrets(request.form())
    try:
        return _without_secrets(request.json())
    except ValueError:
        return request.body.decode("utf-8", "replace")


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: REDACTED if key in SECRET_MEMBERS else value[key] for key in value}
    return value
