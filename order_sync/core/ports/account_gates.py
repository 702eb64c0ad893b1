"""When supplier accounts may be called, known to every process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from order_sync.core.model.account_gate import AccountGate

T = TypeVar("T")


class AccountGates(Protocol):
    """Keeps the gate of every supplier account. Safe between threads and processes.

    Raises StorageError when the storage fails and StorageLockedError when it is held too long.
    """

    def read(self, account: str) -> AccountGate:
        """The gate as it is; an account never heard of has an open one."""
        ...

    def change(self, account: str, step: Callable[[AccountGate], tuple[AccountGate, T]]) -> T:
        """Replace the gate by what ``step`` makes of it, while nobody else changes it; returns the other part."""
        ...

    def all(self) -> dict[str, AccountGate]:
        """Every account heard of."""
        ...
