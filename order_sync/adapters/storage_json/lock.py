"""One writer at a time, between threads and processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from order_sync.core.errors import StorageError, StorageLockedError

WAIT_S = 10.0
"""How long a writer waits for another (seconds)."""


@contextmanager
def locked(path: Path, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the lock file while the block runs.

    Raises:
        StorageLockedError: somebody else holds it for longer than ``wait_s``.
        StorageError: the lock file cannot be made.
    """
    lock = FileLock(path, timeout=wait_s, is_singleton=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except Timeout as exc:
        raise StorageLockedError(
            f"{path} is held by another process for more than {wait_s:g} s.",
            next_step="Try again; if it stays so, look which process holds it.",
            path=str(path),
        ) from exc
    except OSError as exc:
        raise StorageError(
            f"{path} cannot be made: {exc.strerror or exc}.",
            next_step="Check the folder's permissions, or set ORDER_SYNC_HOME to one that can be written.",
            path=str(path),
        ) from exc
    try:
        yield
    finally:
        lock.release()
