"""Notifiers that tell nobody, or remember."""

from __future__ import annotations

from order_sync.core.model.events import Event


class NullNotifier:
    """Tells nobody."""

    def notify(self, event: Event) -> None:
        """Do nothing with it."""


class RecordingNotifier:
    """Remembers every event in ``events``."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def notify(self, event: Event) -> None:
        """Append it."""
        self.events.append(event)
