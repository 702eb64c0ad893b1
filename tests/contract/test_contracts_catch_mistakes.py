"""A suite is worth something only if it fails: every mistake in mistakes/ is caught, and what is right passes.

One pytest of its own, within this process, runs the suites on all of them.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from pathlib import Path

import pytest

from order_sync.plugins import contracts
from order_sync.plugins.rules import RULE, SOURCE, SUPPLIER, rules_for
from tests.contract.mistakes import around, elsewhere, in_order_sources, in_storages, in_suppliers, in_webhooks

ROOT = Path(__file__).resolve().parents[2]
MODULES = (in_storages, elsewhere, around, in_webhooks, in_order_sources, in_suppliers)
BOUND = {
    name: thing
    for module in MODULES
    for name, thing in vars(module).items()
    if name.startswith("Test") and hasattr(thing, "caught_by")
}
RIGHT = [name for name, thing in BOUND.items() if not thing.caught_by]
WRONG = [name for name, thing in BOUND.items() if thing.caught_by]


class Reports:
    """Which tests of each class failed, with what was said, and how many passed."""

    def __init__(self) -> None:
        self.failed: dict[str, dict[str, str]] = defaultdict(dict)
        self.passed: dict[str, set[str]] = defaultdict(set)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.tbstyle = "short"  # an option of the terminal, which is left out; the long style takes seconds

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        _, name, test = report.nodeid.split("::")
        test = test.partition("[")[0]
        if report.failed:
            self.failed[name][test] = report.longreprtext
        elif report.when == "call" and report.passed:
            self.passed[name].add(test)


@pytest.fixture(scope="module")
def reports():
    made = Reports()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        patch.delenv("PYTEST_PLUGINS", raising=False)
        quiet = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--noconftest"]
        config = ["-c", "/dev/null", "--rootdir", str(ROOT), "--import-mode=importlib"]
        code = pytest.main([*quiet, *config, *(module.__file__ for module in MODULES)], plugins=[made])
    assert code == pytest.ExitCode.TESTS_FAILED
    return made


def test_every_suite_is_shown_a_right_implementation_and_mistakes():
    suites = {name for name in contracts.__all__ if name.endswith("Contract")}
    for names in (RIGHT, WRONG):
        shown = {each.__name__ for name in names for each in inspect.getmro(BOUND[name])}
        assert suites - shown == set()


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(name, reports):
    assert reports.failed[name] == {} and reports.passed[name]


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_caught(name, reports):
    assert set(BOUND[name].caught_by) <= set(reports.failed[name]), sorted(reports.failed[name])


@pytest.mark.parametrize(("name", "kind"), [("TestRightSupplier", SUPPLIER), ("TestRightSource", SOURCE)])
def test_every_rule_of_a_suite_is_a_rule_that_is_graded_and_every_one_has_a_test(name, kind):
    tests = [
        thing
        for name, thing in inspect.getmembers(BOUND[name])
        if name.startswith("test_") and name != "test_what_is_exempt_may_be"
    ]
    assert [test.__name__ for test in tests if not hasattr(test, RULE)] == []
    assert {getattr(test, RULE) for test in tests} == {each.rule_id for each in rules_for([kind]) if each.kind == kind}


def test_what_failed_says_what_was_compared(reports):
    """The suites' assertions are rewritten though they are no test modules."""
    said = reports.failed["TestLedgerWhoseCursorGoesBack"]["test_the_cursor_never_goes_back"]
    assert "assert datetime.datetime(" in said and "where" in said
