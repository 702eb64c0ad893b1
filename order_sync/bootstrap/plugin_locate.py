"""Finding a plugin that somebody names: a folder, a distribution, an entry point or a module."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from order_sync.core.errors import ConfigurationError
from order_sync.plugins.hookspecs import ENTRY_POINT_GROUP
from order_sync.plugins.probe import package_of

SELF_CHECKS = "selfcheck"
"""The folder of Order Sync itself in which its own plugins bind the suites."""


@dataclass(frozen=True, slots=True)
class Located:
    """A plugin to be checked.

    Attributes:
        value: the module of its entry point.
        paths: to be added to the import path when it is not installed.
        tests: folders or files that bind the suites.
        readme, requires: what its metadata has.
    """

    name: str
    value: str
    distribution: str
    version: str
    paths: tuple[Path, ...] = ()
    tests: tuple[Path, ...] = ()
    root: Path | None = None
    readme: bool = False
    requires: tuple[str, ...] = ()


def locate(what: str) -> tuple[Located, ...]:
    """The plugins of a package, one for each of its entry points.

    Raises:
        ConfigurationError: there is nothing of that name, or it has no entry point.
    """
    folder = Path(what)
    if _is_folder(folder):
        found = tuple(_in_folder(folder.resolve()))
        missing = f"{folder} has no pyproject.toml with [project.entry-points.{ENTRY_POINT_GROUP}]."
    else:
        found = tuple(_installed(what))
        missing = f"No plugin {what!r} is installed, and there is no such folder."
    if not found:
        raise ConfigurationError(missing, next_step="Give a folder, or a name of order-sync plugins list.", plugin=what)
    return found


def _in_folder(folder: Path) -> Iterator[Located]:
    try:
        document: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return
    except tomllib.TOMLDecodeError as exc:
        raise ConfigurationError(f"{folder / 'pyproject.toml'} is not TOML: {exc}.", path=str(folder)) from exc
    project = _table(document, "project")
    paths = tuple(path for path in (folder / "src", folder) if path.is_dir())
    readme = project.get("readme")
    for name, value in _table(_table(project, "entry-points"), ENTRY_POINT_GROUP).items():
        yield Located(
            name=str(name),
            value=str(value),
            distribution=str(project.get("name", "")),
            version=str(project.get("version", "")),
            paths=paths,
            tests=_tests_in(folder),
            root=folder,
            readme=bool(readme) and (isinstance(readme, dict) or (folder / str(readme)).is_file()),
            requires=tuple(str(each) for each in project.get("dependencies", ())),
        )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # no path at all: too long, or with a character that none can have
        return False


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _installed(what: str) -> Iterator[Located]:
    wanted = _plain(what)
    for point in entry_points(group=ENTRY_POINT_GROUP):
        dist = point.dist
        top = point.value.partition(":")[0].partition(".")[0]
        names = {_plain(point.name), _plain(dist.name) if dist else "", _plain(top), point.value}
        if wanted in names or what in names:
            yield _from_entry(point, dist)


def _from_entry(point: EntryPoint, dist: Distribution | None) -> Located:
    root = _project_of(dist)
    package = package_of(point.value)
    built_in = point.value.startswith("order_sync.")
    tests = _own_tests(point.name) if built_in else _tests_in(root) if root else ()
    if not tests and package is not None and package.is_dir() and (package / "tests").is_dir():
        tests = (package / "tests",)
    metadata = dist.metadata if dist else None
    described = metadata is not None and bool(metadata.json.get("description"))
    return Located(
        name=point.name,
        value=point.value,
        distribution=dist.name if dist else "",
        version=dist.version if dist else "",
        tests=tests,
        root=root if not built_in else None,
        readme=described,
        requires=("order-sync>=0",) if built_in else tuple(dist.requires or ()) if dist else (),
    )


def _own_tests(name: str) -> tuple[Path, ...]:
    path = Path(__file__).resolve().parents[1] / SELF_CHECKS / f"test_{name}.py"
    return (path,) if path.is_file() else ()


def _tests_in(folder: Path) -> tuple[Path, ...]:
    return tuple(path for path in (folder / "tests",) if path.is_dir())


def _project_of(dist: Distribution | None) -> Path | None:
    """The folder that an editable installation points to (PEP 610)."""
    text = dist.read_text("direct_url.json") if dist else None
    try:
        document = json.loads(text or "{}")
    except ValueError:
        return None
    parts = urlsplit(str(document.get("url", "")))
    editable = document.get("dir_info", {}).get("editable") is True
    return Path(unquote(parts.path)) if editable and parts.scheme == "file" else None


def _plain(name: str) -> str:
    """A distribution's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needs_order_sync(requires: tuple[str, ...]) -> bool:
    """Whether a version of order-sync is asked for."""
    wanted = re.compile(r"order[-_.]sync\s*(\[[^\]]*\])?\s*[(<>=!~]", re.IGNORECASE)
    return any(wanted.match(each) for each in requires)


def has_pytest() -> bool:
    """Whether the suites can be run."""
    try:
        distribution("pytest")
    except PackageNotFoundError:
        return False
    return True
