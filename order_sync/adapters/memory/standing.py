"""Account gates and pauses that forget everything when the process ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from order_sync.core.model.account_gate import AccountGate
from order_sync.core.ports import Pause

T = TypeVar("T")


class InMemoryAccountGates:
    """The AccountGates port over a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gates: dict[str, AccountGate] = {}

    def read(self, account: str) -> AccountGate:
        """See AccountGates."""
        with self._lock:
            return self._gates.get(account, AccountGate())

    def change(self, account: str, step: Callable[[AccountGate], tuple[AccountGate, T]]) -> T:
        """See AccountGates."""
        with self._lock:
            self._gates[account], result = step(self._gates.get(account, AccountGate()))
            return result

    def all(self) -> dict[str, AccountGate]:
        """See AccountGates."""
        with self._lock:
            return dict(self._gates)


class InMemoryPauses:
    """The Pauses port over a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pauses: dict[str, Pause] = {}

    def pause(self, pause: Pause) -> None:
        """See Pauses."""
        with self._lock:
            before = self._pauses.get(pause.connection)
            if before is None or not before.by_person or pause.by_person:
                self._pauses[pause.connection] = pause

    def resume(self, connection: str, *, by_person: bool = False) -> bool:
        """See Pauses."""
        with self._lock:
            before = self._pauses.get(connection)
            if before is None or (before.by_person and not by_person):
                return False
            del self._pauses[connection]
            return True

    def all(self) -> dict[str, Pause]:
        """See Pauses."""
        with self._lock:
            return dict(self._pauses)
