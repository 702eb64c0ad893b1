"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from order_sync.core.errors import StorageError


def write_atomically(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace a file's content, so that a reader or a crash sees the old text or the new, never a part.

    Written beside, fsynced, renamed, and the folder fsynced, because a rename alone may be lost with the power.

    Raises:
        StorageError: names the path and the cause; the old file is untouched.
    """
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as exc:  # bytes of the command line that are no UTF-8 arrive as half characters
        raise StorageError(
            f"{path} cannot be written: something in it is not UTF-8 text.",
            next_step="Nothing was changed. Give the text again, in UTF-8.",
            path=str(path),
        ) from exc
    beside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        beside = Path(name)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)  # noqa: PTH105 - the one call that tests make fail
        _sync_folder(path.parent)
    except OSError as exc:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise StorageError(
            f"{path} cannot be written: {exc.strerror or exc}.",
            next_step="Nothing was changed. Check the disk's space and the folder's permissions.",
            path=str(path),
        ) from exc


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
