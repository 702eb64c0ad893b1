"""``order-sync orders export``"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from order_sync.commands.output import answer, note
from order_sync.commands.sync import Moment

if TYPE_CHECKING:
    from order_sync import OrderSync

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@click.command("export")
@click.argument("name", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Rows for a spreadsheet (the default).")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--since", type=Moment(), help="Only what changed since then: 2026-01-31, 36h, 7d.")
@click.option("--state", "states", multiple=True, metavar="STATE", help="Only these; may be repeated.")
@click.option("--lines", is_flag=True, help="A row for each line instead of each record.")
@click.option("--personal-data", is_flag=True, help="With tracking, reasons in words, and purchases as they were sent.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file, readable by you only.")
def export(
    name: str | None,
    as_csv: bool,
    as_json: bool,
    since: datetime | None,
    states: tuple[str, ...],
    lines: bool,
    personal_data: bool,
    output: Path | None,
) -> None:
    """Every recorded order of all connections, or of NAME, oldest first."""
    from order_sync import OrderSync
    from order_sync.bootstrap.export_rows import columns
    from order_sync.core.model.sync_record import State

    if as_csv and as_json:
        raise click.UsageError("Give --csv or --json, not both.")
    unknown = [state for state in states if state not in list(State)]
    if unknown:
        raise click.UsageError(f"There is no state {unknown[0]!r}. The states are: {', '.join(State)}.")
    names = columns(lines=lines, personal_data=personal_data)
    with OrderSync() as sync, _target(output) as out:
        _check_name(sync, name)
        rows = sync.export(
            name,
            states=[State(state) for state in states] or None,
            since=since,
            lines=lines,
            personal_data=personal_data,
        )
        count = (_write_json if as_json else _write_csv)(out, names, rows)
    if output is not None:
        note(f"{count} rows are in {output}.")


def _check_name(sync: OrderSync, name: str | None) -> None:
    """Before anything is written: a name that is none must not leave a document cut short on stdout."""
    next(iter(sync.export(name)), None)


@contextmanager
def _target(output: Path | None) -> Iterator[TextIO]:
    from order_sync.commands.private_file import private_file

    if output is None:
        stream = answer()
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")
        yield stream
        stream.flush()
        return
    with private_file(output) as out:
        yield out


def _write_csv(out: TextIO, names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    writer = csv.writer(out)
    writer.writerow(names)
    count = 0
    for row in rows:
        writer.writerow([_cell(row[name]) for name in names])
        count += 1
    return count


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: what a shop wrote must not run on a desk."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _write_json(out: TextIO, names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
    out.write('{"columns": ' + json.dumps(list(names)) + ', "rows": [')
    count = 0
    for row in rows:
        out.write(("," if count else "") + "\n  " + json.dumps(dict(row), ensure_ascii=False))
        count += 1
    out.write("\n]}\n")
    return count
