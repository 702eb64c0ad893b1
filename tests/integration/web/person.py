"""Somebody before the pages: logs in, reads, fills forms in as a browser without a script does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

import httpx

from order_sync import OrderSync
from tests.integration.web.conftest import served

_VOID = {"meta", "link", "input", "br", "img", "hr"}


class Form:
    """A form of a page: what a browser would send, and its buttons."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.action = attributes.get("action", "")
        self.method = attributes.get("method", "get").lower()
        self.values: list[tuple[str, str]] = []
        self.fields: dict[str, dict[str, str]] = {}
        self.options: dict[str, list[tuple[str, str]]] = {}
        self.buttons: list[tuple[str, str]] = []

    def filled(self, changes: dict[str, Any], button: str | None) -> list[tuple[str, str]]:
        """The pairs; a value of None leaves a field out, a list sends it so often."""
        kept = [(name, value) for name, value in self.values if name not in changes]
        for name, value in changes.items():
            kept += [(name, each) for each in ([value] if isinstance(value, str) else value or [])]
        return kept + ([("do", button)] if button else [])

    def value(self, name: str) -> str | None:
        return next((value for each, value in self.values if each == name), None)


class Page(HTMLParser):
    """What a person, and a browser, sees of an answer."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(convert_charrefs=True)
        self.answer = answer
        self.status = answer.status_code
        self.url = answer.url
        self.html = answer.text
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.unlabelled: list[str] = []
        self.faults: list[str] = []
        self.tags: list[str] = []
        self._open: list[str] = []
        self._texts: list[str] = []
        self._waiting: list[tuple[str, str]] = []
        self._select = ""
        self._chosen: str | None = None
        self.feed(answer.text)
        self.close()
        self.unlabelled = [what for key, what in self._waiting if key not in self.labelled]
        self.faults += [f"not closed: {self._open}"] if self._open else []

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).split())

    def form(self, *, button: str = "", of: str = "") -> Form:
        """The form with a button of that value, or a field of that name and value."""
        for form in self.forms:
            if of and all(value != of for _, value in form.values):
                continue
            if not button or button in [value for _, value in form.buttons]:
                if form.method == "post" and form.action.endswith("/logout"):
                    continue
                return form
        raise AssertionError(f"no form with {button or of!r} on {self.url}: {self.text[:400]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag not in _VOID and not self.get_starttag_text().endswith("/>"):
            self._open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if "style" in given or tag == "style" or any(name.startswith("on") for name in given):
            self.faults.append(f"inline: {self.get_starttag_text()}")
        if tag == "script" and "src" not in given:
            self.faults.append("inline script")
        for name in ("href", "src"):
            if name in given:
                (self.links if tag == "a" else self.loaded).append(given[name])
        if tag == "label" and "for" in given:
            self.labelled.add(given["for"])
        if tag == "form":
            self.forms.append(Form(given))
        if tag in ("input", "select", "textarea", "button") and self.forms:
            self._control(tag, given)
        if tag == "option":
            self.forms[-1].options[self._select].append((given.get("value", ""), ""))
            if self._chosen is None or "selected" in given:
                self._chosen = given.get("value", "")
        if tag == "option" and "value" not in given:
            self._chosen = self._chosen if self._chosen else ""

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form, name, kind = self.forms[-1], given.get("name", ""), given.get("type", "text")
        if tag == "button":
            form.buttons.append((name, given.get("value", "")))
            return
        form.fields[name] = given
        if kind != "hidden" and "aria-label" not in given and "label" not in self._open:
            self._waiting.append((given.get("id", ""), self.get_starttag_text() or ""))
        if tag == "select":
            self._select, self._chosen = name, None
            form.options[name] = []
        elif kind in ("checkbox", "radio"):
            if "checked" in given:
                form.values.append((name, given.get("value", "on")))
        else:
            form.values.append((name, given.get("value", "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.forms[-1].values.append((self._select, self._chosen or ""))
        if tag in _VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-3:]}")
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._texts.append(data)


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
