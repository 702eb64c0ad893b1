"""``order-sync sync``"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import FAILED, exit_code_for
from order_sync.commands.output import emit_json, json_option, note
from order_sync.commands.pause import exit_while_paused, say_paused
from order_sync.commands.purchases import confirm_purchases, list_purchases, yes_option

if TYPE_CHECKING:
    from order_sync import OrderSync
    from order_sync.core.use_cases.look_at_shop import Progress, ShopLook

_AGO = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


if TYPE_CHECKING:
    _ParamType = click.ParamType[datetime]
else:
    _ParamType = click.ParamType


class Moment(_ParamType):
    """A time with a zone, or how long ago: 2026-01-31T10:00:00Z, 2026-01-31 (UTC), 36h, 7d."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment, aware."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        ago = _AGO.fullmatch(text)
        if ago:
            from order_sync.adapters.system.clock import SystemClock

            return SystemClock().now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is not a time. Write 2026-01-31T10:00:00Z, 2026-01-31, 36h or 7d.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.argument("name")
@click.option("--since", type=Moment(), help="Explicit backfill: orders changed since then, whatever their age.")
@click.option("--dry-run", is_flag=True, help="Say what would be bought; send and store nothing.")
@click.option("--limit", type=click.IntRange(min=1), help="Look at no more orders than this.")
@yes_option
@json_option
@click.pass_context
def sync(
    ctx: click.Context, name: str, since: datetime | None, dry_run: bool, limit: int | None, yes: bool, as_json: bool
) -> None:
    """Look at the shop of connection NAME once, do what is due, until nothing is.

    What settles within 30 seconds is waited for. Safe to run at any time, twice at once too. A backfill (--since)
    first lists what it would buy for real money.
    """
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document
    from order_sync.commands.records import show_records

    with OrderSync() as order_sync:
        if since is not None and not dry_run:
            _list_backfill(order_sync, name, since, limit, yes=yes)
        with _progress() as progress:
            look = order_sync.sync(name, since=since, dry_run=dry_run, limit=limit, progress=progress)
        paused = say_paused(order_sync, name)
    for problem in look.problems:
        note(problem)
    if as_json:
        document = {
            "connection": name,
            "looked_at": look.looked_at,
            "states": _by_state(look),
            "records": [record_document(record) for record in look.records],
        }
        emit_json({**document, "dry_run": True} if dry_run else document)
    else:
        show_records(look.records, title="Would become" if dry_run else "Orders")
        click.echo(_summary(look, dry_run=dry_run))
    ctx.exit(FAILED if look.problems else exit_while_paused(paused, exit_code_for(look.records)))


def _list_backfill(sync: OrderSync, name: str, since: datetime, limit: int | None, *, yes: bool) -> None:
    from order_sync.bootstrap.dry_run import to_be_bought

    if sync.connection(name).order_sync.test_order:
        return
    would = sync.sync(name, since=since, dry_run=True, limit=limit)
    list_purchases(to_be_bought(would.records), "Backfill", nothing="nothing")
    confirm_purchases("Buy them?", yes=yes)


def _by_state(look: ShopLook) -> dict[str, int]:
    return dict(Counter(str(record.state) for record in look.records))


def _summary(look: ShopLook, *, dry_run: bool) -> str:
    states = ", ".join(f"{count} {state}" for state, count in _by_state(look).items())
    found = f": {states}" if states else ""
    return f"Looked at {look.looked_at} orders{found}.{' Nothing was sent or stored.' if dry_run else ''}"


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A progress bar on a terminal (stderr), nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Looking at the shop", total=None)
        yield lambda count, head: bar.update(task, description=f"Order {count}: {head.name if head else ''}")
