"""The SettingsStore port on JSON files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from order_sync.adapters.storage_json.atomic_file import write_atomically
from order_sync.adapters.storage_json.documents import connection_from, document_of
from order_sync.adapters.storage_json.lock import WAIT_S, locked
from order_sync.adapters.storage_json.secrets import SecretsFile
from order_sync.adapters.storage_json.seen_file import SeenFile
from order_sync.core.errors import ConcurrentUpdateError, StorageCorruptError, StorageError, UnknownConnectionError
from order_sync.core.model.settings import CONNECTION_NAME, Connection


class JsonSettingsStore:
    """``connections/NAME.json`` and ``secrets.json`` in one folder.

    Reading needs no lock: files are replaced whole. A revision is the hash of the file that was read.

    Args:
        home: the folder; made at the first write.
        secret_key, environment: see SecretsFile.
    """

    def __init__(
        self,
        home: Path,
        secret_key: str | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        lock_wait_s: float = WAIT_S,
    ) -> None:
        self._home = home
        self._secrets = SecretsFile(home / "secrets.json", secret_key, environment)
        self._lock_wait_s = lock_wait_s
        self._seen: SeenFile[Connection] = SeenFile()

    def names(self) -> tuple[str, ...]:
        """See SettingsStore."""
        return tuple(sorted(path.stem for path in (self._home / "connections").glob("*.json") if path.stem[0] != "."))

    def get(self, name: str) -> Connection:
        """See SettingsStore."""
        path = self._path(name)
        try:
            return self._seen.get(path, lambda content: _parsed(content, path, name))
        except FileNotFoundError:
            known = ", ".join(self.names()) or "none yet"
            raise UnknownConnectionError(
                f"There is no connection {name!r}.",
                next_step=f"Known: {known}. Create it: order-sync connect {name}.",
                connection=name,
            ) from None
        except OSError as exc:
            raise _unreadable(path, exc) from exc

    def save(self, connection: Connection) -> Connection:
        """See SettingsStore."""
        path = self._path(connection.name)
        with self._locked():
            content = self._content(path)
            if (_revision(content) if content is not None else "") != connection.revision:
                raise ConcurrentUpdateError(
                    f"Connection {connection.name!r} was changed by somebody else meanwhile; nothing was saved.",
                    next_step="Look at it again and repeat the change.",
                    connection=connection.name,
                )
            text = document_of(connection)
            write_atomically(path, text)
        return replace(connection, revision=_revision(text.encode()))

    def delete(self, name: str) -> None:
        """See SettingsStore."""
        with self._locked():
            path = self._path(name)
            if self._content(path) is None:
                self.get(name)  # raises the error that says what there is
            try:
                path.unlink()
            except OSError as exc:
                raise StorageError(f"{path} cannot be removed: {exc.strerror}.", path=str(path)) from exc
            self._secrets.delete(name)

    def secret_names(self, name: str) -> Mapping[str, str]:
        """See SettingsStore."""
        return self._secrets.names(name)

    def get_secret(self, name: str, key: str) -> str | None:
        """See SettingsStore."""
        return self._secrets.get(name, key)

    def set_secret(self, name: str, key: str, value: str) -> None:
        """See SettingsStore."""
        with self._locked():
            self._secrets.set(name, key, value)

    def describe(self) -> str:
        """See SettingsStore."""
        return f"JSON files in {self._home}"

    def _path(self, name: str) -> Path:
        if not CONNECTION_NAME.fullmatch(name):  # also keeps names inside the folder
            raise UnknownConnectionError(
                f"{name!r} cannot be the name of a connection.",
                next_step="Names have up to 63 letters, digits, - and _.",
                connection=name,
            )
        return self._home / "connections" / f"{name}.json"

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self._home / ".settings.lock", wait_s=self._lock_wait_s)

    def _content(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise _unreadable(path, exc) from exc


def _parsed(content: bytes, path: Path, name: str) -> Connection:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        raise StorageCorruptError(
            f"{path}, line {line}: this is not UTF-8 text.",
            next_step="Restore the file from a backup.",
            path=str(path),
        ) from exc
    return connection_from(text, str(path), name=name, revision=_revision(content))


def _unreadable(path: Path, exc: OSError) -> StorageError:
    return StorageError(f"{path} cannot be read: {exc.strerror}.", next_step="Check its permissions.", path=str(path))


def _revision(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
