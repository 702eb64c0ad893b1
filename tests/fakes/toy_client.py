"""The HTTP client of the toys: what a careful plugin does with what comes back, in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from order_sync.adapters.http_support import (
    broken_answer,
    build_client,
    check_base_url,
    retry_after_s,
    translated,
)
from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    MalformedResponseError,
    RateLimitedError,
    RejectedRequestError,
)


class ToyClient:
    """Asks a service that speaks JSON, with a key in a header. Thread-safe.

    ``absent`` below: what a 404 in the service's own form means; a 404 of anybody else is an answer not understood.
    """

    SERVICE = "Toy"

    def __init__(self, base_url: str, secret: Callable[[str], str | None], clock: Any, transport: Any) -> None:
        self.base_url = check_base_url(base_url)
        self._secret = secret
        self._clock = clock
        self._http = build_client(timeout_s=5, transport=transport)

    def close(self) -> None:
        self._http.close()

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, sent once."""
        key = self._secret("key")
        if not key:
            raise ConfigurationError("There is no key.", next_step="Give one.", setting="key")
        with translated(self.SERVICE, f"{method} {path}", write=method != "GET"):
            return self._http.request(method, f"{self.base_url}/{path}", headers={"X-Key": key}, **more)

    def ask(self, method: str, path: str, *, write: bool | None = None, **more: Any) -> Any:
        """The JSON of an answer, or the error for it; None for what the service says is not there."""
        writes = method != "GET" if write is None else write
        operation = f"{method} {path}"
        response = self.send(method, path, **more)
        about = {"service": self.SERVICE, "operation": operation, "status": response.status_code}
        found = self.parsed(response)
        if response.status_code in (200, 201) and found is not None:
            return found
        if response.status_code == 404 and isinstance(found, dict) and found.get("absent") is True:
            return None
        if response.status_code == 429:
            pause_s = retry_after_s(response.headers, self._clock.now())
            raise RateLimitedError("Too many requests.", retry_after_s=pause_s, **about)
        if response.status_code in (401, 403):
            raise AuthenticationError("The key is refused.", next_step="Replace it.", **about)
        if response.status_code == 422 and isinstance(found, dict) and isinstance(found.get("problems"), list):
            reasons = tuple((str(field), str(text)) for field, text in found["problems"])
            raise RejectedRequestError("It was refused.", reasons=reasons, **about)
        if 300 <= response.status_code < 500 and not writes:
            raise MalformedResponseError("It cannot be understood.", **about)
        raise broken_answer(
            self.SERVICE, operation, write=writes, why=f"status {response.status_code}", status=response.status_code
        )

    def broken(self, operation: str, *, write: bool) -> Exception:
        """The error for an answer that is not what was asked for."""
        return broken_answer(self.SERVICE, operation, write=write, why="other members", status=200)

    @staticmethod
    def parsed(response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            return None
