"""Loads one plugin in a process of its own and says in JSON what it is.

    python -m order_sync.plugins.probe NAME VALUE FILE

So that a plugin that is checked touches nothing of who checks it. The answer is written into the file: a plugin may
print whatever it likes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from dataclasses import asdict
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from order_sync.plugins.hookspecs import ENTRY_POINT_GROUP, HOOK_API_NAME
from order_sync.plugins.manager import Plugins, load_plugins
from order_sync.plugins.registry import Field
from order_sync.plugins.scaffold import MARK

HEAVY = ("httpx", "requests", "aiohttp", "urllib3", "sqlalchemy")
"""Libraries that no plugin needs before it builds something."""
_SECRET_WORDS = ("key", "token", "secret", "password")


def probe(name: str, value: str) -> dict[str, Any]:
    """What `plugins check` wants to know of a plugin beside its tests."""
    before = set(sys.modules)
    plugins = load_plugins(found=[EntryPoint(name, value, ENTRY_POINT_GROUP)])
    (report,) = plugins.reports
    package = package_of(value)
    module = sys.modules.get(value.partition(":")[0])
    return {
        "report": asdict(report),
        "kinds": _kinds(plugins),
        "says_hook_api": hasattr(_plugin(value, module), HOOK_API_NAME),
        "heavy": sorted({each.partition(".")[0] for each in set(sys.modules) - before} & set(HEAVY)),
        "fields": [problem for fields in _fields(plugins) for problem in _field_problems(fields)],
        "unfinished": _unfinished(module, package),
        "typed": package is not None and (package / "py.typed").is_file(),
        "package": str(package) if package else "",
        "fingerprint": fingerprint(package) if package else "",
    }


def package_of(value: str) -> Path | None:
    """The folder of the top package, or the single file, that an entry point's module is in; None: not found."""
    top = value.partition(":")[0].partition(".")[0]
    try:
        spec = importlib.util.find_spec(value.partition(":")[0] if top == "order_sync" else top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if spec.origin is None:  # a package without an __init__.py
        return next((Path(place) for place in spec.submodule_search_locations or ()), None)
    path = Path(spec.origin)
    return path.parent if path.name == "__init__.py" or top == "order_sync" else path


def fingerprint(package: Path) -> str:
    """The same as long as no Python file of the package changes."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")) if package.is_dir() else [package]:
        digest.update(str(path.relative_to(package.parent)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]


def _plugin(value: str, module: object) -> object:
    attribute = value.partition(":")[2]
    return getattr(module, attribute, None) if attribute else module


def _kinds(plugins: Plugins) -> dict[str, list[str]]:
    return {
        "supplier": [entry.name for entry, _ in plugins.suppliers.items()],
        "order source": [entry.name for entry, _ in plugins.order_sources.items()],
        "settings store": [entry.name for entry, _ in plugins.settings_stores.items()],
    }


def _fields(plugins: Plugins) -> list[tuple[Field, ...]]:
    sources = [entry.fields for entry, _ in plugins.order_sources.items()]
    return [*sources, *(entry.fields for entry, _ in plugins.suppliers.items())]


def _field_problems(fields: tuple[Field, ...]) -> list[str]:
    problems = [f"{field.name} has no title" for field in fields if not field.title.strip()]
    problems += [f"{field.name} has no help text" for field in fields if not field.help.strip()]
    named_like = (f for f in fields if any(word in f.name.lower().split("_") for word in _SECRET_WORDS))
    return problems + [f"{field.name} is not marked as a secret" for field in named_like if not field.secret]


def _unfinished(module: object, package: Path | None) -> list[str]:
    """Where the author's part is missing: file and line, or the flag that says so."""
    found = [f"{Path(str(getattr(module, '__file__', '?'))).name}: UNFINISHED is True"] * bool(
        getattr(module, "UNFINISHED", False)
    )
    if package is None:
        return found
    for path in sorted(package.rglob("*.py")) if package.is_dir() else [package]:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        found += [f"{path.name}:{number}" for number, line in enumerate(lines, 1) if f"# {MARK}" in line]
    return found


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(json.dumps(probe(sys.argv[1], sys.argv[2])), encoding="utf-8")
