"""Notices, and messages, that are forgotten when the process ends."""

from __future__ import annotations

import threading

from order_sync.core.model.notice import Notice
from order_sync.core.ports import Delivery


class InMemoryNotices:
    """The Notices port over a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notices: dict[tuple[str, str], Notice] = {}

    def all(self) -> tuple[Notice, ...]:
        """See Notices."""
        with self._lock:
            return tuple(self._notices.values())

    def put(self, *notices: Notice) -> None:
        """See Notices."""
        with self._lock:
            self._notices.update(((notice.connection, notice.cause), notice) for notice in notices)

    def remove(self, *notices: Notice) -> None:
        """See Notices."""
        with self._lock:
            for notice in notices:
                self._notices.pop((notice.connection, notice.cause), None)


class RecordingMessenger:
    """Remembers every message in ``sent``; refuses them while ``problem`` says why."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.problem = ""

    def services(self) -> tuple[str, ...]:
        """See Messenger."""
        return ("memory",)

    def send(self, title: str, body: str) -> tuple[Delivery, ...]:
        """See Messenger."""
        if not self.problem:
            self.sent.append((title, body))
        return (Delivery("memory", self.problem),)
