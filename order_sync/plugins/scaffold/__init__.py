"""Writing a complete outside package to start from: a working toy, in which the author's part is marked.

The templates are in templates/KIND; ``«name»`` stands for what differs.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from order_sync.core.errors import ConfigurationError

MARK = "YOUR PART"
"""What every part that the author has to write is marked with."""
KINDS = {"supplier": "supplier", "source": "order source", "settings-store": "settings store"}
"""What can be begun: the word of the command, and what it is called."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40
_SUFFIX = ".tmpl"
_DOTTED = {"github/ci.yml": ".github/workflows/ci.yml", "gitignore": ".gitignore"}
"""Files that begin with a dot would be left out of a wheel by some tools."""


@dataclass(frozen=True, slots=True)
class NewPlugin:
    """A package that was written: its folder, its distribution's name, and its files."""

    folder: Path
    distribution: str
    package: str
    files: tuple[Path, ...]


def new_plugin(kind: str, name: str, into: Path, *, order_sync_version: str) -> NewPlugin:
    """Write a package of that kind into the folder ``order-sync-NAME`` below ``into``.

    Args:
        kind: one of KINDS.
        name: what `connect` will take: small letters, digits and single hyphens.
        order_sync_version: the least version that it is to need.

    Raises:
        ConfigurationError: the name or the kind cannot be used, or the folder exists and is not empty; nothing was
            written.
    """
    words = _words(kind, name)
    folder = into / words["distribution"]
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(
            f"{folder} exists already.",
            next_step="Choose another name or folder; nothing was written.",
            path=str(folder),
        )
    written = []
    try:
        for place, text in _rendered(kind, {**words, "order_sync_version": order_sync_version}):
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as exc:
        raise ConfigurationError(
            f"{folder} cannot be written: {exc.strerror or type(exc).__name__}.",
            next_step="Give another folder: --into.",
            path=str(folder),
        ) from exc
    return NewPlugin(folder, words["distribution"], words["package"], tuple(written))


def _words(kind: str, name: str) -> dict[str, str]:
    if kind not in KINDS:
        raise ConfigurationError(f"There is no kind of plugin {kind!r}.", next_step=f"Use one of: {', '.join(KINDS)}.")
    plain = name.replace("-", "_")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or keyword.iskeyword(plain):
        raise ConfigurationError(
            f"{name!r} cannot name a plugin.",
            next_step=f"Use small letters, digits and hyphens, beginning with a letter, up to {_LONGEST}: acme-supply.",
        )
    parts = name.split("-")
    return {
        "name": name,
        "package": f"order_sync_{plain}",
        "distribution": f"order-sync-{name}",
        "title": " ".join(part.capitalize() for part in parts),
        "Class": "".join(part.capitalize() for part in parts),
    }


def _rendered(kind: str, words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every file of a kind, with what every kind has: its place below the folder, and its text."""
    from jinja2 import Environment, StrictUndefined

    jinja = Environment(  # noqa: S701 - what is written is Python and Markdown, no page
        variable_start_string="«",
        variable_end_string="»",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#-",
        comment_end_string="-#]",
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    templates = files(__name__) / "templates"
    for root in (templates / "any", templates / kind):
        for place, file in sorted(_below(root)):
            place = place.removesuffix(_SUFFIX).replace("__package__", words["package"])
            yield _DOTTED.get(place, place), jinja.from_string(file.read_text(encoding="utf-8")).render(words)


def _below(folder: Traversable, place: str = "") -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from _below(each, f"{place}{each.name}/")
        elif each.name.endswith(_SUFFIX):
            yield f"{place}{each.name}", each
