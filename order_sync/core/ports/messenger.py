"""Sending messages to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one service said to a message. ``problem`` is empty when it took it, and never holds a secret."""

    service: str
    problem: str = ""


class Messenger(Protocol):
    """Sends to every service that was set up. Thread-safe."""

    def services(self) -> tuple[str, ...]:
        """The services, named so that no secret shows."""
        ...

    def send(self, title: str, body: str) -> tuple[Delivery, ...]:
        """Send plain text to every service, one after the other; takes seconds and never raises."""
        ...
