"""Somebody with a browser without scripts: reads a form as it stands, changes some of it, sends the rest unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from order_sync import OrderSync
from tests.fakes.page import Page
from tests.integration.web.conftest import served


class Person:
    """Logged in."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def form(self, path: str, has: str = "csrf", which: int | None = None) -> dict[str, Any]:
        """What a page's form would send; the first after the header's that has such a field."""
        page = Page(self.get(path))
        assert not page.faults, (path, page.faults)
        forms = [form.as_sent() for form in page.forms[1:]]
        return [form for form in forms if has in form][which or 0]

    def post(self, path: str, form: dict[str, Any], **changes: Any) -> httpx.Response:
        given = {**form, **changes}
        return self.client.post(path, data={name: value for name, value in given.items() if value is not None})

    def send(self, path: str, *, has: str = "csrf", **changes: Any) -> httpx.Response:
        """Change some fields of a page's form (None: switch it off) and send it."""
        return self.post(path, self.form(path, has), **changes)


@contextmanager
def logged_in(sync: OrderSync, **app: Any) -> Iterator[Person]:
    with served(sync.asgi_app(**app)) as url, httpx.Client(base_url=url, follow_redirects=True, timeout=30) as client:
        client.headers["Origin"] = url
        assert client.get(f"/login?token={sync.access.new_link()}").status_code == 200
        yield Person(client)
