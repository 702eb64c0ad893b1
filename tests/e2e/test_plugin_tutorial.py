"""Somebody follows the tutorial, word by word, and ends with a plugin of gold."""

from __future__ import annotations

import os
import stat
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.fakes.tutorial import Reader, replaced

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A new virtual environment in which this Order Sync is installed, and an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False, symlinks=True)
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "ours.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n", encoding="utf-8")
    python = environment / "bin" / "python"
    command(environment / "bin" / "order-sync", f'exec {python} -m order_sync "$@"')
    command(environment / "bin" / "pytest", f'exec {python} -m pytest -p no:cacheprovider "$@"')
    # what it needs is there already, and nothing may be fetched
    command(environment / "bin" / "pip", f'exec {python} -m pip "$@" --quiet --no-deps --no-build-isolation')
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ORDER_SYNC", "COV", "PYTEST"))}
    return Reader(
        folder,
        {
            **kept,
            "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(environment),
            "HOME": str(tmp_path),
            "ORDER_SYNC_HOME": str(tmp_path / "home"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONWARNINGS": "",
        },
    )


def command(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.mark.skipif(sys.platform == "win32", reason="the tutorial is for a POSIX shell")
def test_the_tutorial_leads_from_nothing_to_gold(reader: Reader) -> None:
    reader.follow((ROOT / "docs" / "plugins" / "tutorial.md").read_text(encoding="utf-8"))


def test_a_definition_is_replaced_with_the_comments_above_it() -> None:
    before, after = "a = 1\n\n# old\n# too\nclass B:\n    x = 1\n\n", "\n    d = 2\n"
    source = f"{before}    # said\n    def c(self):\n        return 1\n{after}"
    new = "    def c(self):\n        return 2\n"
    assert replaced(source, "B.c", new) == before + new + after
