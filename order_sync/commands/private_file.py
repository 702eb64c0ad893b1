"""A file that only its owner may read, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from order_sync.core.errors import StorageError


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """Write to this; the file takes its place when the block ends without an error, mode 0600, in UTF-8.

    Raises:
        StorageError: it cannot be written; what was there before stays.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)  # one left behind by somebody else keeps its mode otherwise
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as exc:
        raise StorageError(
            f"The file {path} cannot be written: {exc.strerror}.",
            next_step="Check that the disk has space and that the folder may be written.",
            path=str(path),
        ) from exc
