"""A browser as far as access goes: keeps cookies, follows nothing, and sends what the test says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import httpx

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
LOCAL = "http://127.0.0.1:8000"


class Browser:
    """Asks an ASGI application. ``cookies`` has what was set, by name; what it was set with is in the answers.

    Args:
        url: scheme, host and port as typed into the address bar.
        client: the address that the connection comes from.
        server: the address that it arrives at, when it is not the one typed.
    """

    def __init__(self, app: Any, url: str = LOCAL, *, client: str = "127.0.0.1", server: str | None = None) -> None:
        self._app = app if server is None else _arriving_at(app, server)
        self.url = url
        self._client = client
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.send("GET", path, headers=headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        """Like the form of an own page, unless headers say otherwise."""
        own = {"origin": self.url, "sec_fetch_site": "same-origin"}
        return self.send("POST", path, headers={**own, **headers}, data=form or {})

    def send(self, method: str, path: str, *, headers: Mapping[str, str], **content: Any) -> httpx.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items() if value}
        if self.cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        raw = {name.encode(): value.encode("latin-1") for name, value in given.items()}
        answer = asyncio.run(self._ask(method, path, raw, content))
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if "Max-Age=0" not in line:
                self.cookies[name] = value
        return answer

    def csrf(self, path: str = "/login") -> str:
        """The token in the form of a page."""
        found = _CSRF.search(self.get(path).text)
        assert found, f"no form at {path}"
        return found[1]

    def log_in(self, password: str, **more: str) -> httpx.Response:
        """By the login page."""
        return self.post("/login", {"csrf": self.csrf(), "password": password, **more})

    async def _ask(
        self, method: str, path: str, headers: dict[bytes, bytes], content: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=(self._client, 5000))
        async with httpx.AsyncClient(transport=transport, base_url=self.url) as client:
            return await client.request(method, path, headers=headers, **content)


def _arriving_at(app: Any, server: str) -> Any:
    async def moved(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "server": (server, 8000)}, receive, send)

    return moved
