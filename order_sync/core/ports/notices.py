"""Remembering what people were told."""

from __future__ import annotations

from typing import Protocol

from order_sync.core.model.notice import Notice


class Notices(Protocol):
    """Keeps notices by connection and cause. Safe between threads and processes. Raises StorageError."""

    def all(self) -> tuple[Notice, ...]:
        """Every notice."""
        ...

    def put(self, *notices: Notice) -> None:
        """Store notices, replacing those of the same connection and cause, all or none."""
        ...

    def remove(self, *notices: Notice) -> None:
        """Forget notices of these connections and causes; those not there are passed over."""
        ...
