"""Somebody before the pages: logs in, reads, fills forms in as a browser without a script does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from order_sync import OrderSync
from tests.fakes.page import Form, Page
from tests.integration.web.conftest import served


class Person:
    """A browser without a script."""

    def __init__(self, client: httpx.Client, base: str = "") -> None:
        self.client = client
        self.base = base
        self.answers: list[httpx.Response] = []

    def get(self, path: str, **query: str) -> Page:
        return self._seen(self.client.get(self.base + path, params=query or None))

    def send(
        self, page: Page, button: str | None = None, *, of: str = "", form: Form | None = None, **changes: Any
    ) -> Page:
        """Fill in the form with this button and click it; ``__`` in a field's name stands for a dot."""
        form = form or page.form(button=button or "", of=of)
        pairs = form.filled({name.replace("__", "."): value for name, value in changes.items()}, button)
        target = page.url.join(form.action) if form.action else page.url
        if form.method == "get":
            return self._seen(self.client.get(target.copy_with(query=None), params=pairs))
        return self._seen(self.post(str(target), pairs))

    def post(self, target: str, pairs: Iterable[tuple[str, str]]) -> httpx.Response:
        """Send pairs as a form does."""
        data: dict[str, list[str]] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        url = target if target.startswith("http") else self.base + target
        return self.client.post(url, data=data, headers={"Origin": str(self.client.base_url).rstrip("/")})

    def csrf(self) -> str:
        """What every form of this person carries."""
        page = self.get("/orders")
        return next(value for form in page.forms for name, value in form.values if name == "csrf")

    def _seen(self, answer: httpx.Response) -> Page:
        self.answers += [*answer.history, answer]
        return Page(answer)


@contextmanager
def person_at(sync: OrderSync, app: Any = None, *, base: str = "", login: bool = True) -> Iterator[Person]:
    """Somebody who has logged in at the served application."""
    with (
        served(app or sync.asgi_app()) as url,
        httpx.Client(base_url=url, follow_redirects=True, timeout=30) as client,
    ):
        if login:
            assert client.get(f"{base}/login", params={"token": sync.access.new_link()}).status_code == 200
        yield Person(client, base)
