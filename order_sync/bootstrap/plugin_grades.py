"""The grades that plugins got, kept in the home folder; each is of one state of a plugin's files only."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from order_sync.adapters.storage_json.atomic_file import write_atomically
from order_sync.bootstrap.plugin_check import PluginGrade

NOT_CHECKED = "not checked"


class PluginGrades:
    """The file ``plugin-grades.json``. A file that cannot be read has no grades: they are easily had again."""

    def __init__(self, home: Path) -> None:
        self._path = home / "plugin-grades.json"

    def of(self, name: str, fingerprint: str | None) -> str:
        """The grade of a plugin, "not checked", or that it changed since it was checked.

        Args:
            fingerprint: of its files as they are now; None: they cannot be found.
        """
        known = self._read().get(name)
        if not isinstance(known, dict) or not isinstance(known.get("level"), str):
            return NOT_CHECKED
        if known.get("fingerprint") != fingerprint:
            return f"not checked since it changed (was {known['level']})"
        return str(known.get("in_words") or known["level"])

    def keep(self, grade: PluginGrade, now: datetime) -> None:
        """Remember a grade. Raises StorageError when it cannot be written."""
        grades = self._read()
        grades[grade.plugin] = {
            "level": grade.level,
            "in_words": grade.in_words,
            "version": grade.version,
            "fingerprint": grade.fingerprint,
            "checked_at": now.isoformat(),
        }
        write_atomically(self._path, json.dumps(grades, indent=2))

    def known(self) -> bool:
        """Whether any plugin was checked."""
        return bool(self._read())

    def _read(self) -> dict[str, Any]:
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}
