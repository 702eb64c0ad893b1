"""Bringing files that an older version wrote up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from order_sync.core.errors import StorageCorruptError

Document = dict[str, Any]
VERSION = 1
MIGRATIONS: Mapping[int, Callable[[Document], Document]] = {}
"""For each old version: the step to the next one. Version 1 is the first, so there is no step yet."""


def migrate(
    document: Document,
    path: str,
    *,
    version: int = VERSION,
    migrations: Mapping[int, Callable[[Document], Document]] = MIGRATIONS,
) -> Document:
    """The document in the present version.

    Raises:
        StorageCorruptError: it has no version, or one that this Order Sync does not know.
    """
    found = document.get("version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise StorageCorruptError(
            f"{path}: version is {found!r}, which is not the version of such a file.",
            next_step="Restore the file from a backup.",
            path=path,
        )
    if found > version:
        raise StorageCorruptError(
            f"{path} has version {found}; this Order Sync knows up to {version}.",
            next_step="Use the Order Sync version that wrote it, or a newer one.",
            path=path,
        )
    while document["version"] < version:
        step = document["version"]
        document = {**migrations[step](document), "version": step + 1}
    return document
