"""The Messenger port on apprise. Its addresses hold secrets, so nothing of them is ever said."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import apprise

from order_sync.core.errors import ConfigurationError
from order_sync.core.ports import Delivery

_PARTS = re.compile(r"[/:@?&=#,;]+")
_SHORTEST_SECRET = 4
_LONGEST_PROBLEM = 200
_APPRISE = "apprise"
_BELOW = ("requests", "urllib3")


class AppriseMessenger:
    """Sends to every address, one after the other.

    Args:
        urls: apprise's addresses, such as ``mailto://…`` or ``json://…``.

    Raises:
        ConfigurationError: one is not known to apprise; says which by its place.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self._targets = [(f"{place}. {_service(url, place)}", url) for place, url in enumerate(urls, start=1)]
        self._sending = threading.Lock()

    def services(self) -> tuple[str, ...]:
        """See Messenger."""
        return tuple(name for name, _ in self._targets)

    def send(self, title: str, body: str) -> tuple[Delivery, ...]:
        """See Messenger."""
        with self._sending:
            return tuple(Delivery(name, _sent(url, title, body)) for name, url in self._targets)


def _service(url: str, place: int) -> str:
    with _said():
        made = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if made is None:
        raise ConfigurationError(
            f"Address {place} in ORDER_SYNC_NOTIFY is not one that apprise knows.",
            next_step="Write it as apprise's documentation has it, for example mailto://… or json://…, "
            "then: order-sync notify test.",
            setting="ORDER_SYNC_NOTIFY",
        )
    return str(made.service_name)


def _sent(url: str, title: str, body: str) -> str:
    """Empty when the service took it, else what it said."""
    with _said() as lines:
        try:
            went = apprise.Apprise([url]).notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
        except Exception as exc:  # a service's plugin may raise anything; its text may hold the address
            return f"it failed with {type(exc).__name__}"
    if went:
        return ""
    return _without_secrets(url, " ".join(" ".join(lines).split()) or "it did not take the message")[:_LONGEST_PROBLEM]


def _without_secrets(url: str, text: str) -> str:
    _, _, rest = url.partition("://")
    for part in sorted(filter(None, _PARTS.split(rest)), key=len, reverse=True):
        if len(part) >= _SHORTEST_SECRET:
            text = text.replace(part, "***")
    return text


class _Ours(logging.Filter):
    """Lets nothing pass that is said while we send, and keeps apprise's complaints; of what others do, everything."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it may be logged."""
        lines = _LINES.get()
        if lines is None:
            return True
        if record.name == _APPRISE and record.levelno >= logging.WARNING:
            lines.append(record.getMessage())
        return False


_LINES: ContextVar[list[str] | None] = ContextVar("order_sync_apprise_lines", default=None)
"""Where the lines of this sending go; apprise's threads have the context of who sends."""
_OURS = _Ours()


@contextmanager
def _said() -> Iterator[list[str]]:
    """What apprise says meanwhile.

    It, and the libraries below it, log addresses with the secrets in them: they must reach no log. How a host logs
    what it does itself with the same libraries is not touched, and another installation is told nothing of ours.
    """
    for name in _loggers_below():
        logging.getLogger(name).addFilter(_OURS)  # the same one a second time changes nothing
    lines: list[str] = []
    token = _LINES.set(lines)
    try:
        yield lines
    finally:
        _LINES.reset(token)


def _loggers_below() -> list[str]:
    """Those that exist: a logger's filter does not hold for the loggers under it."""
    known = list(logging.root.manager.loggerDict)
    return [_APPRISE, *(name for name in known if name.partition(".")[0] in _BELOW)]
