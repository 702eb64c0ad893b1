"""A settings store that forgets everything when the process ends."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace

from order_sync.adapters.secret_references import is_reference, looked_up
from order_sync.core.errors import ConcurrentUpdateError, UnknownConnectionError
from order_sync.core.model.settings import Connection


class InMemorySettingsStore:
    """The SettingsStore port over dictionaries. Secrets are plain values, or references that are looked up."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._connections: dict[str, Connection] = {}
        self._secrets: dict[str, dict[str, str]] = {}
        self._revision = 0

    def names(self) -> tuple[str, ...]:
        """See SettingsStore."""
        with self._lock:
            return tuple(sorted(self._connections))

    def get(self, name: str) -> Connection:
        """See SettingsStore."""
        with self._lock:
            if name not in self._connections:
                raise UnknownConnectionError(
                    f"There is no connection {name!r}.",
                    next_step=f"Create it: order-sync connect {name}.",
                    connection=name,
                )
            return self._connections[name]

    def save(self, connection: Connection) -> Connection:
        """See SettingsStore."""
        with self._lock:
            known = self._connections.get(connection.name)
            if connection.revision != (known.revision if known else ""):
                raise ConcurrentUpdateError(
                    f"Connection {connection.name!r} was changed by somebody else meanwhile; nothing was saved.",
                    next_step="Look at it again and repeat the change.",
                    connection=connection.name,
                )
            self._revision += 1
            # a copy: what the caller does with its dictionaries later is not stored
            self._connections[connection.name] = replace(deepcopy(connection), revision=str(self._revision))
            return self._connections[connection.name]

    def delete(self, name: str) -> None:
        """See SettingsStore."""
        with self._lock:
            self.get(name)
            del self._connections[name]
            self._secrets.pop(name, None)

    def secret_names(self, name: str) -> Mapping[str, str]:
        """See SettingsStore."""
        with self._lock:
            kept = self._secrets.get(name, {}).items()
            return {key: value if is_reference(value) else "stored" for key, value in kept}

    def get_secret(self, name: str, key: str) -> str | None:
        """See SettingsStore."""
        with self._lock:
            value = self._secrets.get(name, {}).get(key)
        return looked_up(value, key) if value is not None and is_reference(value) else value

    def set_secret(self, name: str, key: str, value: str) -> None:
        """See SettingsStore."""
        with self._lock:
            self._secrets.setdefault(name, {})[key] = value

    def describe(self) -> str:
        """See SettingsStore."""
        return "memory"
