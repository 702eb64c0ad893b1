"""Telling people what happened."""

from __future__ import annotations

from typing import Protocol

from order_sync.core.model.events import Event


class Notifier(Protocol):
    """Is told events after they are stored. What must happen does not belong here."""

    def notify(self, event: Event) -> None:
        """Take note of an event; never raises."""
        ...
