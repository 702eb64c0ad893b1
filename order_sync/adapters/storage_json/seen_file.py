"""What a file says, read again only when it changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

_YOUNG_NS = 100_000_000
"""A file changed this recently is read anyway: two changes within one tick of its clock look alike."""


class SeenFile(Generic[T]):
    """Keeps what was made of each file's content. Thread-safe.

    A file replaced by another has another inode; one edited in place another size or time.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[Path, tuple[tuple[int, int, int], T]] = {}

    def get(self, path: Path, make: Callable[[bytes], T]) -> T:
        """What ``make`` makes of the content.

        Raises:
            OSError: the file cannot be read.
            Whatever ``make`` raises; nothing is kept then.
        """
        status = path.stat()
        mark = (status.st_ino, status.st_size, status.st_mtime_ns)
        with self._lock:
            seen = self._seen.get(path)
        if seen is not None and seen[0] == mark and time.time_ns() - status.st_mtime_ns > _YOUNG_NS:
            return seen[1]
        made = make(path.read_bytes())
        with self._lock:
            self._seen[path] = (mark, made)
        return made
