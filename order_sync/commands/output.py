"""Showing things: one JSON document, or a table: rich on a terminal, plain text elsewhere."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

import click

STDOUT = "order_sync.stdout"
"""Where the group keeps stdout while nobody else may print there."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")


def emit_json(document: Any) -> None:
    """One document on stdout. Plain ASCII escapes are not used: the output is UTF-8."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    # a lone surrogate in a shop's text must not end the command
    click.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"), file=answer())


def answer() -> TextIO:
    """Where the one document goes that --json asks for."""
    ctx = click.get_current_context(silent=True)
    stream: TextIO | None = ctx.meta.get(STDOUT) if ctx is not None else None
    return stream or sys.stdout


def note(text: str) -> None:
    """A message for people, on stderr."""
    click.echo(text, err=True)


def on_terminal() -> bool:
    """Whether somebody sits there: both ends are terminals."""
    return sys.stdin.isatty() and answer().isatty()


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout; never wider than needed off a terminal, so that it can be searched and cut."""
    cells = [[str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        _show_rich(title, columns, cells)
        return
    widths = [max(len(column), *(len(row[i]) for row in cells), 0) for i, column in enumerate(columns)]
    for row in [list(columns), *cells]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _show_rich(title: str, columns: Sequence[str], cells: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    Console().print(table)  # rich honours NO_COLOR


STYLES = {
    "placed": "green",
    "shipped": "green",
    "completed": "green",
    "ok": "green",
    "held": "yellow",
    "warn": "yellow",
    "waiting": "cyan",
    "in_doubt": "bold red",
    "fail": "bold red",
    "rejected": "red",
}
