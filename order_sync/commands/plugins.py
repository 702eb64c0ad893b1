"""``order-sync plugins``"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import DONE, FAILED
from order_sync.commands.output import emit_json, json_option, note, show_table
from order_sync.plugins.rules import LEVELS
from order_sync.plugins.scaffold import KINDS

if TYPE_CHECKING:
    from order_sync.bootstrap.plugin_check import PluginGrade
    from order_sync.plugins.manager import PluginReport


@click.group()
def plugins() -> None:
    """What is installed beside the core; writing and grading more of it."""


@plugins.command("list")
@json_option
def list_plugins(as_json: bool) -> None:
    """Every plugin found: where it comes from, what it provides and can do, its grade, or why it is not used."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        reports = [(report, sync.plugin_grade(report)) for report in sync.plugin_reports()]
    if as_json:
        emit_json({"plugins": [{**asdict(report), "grade": grade} for report, grade in reports]})
        return
    rows = [
        (report.name, report.origin, report.status, grade if report.status == "loaded" else "-", _what(report))
        for report, grade in reports
    ]
    show_table("Plugins", ("NAME", "FROM", "STATUS", "GRADE", "PROVIDES, OR WHY NOT"), rows)


def _what(report: PluginReport) -> str:
    if report.status != "loaded":
        return report.reason
    can = [f"{name} can: {', '.join(declared) or 'nothing'}" for name, declared in report.capabilities.items()]
    hooks = [f"hooks: {', '.join(report.hooks)}"] if report.hooks else []
    return "; ".join([", ".join(report.provides), *can, *hooks]).strip("; ")


@plugins.command("check")
@click.argument("package")
@click.option(
    "--at-least", type=click.Choice(LEVELS), default="bronze", show_default=True, help="Fail below this grade."
)
@json_option
@click.pass_context
def check(ctx: click.Context, package: str, at_least: str, as_json: bool) -> None:
    """Grade a plugin: run its tests and the contract suites, and hold it against every rule.

    PACKAGE is the folder of its project, or the name of an installed plugin, distribution or module. Its own code and
    tests are run. Every rule is listed: pass, fail, or exempt with the reason.
    """
    from order_sync import OrderSync
    from order_sync.bootstrap import plugin_check

    with OrderSync() as sync:
        grades = sync.check_plugins(package)
    if as_json:
        emit_json({"plugins": [_document(grade) for grade in grades]})
    else:
        for grade in grades:
            _show(grade)
    reached = all(plugin_check.at_least(grade.level, at_least) for grade in grades)
    ctx.exit(DONE if reached else FAILED)


def _show(grade: PluginGrade) -> None:
    rows = [(r.rule.level, r.rule.rule_id, r.outcome, r.why or r.rule.says) for r in grade.results]
    show_table(f"{grade.plugin} {grade.version}", ("LEVEL", "RULE", "RESULT", "PROMISE, OR WHY NOT"), rows)
    if grade.output and any(r.rule.rule_id == "own_tests_pass" and r.outcome == "fail" for r in grade.results):
        note(grade.output)
    said = "; ".join(filter(None, (grade.left_out, _next(grade))))
    click.echo(f"{grade.plugin} {grade.version}: {grade.level}{f' ({said})' if said else ''}")


def _next(grade: PluginGrade) -> str:
    """What stands in the way of the next level."""
    missing = [r for r in grade.results if r.outcome == "fail"]
    if not missing:
        return ""
    level = min((r.rule.level for r in missing), key=LEVELS.index)
    return f"{level} lacks {_listed(r.rule.rule_id for r in missing if r.rule.level == level)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _document(grade: PluginGrade) -> dict[str, object]:
    return {
        "plugin": grade.plugin,
        "version": grade.version,
        "grade": grade.level,
        "exempt": grade.exempt,
        "rules": [
            {
                "rule": result.rule.rule_id,
                "level": result.rule.level,
                "of": result.rule.kind,
                "promise": result.rule.says,
                "result": result.outcome,
                "why": result.why,
            }
            for result in grade.results
        ],
    }


@plugins.command("new")
@click.argument("kind", type=click.Choice(tuple(KINDS)))
@click.argument("name")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="The folder to write into."
)
@json_option
def new(kind: str, name: str, into: Path, as_json: bool) -> None:
    """Write a complete package for a plugin called NAME into the folder order-sync-NAME.

    It is a working toy with tests that pass; what is yours to write is marked YOUR PART.
    """
    from order_sync import OrderSync

    with OrderSync() as sync:
        written = sync.new_plugin(kind, name, into)
    if as_json:
        files = [str(path.relative_to(written.folder)) for path in written.files]
        emit_json({"folder": str(written.folder), "distribution": written.distribution, "files": files})
        return
    click.echo(f"{written.folder} is written: {len(written.files)} files.")
    note(f"Next: cd {written.folder}; pip install -e '.[test]'; pytest; order-sync plugins check .")
    note("What is yours to write is marked YOUR PART; README.md says in which order.")
