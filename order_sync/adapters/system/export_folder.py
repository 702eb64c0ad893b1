"""The ExportFolder port: a folder that only the operator may read."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from order_sync.core.errors import StorageError


class PrivateFolder:
    """Writes JSON documents, mode 0600, whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, document: Mapping[str, Any]) -> str:
        """See ExportFolder."""
        target = self._path / f"{re.sub(r'[^A-Za-z0-9_-]', '_', name)}.json"
        beside = target.with_suffix(".part")
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
                json.dump(document, out, indent=2, ensure_ascii=False)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(target)
        except OSError as exc:
            raise StorageError(
                f"The export {target} cannot be written: {exc.strerror}.",
                next_step="Check that the disk has space and that the folder may be written.",
                path=str(target),
            ) from exc
        return str(target)
