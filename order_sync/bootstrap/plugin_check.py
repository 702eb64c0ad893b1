"""Running the contract suites over a plugin, and grading it: bronze, silver, gold."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from order_sync.bootstrap.plugin_locate import Located, has_pytest, needs_order_sync
from order_sync.core.errors import ConfigurationError, InvalidPluginError
from order_sync.plugins.rules import LEVELS, PLUGIN, Rule, level_of, rules_for

PASS, FAIL, EXEMPT = "pass", "fail", "exempt"
LONGEST_S = 900.0
"""So long the tests of a plugin may take (seconds)."""
_SUITES = {
    "supplier": "SupplierContract",
    "order source": "OrderSourceContract",
    "settings store": "SettingsStoreContract",
}
_SHOWN_OUTPUT = 4000
_NOT_HANDED_ON = ("ORDER_SYNC", "PYTEST_")
"""Variables of this installation, and of whoever runs pytest here, that the tests of a plugin do not get."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How a rule came out; ``why`` says what failed, or why it does not apply."""

    rule: Rule
    outcome: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class PluginGrade:
    """What `order-sync plugins check` found of one plugin.

    Attributes:
        level: none, bronze, silver or gold.
        fingerprint: of its files; a grade is of these only.
        output: the end of what its tests printed, when they failed.
    """

    plugin: str
    version: str
    level: str
    results: tuple[RuleResult, ...]
    fingerprint: str = ""
    output: str = field(default="", repr=False)

    @property
    def exempt(self) -> int:
        """How many rules do not apply."""
        return sum(each.outcome == EXEMPT for each in self.results)

    @property
    def left_out(self) -> str:
        """How many rules do not apply, in words; empty: all do."""
        return f"{self.exempt} {'rule' if self.exempt == 1 else 'rules'} exempt" if self.exempt else ""

    @property
    def in_words(self) -> str:
        """The level, and how many rules it leaves out."""
        return f"{self.level} ({self.left_out})" if self.left_out else self.level


def check_plugin(found: Located) -> PluginGrade:
    """Load a plugin, run its tests, and hold it against every rule.

    Both in processes of their own, with a home of their own: nothing of this installation is touched.

    Raises:
        ConfigurationError: pytest is not installed.
        InvalidPluginError: it could not be looked at at all.
    """
    if not has_pytest():
        raise ConfigurationError(
            "pytest is not installed, which runs the contract suites.",
            next_step="Install it: pip install 'order-sync[kit]'.",
        )
    with tempfile.TemporaryDirectory(prefix="order-sync-check-") as folder:
        facts = _probed(found, Path(folder))
        tests, output = _tested(found, Path(folder))
    kinds = [kind for kind, names in facts["kinds"].items() if names]
    rules = rules_for(kinds)
    shown = _shown_by_tests(tests, facts["kinds"])
    looked_up = _looked_up(found, facts, tests)
    results = tuple(
        RuleResult(rule, *(looked_up if rule.kind == PLUGIN else shown).get(rule.rule_id, (FAIL, "no test shows it")))
        for rule in rules
    )
    level = level_of({each.rule.rule_id: each.outcome for each in results}, rules)
    failed = any(each.outcome == FAIL for each in results)
    return PluginGrade(found.name, found.version, level, results, facts["fingerprint"], output if failed else "")


def at_least(level: str, wanted: str) -> bool:
    """Whether a level reaches another."""
    return level in LEVELS and LEVELS.index(level) >= LEVELS.index(wanted)


