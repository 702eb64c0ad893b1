"""The Messenger port on apprise. Its addresses hold secrets, so nothing of them is ever said."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import apprise

from order_sync.core.errors import ConfigurationError
from order_sync.core.ports import Delivery

_PARTS = re.compile(r"[/:@?&=#,;]+")
_SHORTEST_SECRET = 4
_LONGEST_PROBLEM = 200


class AppriseMessenger:
    """Sends to every address, one after the other.

    Args:
        urls: apprise's addresses, such as ``mailto://…`` or ``json://…``.

    Raises:
        ConfigurationError: one is not known to apprise; says which by its place.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        _keep_quiet()
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


class _Lines(logging.Handler):
    """Keeps what apprise says; it sends from threads of its own, so they do not tell whose a line is."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(record.getMessage())


@contextmanager
def _said() -> Iterator[list[str]]:
    handler = _Lines()
    logger = logging.getLogger("apprise")
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)


def _keep_quiet() -> None:
    """apprise and urllib3 log addresses, with the secrets in them: they must reach no log."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        logger.addHandler(logging.NullHandler())  # without a handler Python would print them
    for name in ("urllib3", "requests"):
        if logging.getLogger(name).level in (logging.NOTSET, logging.DEBUG):
            logging.getLogger(name).setLevel(logging.INFO)
