"""What is kept of the shop's customers: given out, or erased, when they ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol


class PersonalData(Protocol):
    """The places where customers' data is kept. Raises StorageError when the storage fails."""

    def export(self, connection: str, order_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Everything kept of these orders, as plain values: records, lines, purchases sent, calls, history, and
        what the journal says.
        """
        ...

    def erase(self, connection: str, order_ids: Iterable[str] | None) -> int:
        """Erase names, addresses, reasons in words, tracking and journal payloads of these orders, or of all (None).

        Returns how many records had any. What was bought, under which number and in which state stays: an order must
        not be bought again.
        """
        ...

    def at_rest(self, connection: str, *, before: datetime, limit: int) -> tuple[str, ...]:
        """Orders that something of a person is kept of, and all of whose records are at rest (policies/retention.py)
        and did not change since before a moment.
        """
        ...


class ExportFolder(Protocol):
    """Where an export is left for the operator."""

    def write(self, name: str, document: Mapping[str, Any]) -> str:
        """Store a document that only the operator may read; returns where, in words. Raises StorageError."""
        ...