def _environment(found: Located, home: Path, **more: str) -> dict[str, str]:
    mine = {key: value for key, value in os.environ.items() if not key.startswith(_NOT_HANDED_ON)}
    paths = [*map(str, found.paths), mine.get("PYTHONPATH", "")]
    return {
        **mine,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "ORDER_SYNC_HOME": str(home / "home"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


def _run(arguments: Sequence[str], found: Located, environment: Mapping[str, str], home: Path) -> tuple[int, str]:
    """The exit code and the end of what was printed. Afterwards nothing of it runs any more.

    It prints into a file: what it started may hold a pipe open for ever, and a test may print without end.
    """
    with (home / "output").open("wb+") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, *arguments],
            cwd=found.root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(LONGEST_S)
        except subprocess.TimeoutExpired as exc:
            raise InvalidPluginError(
                f"Plugin {found.name!r} was not done within {LONGEST_S:.0f} s: its import or a test of it hangs.",
                next_step="Run its tests by hand, with pytest -x -v, to see which.",
                plugin=found.name,
            ) from exc
        finally:
            _end_all(process)
        output.seek(0, os.SEEK_END)
        output.seek(max(0, output.tell() - 4 * _SHOWN_OUTPUT))
        return code, output.read().decode("utf-8", "replace").strip()[-_SHOWN_OUTPUT:]


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """The process and what it started: they are a session of their own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _probed(found: Located, home: Path) -> dict[str, Any]:
    file = home / "probe.json"
    asked = ["-m", "order_sync.plugins.probe", found.name, found.value, str(file)]
    code, output = _run(asked, found, _environment(found, home), home)
    try:
        facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        said = f": {output[-300:]}" if output else ""
        raise InvalidPluginError(
            f"Plugin {found.name!r} ends the process that loads it (with {code}){said}.",
            next_step="Its module must only define things; keep it out of order-sync with ORDER_SYNC_BLOCK_PLUGINS.",
            plugin=found.name,
        ) from exc
    return facts


def _tested(found: Located, home: Path) -> tuple[dict[str, Any], str]:
    """What its tests showed, and what they printed."""
    if not found.tests:
        return _nothing_shown(5), ""
    file = home / "grading.json"
    environment = _environment(found, home, ORDER_SYNC_GRADING_FILE=str(file))
    options = [
        "-m",
        "pytest",
        "-q",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "-p",
        "order_sync.plugins.contracts.grading",
    ]
    own = [] if found.root else ["-c", os.devnull, "--rootdir", str(found.tests[0].parent), "--import-mode=importlib"]
    if find_spec("xdist") is not None:  # whatever the project's addopts say: the tests of one process are noted
        own += ["-n", "0"]
    code, output = _run([*options, *own, *map(str, found.tests)], found, environment, home)
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # it ended before it could say anything
        return _nothing_shown(code or 1), output
    return document, output


def _nothing_shown(code: int) -> dict[str, Any]:
    return {"exit": code, "tests": [], "expected": {}, "left_out": []}


def _shown_by_tests(document: Mapping[str, Any], kinds: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, str]]:
    """Rule id -> outcome and why, over every thing of a kind that the plugin registers."""
    outcomes: dict[str, tuple[str, str]] = {}
    for kind, names in kinds.items():
        for name in names:
            for rule_id, outcome in _of_one(document, _SUITES[kind], name).items():
                outcomes[rule_id] = _worse(outcomes.get(rule_id), outcome)
    return outcomes


def _of_one(document: Mapping[str, Any], suite: str, name: str) -> dict[str, tuple[str, str]]:
    """What the tests of one suite show of the thing of that name.

    A settings store's suite has no rules of its own: it is one rule as a whole.
    """
    rows = [row for row in document["tests"] if row["suite"] == suite and row["plugin"] in (name, "")]
    if suite == _SUITES["settings store"]:
        ended = [("settings_store", row) for row in rows if row["genuine"]]
    else:
        ended = [(row["rule"], row) for row in rows if row["rule"]]
    found: dict[str, tuple[str, str]] = {}
    for rule_id, row in ended:
        found[rule_id] = _worse(found.get(rule_id), _outcome(row))
    left_out = {row["name"] for row in document["left_out"] if row["suite"] == suite}
    genuine = {row["name"] for row in rows if row["genuine"]} - left_out
    replaced = sorted(set(document["expected"].get(suite, ())) - genuine)
    if rows and replaced:  # by the author's own test of the same name, or left out
        return dict.fromkeys(found, (FAIL, f"{replaced[0]} was not run as it is in the suite"))
    return found


def _outcome(row: Mapping[str, Any]) -> tuple[str, str]:
    if row["outcome"] == PASS:
        return PASS, ""
    if row["outcome"] == EXEMPT:
        return EXEMPT, row["why"]
    if row["outcome"] == "skip":
        return FAIL, f"{row['name']} is skipped: {row['why']}"
    return FAIL, f"{row['name']}: {row['why']}"


def _worse(one: tuple[str, str] | None, other: tuple[str, str]) -> tuple[str, str]:
    """A failure counts before a pass, and a pass before an exemption: some of the rule was shown then."""
    order = (FAIL, PASS, EXEMPT)
    return other if one is None else min((one, other), key=lambda outcome: order.index(outcome[0]))


def _looked_up(found: Located, facts: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The rules of a plugin that no suite tests."""
    report = facts["report"]
    loads = "" if report["status"] == "loaded" else report["reason"]
    if not loads and not facts["says_hook_api"]:
        loads = "it does not say ORDER_SYNC_HOOK_API"
    heavy = ", ".join(facts["heavy"])
    return {
        "loads": _unless(loads),
        "contract_bound": _unless(_not_bound(document, facts["kinds"])),
        "own_tests_pass": _unless(_failing(found, document)),
        "author_part_done": _unless(", ".join(facts["unfinished"][:6])),
        "fields_explained": _unless("; ".join(facts["fields"][:3])),
        "light_import": _unless(f"it imports {heavy}" if heavy else ""),
        "typed": _unless("" if facts["typed"] or found.value.startswith("order_sync.") else "there is no py.typed"),
        "readme": _unless("" if found.readme else "its metadata names no README"),
        "requires_order_sync": _unless(
            "" if needs_order_sync(found.requires) else "its dependencies name no version of order-sync"
        ),
    }


def _unless(problem: str) -> tuple[str, str]:
    return (FAIL, problem) if problem else (PASS, "")


def _not_bound(document: Mapping[str, Any], kinds: Mapping[str, Sequence[str]]) -> str:
    for kind, names in kinds.items():
        for name in names:
            bound = [r for r in document["tests"] if r["suite"] == _SUITES[kind] and r["plugin"] in (name, "")]
            if not bound:
                return f"no test class binds {_SUITES[kind]} to the {kind} {name!r}"
    return ""


def _failing(found: Located, document: Mapping[str, Any]) -> str:
    if not found.tests:
        return "it has no folder tests"
    if not document["tests"]:
        return "no test ran"
    failed = [row for row in document["tests"] if row["outcome"] == FAIL]
    if failed:
        first, everything = failed[0], len(document["tests"])
        return f"{len(failed)} of {everything} tests fail (pytest shows them): {first['test']}: {first['why']}"
    return "" if document["exit"] == 0 else f"pytest ended with {document['exit']}"
