"""Plugins from outside: packages as pip leaves them, in a folder that a process finds by PYTHONPATH."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pluggy

from order_sync.plugins import hookspecs
from order_sync.plugins.hooks import PluginHooks


def install(folder: Path, name: str, module: str, *, version: str = "1.0", requires: str = "") -> None:
    """A distribution ``NAME`` of one module, which registers itself as the plugin of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    package = name.replace("-", "_")
    (folder / f"{package}.py").write_text(module, encoding="utf-8")
    info = folder / f"{package}-{version}.dist-info"
    info.mkdir(exist_ok=True)
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}", encoding="utf-8"
    )
    (info / "entry_points.txt").write_text(f"[order_sync]\n{name} = {package}\n", encoding="utf-8")


def with_path(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """An environment in which what is installed in the folder is found."""
    paths = (str(folder), environment.get("PYTHONPATH", ""))
    return {**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def hooks_of(*plugins: Any) -> PluginHooks:
    """The hooks of plugins as they stand, registered in this order under their class's names."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for plugin in plugins:
        manager.register(plugin, name=type(plugin).__name__)
    manager.check_pending()
    return PluginHooks(manager)
