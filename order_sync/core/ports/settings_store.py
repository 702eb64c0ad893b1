"""Where connections, their settings and their secrets are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from order_sync.core.model.settings import Connection


class SettingsStore(Protocol):
    """Keeps connections by name. Safe between threads and processes.

    Every method raises StorageCorruptError when a stored file cannot be understood (with its path and place),
    StorageLockedError when another process holds it too long, StorageError when it cannot be written.
    """

    def names(self) -> tuple[str, ...]:
        """Every connection's name, sorted."""
        ...

    def get(self, name: str) -> Connection:
        """The connection of that name. Raises UnknownConnectionError."""
        ...

    def save(self, connection: Connection) -> Connection:
        """Store it whole or not at all; returns it with its new revision.

        Raises:
            ConcurrentUpdateError: somebody saved it since ``connection.revision`` was read. An empty revision
                means "new": refused when the name is taken.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove a connection and its secrets. Raises UnknownConnectionError."""
        ...

    def secret_names(self, name: str) -> Mapping[str, str]:
        """The connection's secrets: key -> where it comes from ("env:SHOPIFY_TOKEN", "stored"); never the value."""
        ...

    def get_secret(self, name: str, key: str) -> str | None:
        """A secret's value, looked up where it is kept now; None when none was given.

        Raises:
            ConfigurationError: it is kept elsewhere and not there (an unset variable, a missing file).
        """
        ...

    def set_secret(self, name: str, key: str, value: str) -> None:
        """Keep a secret: a value, or a reference ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/NAME``."""
        ...

    def describe(self) -> str:
        """Where things are kept, in words."""
        ...
