"""The journal's chain of hashes: each row's covers the one before it, so that no row can change or go unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from order_sync.core.model.journal import JournalCheck

_NAMED = ("connection", "order_id", "share", "mode", "kind", "payload_hash")


def payload_text(payload: Mapping[str, Any]) -> str:
    """A payload as it is stored: the same text for the same values, ASCII only."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


def payload_hash(salt: str, text: str) -> str:
    """The hash by which a payload is in the chain. Salted: what was erased must not be found again by guessing."""
    return hashlib.sha256(f"{salt}{text}".encode("utf-8", "surrogatepass")).hexdigest()


def chained(before: str, row: Mapping[str, Any]) -> str:
    """The hash of a row after the one before it. Everything but the payload itself, which may be erased, is in it."""
    at: datetime = row["at"]
    parts = [before, at.astimezone(UTC).isoformat(timespec="microseconds"), *(str(row[name]) for name in _NAMED)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass
class ChainCheck:
    """Goes along a connection's chain, row by row, and remembers the first that does not fit.

    Args:
        expected: how many rows the head counted before the first was read, and the hash of the last of them; None:
            there is no head.
    """

    connection: str
    expected: tuple[int, str] | None
    _rows: int = field(default=0, init=False)
    _erased: int = field(default=0, init=False)
    _last: str = field(default="", init=False)
    _last_number: int = field(default=0, init=False)
    _broken: tuple[int, str] | None = field(default=None, init=False)

    def add(self, number: int, row: Mapping[str, Any]) -> bool:
        """Look at the next row, with its payload's text and salt; whether the chain still holds."""
        problem = self._problem(row)
        if problem:
            self._broken = (number, problem)
            return False
        self._rows += 1
        self._erased += row["payload"] is None
        self._last, self._last_number = str(row["hash"]), number
        if self.expected is not None and self._rows == self.expected[0] and self._last != self.expected[1]:
            self._broken = (number, "it is not the row that was written last")
        return self._broken is None

    def _problem(self, row: Mapping[str, Any]) -> str:
        if row["payload"] is None and row["salt"] is not None:
            return "its payload was removed, and not by erasing"
        if row["payload"] is not None and payload_hash(row["salt"] or "", row["payload"]) != row["payload_hash"]:
            return "its payload was changed"
        if chained(self._last, row) != row["hash"]:
            return "it was changed, or a row before it was removed, added or moved"
        return ""

    def ended(self, counted: int) -> JournalCheck:
        """What was found. ``counted``: how many rows the head counts after the last was read."""
        if self._broken is None and self._rows and self.expected is None and not counted:
            self._broken = (self._last_number, "nothing tells how many rows there should be")
        elif self._broken is None and self.expected is not None and self._rows < self.expected[0]:
            missing = self.expected[0] - self._rows
            self._broken = (self._last_number, f"{missing} row{'s' if missing > 1 else ''} after it were removed")
        elif self._broken is None and self._rows > counted:
            self._broken = (self._last_number, f"{self._rows - counted} of the last rows were added from outside")
        number, problem = self._broken or (None, "")
        return JournalCheck(self.connection, self._rows, self._erased, number, problem, self._last)
