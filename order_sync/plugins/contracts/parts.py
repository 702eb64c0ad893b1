"""What a plugin is built from in a suite: a gate for its account, and its own fields."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from order_sync.core.model.account_gate import AccountGate
from order_sync.plugins.registry import Field, fill_in

T = TypeVar("T")


class OneGate:
    """The AccountGates port for the one account of a suite."""

    def __init__(self) -> None:
        self._gates: dict[str, AccountGate] = {}
        self._lock = threading.Lock()

    def read(self, account: str) -> AccountGate:
        """See AccountGates."""
        return self._gates.get(account, AccountGate())

    def change(self, account: str, step: Callable[[AccountGate], tuple[AccountGate, T]]) -> T:
        """See AccountGates."""
        with self._lock:
            self._gates[account], result = step(self.read(account))
            return result

    def all(self) -> dict[str, AccountGate]:
        """See AccountGates."""
        return dict(self._gates)


def given(fields: tuple[Field, ...], texts: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a connection stores them: what a person typed, converted, and defaults.

    Raises:
        ValueError: a text that its field does not take; KeyError: a setting that no field declares.
    """
    known = {field.name: field for field in fields if not field.secret}
    values = {name: known[name].convert(value) if isinstance(value, str) else value for name, value in texts.items()}
    return fill_in(fields, values)
