"""What ``order-sync plugins new source`` writes: it works at once, is graded as what it is, and a break is caught."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from order_sync import __version__
from order_sync.plugins.scaffold import MARK, new_plugin

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "order_sync_acme_shop"


class Author:
    """Somebody who begins an order source, in a folder and a home of their own; it is not installed."""

    def __init__(self, folder: Path) -> None:
        self.home, self.project = folder / "home", folder / "order-sync-acme-shop"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ORDER_SYNC", "COV", "PYTEST"))}
        self.environment = {**kept, "ORDER_SYNC_HOME": str(self.home), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, *arguments: str, code: int = 0, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.project if self.project.exists() else self.project.parent,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == code, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def grade(self, *, code: int) -> tuple[str, dict[str, str]]:
        """The grade, and why each rule that fails does."""
        (plugin,) = json.loads(self.run("-m", "order_sync", "plugins", "check", ".", "--json", code=code))["plugins"]
        return plugin["grade"], {row["rule"]: row["why"] for row in plugin["rules"] if row["result"] == "fail"}

    def finish(self) -> None:
        """Nothing is left to be written."""
        for path in (self.project / "src" / PACKAGE).glob("*.py"):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            text = "".join(line for line in lines if f"# {MARK}" not in line)
            path.write_text(text.replace("\nUNFINISHED = True\n", "\nUNFINISHED = False\n"), encoding="utf-8")

    def replace(self, module: str, old: str, new: str) -> None:
        path = self.project / "src" / PACKAGE / module
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{module} has it {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def beginner(tmp_path_factory: pytest.TempPathFactory) -> Author:
    """Changes nothing of what was written."""
    made = Author(tmp_path_factory.mktemp("begun"))
    made.run("-m", "order_sync", "plugins", "new", "source", "acme-shop")
    return made


@pytest.fixture
def author(tmp_path: Path) -> Author:
    """Writes the rest."""
    made = Author(tmp_path)
    new_plugin("source", "acme-shop", tmp_path, order_sync_version=__version__)
    made.finish()
    return made


def test_a_new_source_passes_its_own_tests_at_once(beginner: Author) -> None:
    said = beginner.run("-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in said and "skipped" not in said and "failed" not in said


@pytest.mark.skipif(
    not (importlib.util.find_spec("mypy") and importlib.util.find_spec("ruff")), reason="needs mypy and ruff"
)
def test_a_new_source_is_typed_and_tidy(beginner: Author) -> None:
    beginner.run("-m", "ruff", "check", "--isolated", "--no-cache", "--select=E,F,I,UP,B", "--line-length=120", ".")
    beginner.run("-m", "ruff", "format", "--isolated", "--no-cache", "--check", "--line-length=120", ".")
    cache, paths = str(beginner.home / "mypy"), os.pathsep.join((str(beginner.project / "src"), str(ROOT)))
    beginner.run("-m", "mypy", "--strict", "--cache-dir", cache, "-p", PACKAGE, MYPYPATH=paths)


def test_a_new_source_lacks_nothing_but_the_authors_part_and_is_told_where_that_is(beginner: Author) -> None:
    level, missing = beginner.grade(code=1)
    assert level == "none" and list(missing) == ["author_part_done"]
    places = missing["author_part_done"].split(", ")
    assert places[0] == "plugin.py: UNFINISHED is True" and len(places) > 1
    for place in places[1:]:
        name, number = place.split(":")
        line = (beginner.project / "src" / PACKAGE / name).read_text(encoding="utf-8").splitlines()[int(number) - 1]
        assert f"# {MARK}" in line


def test_a_source_of_which_every_part_is_done_is_gold(author: Author) -> None:
    assert author.grade(code=0) == ("gold", {})


SENT = "answer = self._http.request(method, self._base_url + path, headers=headers, **request)"
MISTAKES = {
    "a write is sent again when its answer is lost": (
        "client.py",
        SENT,
        f"try:\n                {SENT}\n            except httpx.ReadTimeout:\n                {SENT}",
        "writes_once",
    ),
    "any 404 means that there is no such order": (
        "client.py",
        "    try:\n        document = answer.json()\n",
        '    if status == 404:\n        raise RejectedRequestError("", reasons=(("no_such_order", ""),), **about)\n'
        "    try:\n        document = answer.json()\n",
        "not_found",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_source_costs_the_rule_that_it_breaks(author: Author, mistake: str) -> None:
    module, old, new, rule = MISTAKES[mistake]
    author.replace(module, old, new)
    level, failing = author.grade(code=1)
    assert level == "none" and {rule, "own_tests_pass"} <= set(failing), failing
