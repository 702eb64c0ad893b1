"""Secrets: values kept in one private file, or references to where they are kept."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from order_sync.adapters.secret_references import is_reference, looked_up
from order_sync.adapters.storage_json.atomic_file import write_atomically
from order_sync.adapters.storage_json.documents import parse_json
from order_sync.adapters.storage_json.migrations import VERSION, migrate
from order_sync.adapters.storage_json.seen_file import SeenFile
from order_sync.core.errors import ConfigurationError, StorageCorruptError, StorageError

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}
"""Cost of deriving a key from a passphrase: 16 MiB and about 50 ms, the RFC 7914 interactive setting."""


class SecretsFile:
    """The file ``secrets.json`` (mode 0600): connection -> key -> value or reference.

    Args:
        secret_key: a passphrase; when given, values are encrypted (Fernet, key by scrypt).
        environment: where ``env:NAME`` is looked up; None: the process's.
    """

    def __init__(self, path: Path, secret_key: str | None = None, environment: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._environment = environment
        self._passphrase = secret_key
        self._seen: SeenFile[dict[str, Any]] = SeenFile()
        self._derived: dict[bytes, bytes] = {}

    def names(self, connection: str) -> dict[str, str]:
        """Keys of a connection and where each value comes from; never a value."""
        return {key: _origin(entry) for key, entry in self._known()["secrets"].get(connection, {}).items()}

    def get(self, connection: str, key: str) -> str | None:
        """A value, looked up now; None when none was given."""
        document = self._known()
        entry = document["secrets"].get(connection, {}).get(key)
        if entry is None:
            return None
        if "reference" in entry:
            return looked_up(entry["reference"], key, self._environment)
        if "encrypted" in entry:
            return self._decrypt(document, entry["encrypted"], key)
        return str(entry["value"])

    def set(self, connection: str, key: str, value: str) -> None:
        """Keep a value or a reference; the caller holds the lock."""
        document = self._read()
        entry = {"reference": value} if is_reference(value) else {"value": value}
        document["secrets"].setdefault(connection, {})[key] = entry
        self._write(document)

    def delete(self, connection: str) -> None:
        """Forget a connection's secrets; the caller holds the lock."""
        document = self._read()
        if document["secrets"].pop(connection, None) is not None:
            self._write(document)

    def _known(self) -> dict[str, Any]:
        """The document as it is now, for reading only."""
        return self._made(self._seen.get)

    def _read(self) -> dict[str, Any]:
        """The document as it is now, for changing."""
        return self._made(lambda path, make: make(path.read_bytes()))

    def _made(self, read: Callable[[Path, Callable[[bytes], dict[str, Any]]], dict[str, Any]]) -> dict[str, Any]:
        try:
            return read(self._path, self._parsed)
        except FileNotFoundError:
            return {"version": VERSION, "secrets": {}}
        except (OSError, UnicodeDecodeError) as exc:
            raise StorageError(f"{self._path} cannot be read: {exc}.", path=str(self._path)) from exc

    def _parsed(self, content: bytes) -> dict[str, Any]:
        document = migrate(parse_json(content.decode("utf-8"), str(self._path)), str(self._path))
        if not _is_well_formed(document):
            raise StorageCorruptError(
                f"{self._path}, line 1: this is not a file of secrets.",
                next_step="Restore it from a backup, or remove it and give the secrets again (order-sync connect).",
                path=str(self._path),
            )
        return document

    def _write(self, document: dict[str, Any]) -> None:
        if self._passphrase:
            document.setdefault("salt", base64.b64encode(os.urandom(16)).decode())
            for entries in document["secrets"].values():
                for key, entry in entries.items():
                    if "value" in entry:
                        entries[key] = {"encrypted": self._encrypt(document, entry["value"])}
        write_atomically(self._path, json.dumps(document, indent=2) + "\n", mode=0o600)

    def _fernet(self, document: Mapping[str, Any]) -> Any:
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        salt = base64.b64decode(document["salt"])
        if salt not in self._derived:  # deriving takes 50 ms, and secrets are looked up for every call
            derived = Scrypt(salt=salt, length=32, **_SCRYPT).derive((self._passphrase or "").encode())
            self._derived[salt] = base64.urlsafe_b64encode(derived)
        return Fernet(self._derived[salt])

    def _encrypt(self, document: Mapping[str, Any], value: str) -> str:
        return str(self._fernet(document).encrypt(value.encode()).decode())

    def _decrypt(self, document: Mapping[str, Any], token: str, key: str) -> str:
        from cryptography.fernet import InvalidToken

        if not self._passphrase:
            raise ConfigurationError(
                f"The secret {key} is encrypted, and ORDER_SYNC_SECRET_KEY is not set.",
                next_step="Set ORDER_SYNC_SECRET_KEY to the key it was stored with.",
                secret=key,
            )
        try:
            return str(self._fernet(document).decrypt(token.encode()).decode())
        except InvalidToken as exc:
            raise ConfigurationError(
                f"The secret {key} cannot be decrypted with this ORDER_SYNC_SECRET_KEY.",
                next_step="Set the key it was stored with, or give the secret again: order-sync connect --secret.",
                secret=key,
            ) from exc


def _is_well_formed(document: dict[str, Any]) -> bool:
    secrets = document.get("secrets")
    return isinstance(secrets, dict) and all(
        isinstance(entries, dict)
        and all(isinstance(e, dict) and {"reference", "value", "encrypted"} & set(e) for e in entries.values())
        for entries in secrets.values()
    )


def _origin(entry: Mapping[str, str]) -> str:
    if "reference" in entry:
        return entry["reference"]
    return "stored, encrypted" if "encrypted" in entry else "stored"
