"""Carrying hints to workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WorkKey:
    """A hint: look at this order of this connection."""

    connection: str
    order_id: str


@dataclass(frozen=True, slots=True)
class RunnerStats:
    """Hints taken, done (those that failed too) and failed since start, and those not yet done."""

    submitted: int
    done: int
    failed: int
    queued: int


class TaskRunner(Protocol):
    """Carries hints, which may double, be late, be reordered or be lost: the ledger decides what is right.

    Whatever the handler raises for one hint, the others reach it. A runner that works in the thread of who submits may
    let it through to there. Thread-safe.
    """

    def submit(self, key: WorkKey) -> None:
        """Have the handler called with this key some time."""
        ...

    def start(self, handler: Callable[[WorkKey], None]) -> None:
        """Begin calling the handler."""
        ...

    def stop(self, grace_s: float) -> None:
        """Take no new work; wait that long (seconds) for what runs."""
        ...

    def stats(self) -> RunnerStats:
        """Counts since start."""
        ...
