"""A page as a browser without a script sees it: its forms, links, texts, and what is wrong with it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx

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

    def as_sent(self) -> dict[str, list[str]]:
        """What a browser sends of it untouched, by name."""
        sent: dict[str, list[str]] = {}
        for name, value in self.values:
            sent.setdefault(name, []).append(value)
        return sent

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

    @property
    def addresses(self) -> list[str]:
        """Everything that it leads to, loads or sends to."""
        return [*self.links, *self.loaded, *(form.action for form in self.forms if form.action)]

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
