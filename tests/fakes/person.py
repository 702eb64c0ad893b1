"""Somebody with a browser without scripts: reads a form as it stands, changes some of it, sends the rest unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

import httpx

from order_sync import OrderSync
from tests.integration.web.conftest import served


class Forms(HTMLParser):
    """The forms of a page, each as what a browser would send; and what every page must have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.unlabelled: list[str] = []
        self._inputs: list[tuple[str, bool]] = []
        self._select: tuple[str, list[str], str | None] | None = None
        self._label_depth = 0
        self.feed(text)
        self.unlabelled = [key for key, named in self._inputs if not named and key not in self.labelled]

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        got = {name: value or "" for name, value in pairs}
        assert "style" not in got and not any(name.startswith("on") for name in got), (tag, got)
        if "id" in got:
            self.ids.append(got["id"])
        for name in ("href", "action", "src"):
            if name in got:
                self.links.append(got[name])
        if tag == "form":
            self.forms.append({})
        elif tag == "label":
            self._label_depth += 1
            self.labelled.add(got.get("for", ""))
        elif tag == "input" and got.get("type") != "hidden":
            self._inputs.append((got.get("id", ""), "aria-label" in got or self._label_depth > 0))
        elif tag == "select":
            self._inputs.append((got.get("id", ""), "aria-label" in got))
            self._select = (got.get("name", ""), [], None)
        if tag == "input" and self.forms and "name" in got:
            off = got.get("type") in ("checkbox", "radio") and "checked" not in got
            if not off:
                self._add(got["name"], got.get("value", ""))
        elif tag == "option" and self._select:
            name, values, chosen = self._select
            values.append(got.get("value", ""))
            self._select = (name, values, values[-1] if "selected" in got else chosen)

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._label_depth -= 1
        elif tag == "select" and self._select:
            name, values, chosen = self._select
            self._add(name, chosen if chosen is not None else values[0] if values else "")
            self._select = None

    def _add(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].setdefault(name, []).append(value)


class Person:
    """Logged in."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def form(self, path: str, has: str = "csrf", which: int | None = None) -> dict[str, Any]:
        """What a page's form would send; the first after the header's that has such a field."""
        forms = [form for form in Forms(self.get(path).text).forms[1:] if has in form]
        return {name: list(values) for name, values in forms[which or 0].items()}

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
