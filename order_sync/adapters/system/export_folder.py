"""The ExportFolder port: a folder that only the operator may read."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from order_sync.core.errors import StorageError

LONGEST_NAME = 150
"""Characters of a document's name that its file has; file systems take 255 bytes."""


class PrivateFolder:
    """Writes JSON documents, mode 0600, whole or not at all. None replaces another: it gets a number instead."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, document: Mapping[str, Any]) -> str:
        """See ExportFolder. What is there already, word for word, is not written again."""
        stem = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:LONGEST_NAME] or "export"
        # a lone surrogate has no UTF-8; backslashreplace writes it as JSON does
        content = json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            return str(self._put(stem, content))
        except OSError as exc:
            raise StorageError(
                f"The export {self._path / stem}.json cannot be written: {exc.strerror}.",
                next_step="Check that the disk has space and that the folder may be written.",
                path=str(self._path / f"{stem}.json"),
            ) from exc

    def _put(self, stem: str, content: bytes) -> Path:
        beside = self._path / f"{stem}.part"  # one name: what a killed process leaves is replaced by the next try
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            for number in itertools.count(1):
                target = self._path / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
                if not target.exists():
                    beside.replace(target)
                    return target
                if target.read_bytes() == content:
                    return target
            raise AssertionError("there is always a next number")
        finally:
            beside.unlink(missing_ok=True)
