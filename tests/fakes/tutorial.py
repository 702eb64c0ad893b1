"""Follows a page of the documentation, block by block, as a reader would.

- ``sh``: run, and must succeed (``sh fails``: must not); what a ``text`` block right after it says must be in the
  output, line by line, where … stands for anything.
- ``python`` that begins with a comment: a whole file (``# src/x.py``), a definition of it
  (``# in src/x.py, instead of A.b``), or what is taken out (``# in src/x.py, without A, B.c``).
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(sh|sh fails|text|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_WHOLE = re.compile(r"# ([\w./-]+\.py)\n")
_PART = re.compile(r"# in ([\w./-]+), (instead of|without) (.+)\n")
Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass
class Reader:
    """Somebody at a terminal in a folder."""

    folder: Path
    environment: Mapping[str, str]
    output: str = ""

    def follow(self, page: str) -> None:
        """Do what the page says, and compare what it says comes of it."""
        blocks = list(_BLOCK.findall(page))
        for number, (kind, text) in enumerate(blocks):
            told = blocks[number + 1][1] if number + 1 < len(blocks) and blocks[number + 1][0] == "text" else None
            if kind.startswith("sh"):
                self._run(text, told, fails=kind == "sh fails")
            elif kind == "python":
                self._write(text)

    def _run(self, text: str, told: str | None, *, fails: bool) -> None:
        place = Path(self.environment["HOME"], "reader")
        done = subprocess.run(
            ["bash", "-c", f"set -eo pipefail\n{text}\npwd > '{place}'"],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
        )
        self.output = done.stdout
        assert bool(done.returncode) is fails, f"it ended with {done.returncode}:\n{text}\n{self.output}"
        if not fails:
            self.folder = Path(place.read_text(encoding="utf-8").strip())
        for line in (told or "").splitlines():
            pattern = ".*".join(re.escape(part) for part in " ".join(line.split()).split("…"))
            printed = "\n".join(" ".join(each.split()) for each in self.output.splitlines())
            assert re.search(pattern, printed), f"not printed: {line}\nby:\n{text}\nwhich printed:\n{self.output}"

    def _write(self, text: str) -> None:
        whole, part = _WHOLE.match(text), _PART.match(text)
        assert whole or part, f"a block that is neither a file nor a part of one:\n{text[:200]}"
        if whole:
            (self.folder / whole[1]).write_text(text[whole.end() :], encoding="utf-8")
            return
        assert part is not None
        path = self.folder / part[1]
        for name in part[3].split(", "):
            new = text[part.end() :] if part[2] == "instead of" else ""
            path.write_text(replaced(path.read_text(encoding="utf-8"), name, new), encoding="utf-8")
        compile(path.read_text(encoding="utf-8"), str(path), "exec")


def replaced(source: str, name: str, new: str) -> str:
    """The source with a definition replaced, and the comments right above it."""
    (node,) = _found(ast.parse(source).body, name.split("."))
    lines = source.splitlines(keepends=True)
    decorators = [each.lineno for each in getattr(node, "decorator_list", ())]
    first = min([node.lineno, *decorators]) - 1
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return "".join([*lines[:first], new, *lines[node.end_lineno :]])


def _found(body: list[ast.stmt], path: list[str]) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            continue
        if path[0] in names and len(path) == 1:
            yield node
        elif path[0] in names and isinstance(node, ast.ClassDef):
            yield from _found(node.body, path[1:])
