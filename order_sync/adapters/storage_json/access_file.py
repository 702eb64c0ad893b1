"""``access.json``: the password's hash and the hashes of one-time links; nothing that lets anybody in by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from order_sync.adapters.storage_json.atomic_file import write_atomically
from order_sync.adapters.storage_json.documents import parse_json
from order_sync.adapters.storage_json.lock import locked
from order_sync.adapters.storage_json.migrations import VERSION, migrate
from order_sync.adapters.storage_json.seen_file import SeenFile
from order_sync.core.errors import StorageCorruptError, StorageError


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link that was not used yet."""

    hash: str
    until: datetime


@dataclass(frozen=True, slots=True)
class AccessDocument:
    """What the file says.

    Attributes:
        password: the hash; empty: there is no password.
        version: another one for every password that is set or removed.
    """

    password: str = ""
    version: str = ""
    links: tuple[Link, ...] = ()


class AccessFile:
    """Reads without a lock, because the file is replaced whole; changes under one, between processes too."""

    def __init__(self, home: Path) -> None:
        self._path = home / "access.json"
        self._lock = home / ".access.lock"
        self._seen: SeenFile[AccessDocument] = SeenFile()

    def read(self) -> AccessDocument:
        """What the file says now.

        Raises:
            StorageError: it cannot be read.
            StorageCorruptError: it cannot be understood. It is never taken for one without a password.
        """
        return self._made(self._seen.get)

    def change(self, act: Callable[[AccessDocument], AccessDocument]) -> None:
        """Replace what the file says by what ``act`` makes of it; nobody else changes it meanwhile.

        Raises:
            StorageError, StorageCorruptError: as for reading; or it cannot be written.
        """
        with locked(self._lock):
            before = self._made(lambda path, make: make(path.read_bytes()))
            after = act(before)
            if after != before:
                write_atomically(self._path, _text(after), mode=0o600)

    def _made(self, read: Callable[[Path, Callable[[bytes], AccessDocument]], AccessDocument]) -> AccessDocument:
        try:
            return read(self._path, self._parsed)
        except FileNotFoundError:
            return AccessDocument()
        except OSError as exc:
            raise StorageError(
                f"{self._path} cannot be read: {exc.strerror}.",
                next_step="Check its permissions.",
                path=str(self._path),
            ) from exc

    def _parsed(self, content: bytes) -> AccessDocument:
        path = str(self._path)
        try:
            document = migrate(parse_json(content.decode("utf-8"), path), path)
            return AccessDocument(
                password=_string(document.get("password", "")),
                version=_string(document.get("password_version", "")),
                links=tuple(_link(each) for each in document.get("links", [])),
            )
        except (ValueError, TypeError, KeyError) as exc:
            raise StorageCorruptError(
                f"{path}, line 1: this is not a file of logins.",
                next_step="Restore it from a backup, or remove it and set the password again (order-sync password).",
                path=path,
            ) from exc


def _text(document: AccessDocument) -> str:
    links = [{"hash": link.hash, "until": link.until.isoformat()} for link in document.links]
    content = {
        "version": VERSION,
        "password": document.password,
        "password_version": document.version,
        "links": links,
    }
    return json.dumps(content, indent=2) + "\n"


def _link(entry: dict[str, Any]) -> Link:
    until = datetime.fromisoformat(_string(entry["until"]))
    if until.tzinfo is None:
        raise ValueError("a time without a zone")
    return Link(_string(entry["hash"]), until)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
