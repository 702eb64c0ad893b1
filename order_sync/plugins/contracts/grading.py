"""A pytest plugin that writes down which rules held, for ``order-sync plugins check``.

``-p order_sync.plugins.contracts.grading``, with the file to write in the variable ORDER_SYNC_GRADING_FILE. The file
is one JSON document: every test with its rule, what it was asked of, and how it ended.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from order_sync.plugins.contracts import ruled
from order_sync.plugins.contracts.ruled import EXEMPT
from order_sync.plugins.rules import RULE

FILE = "ORDER_SYNC_GRADING_FILE"
PASS, FAIL, EXEMPTED = "pass", "fail", "exempt"
_GENUINE = "order_sync.plugins.contracts."
_ROW = pytest.StashKey[dict[str, Any]]()


class Grading:
    """Collects one row for every test."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: list[dict[str, Any]] = []
        self._collected: dict[str, dict[str, Any]] = {}

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember every test that there is, before anything leaves some out."""
        self._collected[item.nodeid] = _row_of(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note how a phase of a test ended; a failure in any of them counts."""
        report = yield
        row = item.stash.setdefault(_ROW, _row_of(item))
        if call.when == "setup":
            self._rows.append(row)
        row["plugin"] = row["plugin"] or _plugin_of(item)
        if report.failed:
            row["outcome"], row["why"] = FAIL, _reason(report)
        elif report.skipped and row["outcome"] != FAIL:
            row["outcome"], row["why"] = _skipped(report, by_the_suite=_by_the_suite(call))
        elif call.when == "call" and row["outcome"] == "":
            row["outcome"] = PASS
        return report

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write it all down."""
        ran = {row["test"] for row in self._rows}
        left_out = [row for test, row in self._collected.items() if row["suite"] and test not in ran]
        document = {
            "exit": int(exitstatus),
            "tests": self._rows,
            "expected": _expected(session),
            "left_out": [{"suite": row["suite"], "name": row["name"]} for row in left_out],
        }
        self._path.write_text(json.dumps(document), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Take part only where it was asked for."""
    if os.environ.get(FILE):
        config.pluginmanager.register(Grading(Path(os.environ[FILE])), "order-sync-grading")


def _row_of(item: pytest.Item) -> dict[str, Any]:
    function = getattr(item, "function", None)
    genuine = getattr(function, "__module__", "").startswith(_GENUINE)
    return {
        "test": item.nodeid,
        "name": getattr(function, "__name__", item.name),
        "rule": getattr(function, RULE, "") if genuine else "",
        "genuine": genuine,
        "suite": _suite_of(getattr(item, "cls", None)),
        "plugin": "",
        "outcome": "",
        "why": "",
    }


def _suite_of(cls: type | None) -> str:
    """The contract class that a test class binds, empty when it binds none."""
    found = [each for each in inspect.getmro(cls) if each.__module__.startswith(_GENUINE)] if cls else []
    return found[0].__name__ if found else ""


def _plugin_of(item: pytest.Item) -> str:
    """The name of the plugin's thing that the test looked at."""
    bench = getattr(item, "funcargs", {}).get("bench")
    return str(getattr(getattr(bench, "plugin", None), "name", ""))


def _expected(session: pytest.Session) -> dict[str, list[str]]:
    """Of every suite that is bound, the tests that it consists of: none may be replaced by the author's own."""
    suites = {
        base
        for item in session.items
        for base in inspect.getmro(getattr(item, "cls", None) or object)
        if base.__module__.startswith(_GENUINE)
    }
    return {suite.__name__: sorted(name for name in dir(suite) if name.startswith("test")) for suite in suites}


def _by_the_suite(call: pytest.CallInfo[None]) -> bool:
    """Whether the suite skipped the test, and not the author in the suite's words."""
    entries = call.excinfo.traceback if call.excinfo is not None else ()
    return any(entry.frame.code.raw is ruled.does_not_apply.__code__ for entry in entries)


def _skipped(report: pytest.TestReport, *, by_the_suite: bool) -> tuple[str, str]:
    """A skip counts as exempt when the suite says so; any other one shows nothing."""
    text = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    reason = text.removeprefix("Skipped: ")
    if reason.startswith(EXEMPT) and by_the_suite:
        return EXEMPTED, reason.removeprefix(EXEMPT)
    return "skip", reason


def _reason(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message) if crash else str(report.longrepr)
    return text.strip().splitlines()[0][:300] if text.strip() else "it failed"
