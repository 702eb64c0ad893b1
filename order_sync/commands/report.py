"""``order-sync orders report``"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from order_sync.commands.output import emit_json, json_option, note, show_table
from order_sync.commands.sync import Moment

if TYPE_CHECKING:
    from order_sync.core.policies.report import Period, Report

_COLUMNS = ("DAY", "ORDERS", "PIECES", "COST", "REVENUE", "MARGIN", "HELD", "CANCELLED")


@click.command("report")
@click.argument("name", required=False)
@click.option("--since", type=Moment(), help="The first day: 2026-01-31, 7d; 30 days when left out.")
@click.option("--test", is_flag=True, help="Test orders too; else only what costs money is counted.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Also as a page with a chart.")
@json_option
def report(name: str | None, since: datetime | None, test: bool, html: Path | None, as_json: bool) -> None:
    """What was bought per day (UTC), its cost, revenue and margin, of all connections or of NAME."""
    from order_sync import OrderSync
    from order_sync.bootstrap.report_documents import report_document
    from order_sync.core.model.purchase_order import Mode

    with OrderSync() as sync:
        made = sync.report(name, since=since, mode=None if test else Mode.LIVE)
    if html is not None:
        from order_sync.commands.private_file import private_file
        from order_sync.web.report_page import report_file

        with private_file(html) as out:
            out.write(report_file(made, name))
        note(f"The report is in {html}.")
    if as_json:
        emit_json({"connection": name, **report_document(made)})
        return
    show_table("Report", _COLUMNS, [row for day, period in _shown(made) for row in _rows(day, period)])
    if made.total.without_cost:
        note(f"The cost of {made.total.without_cost} orders is not known; they are not in the sums.")


def _shown(made: Report) -> Iterator[tuple[date | str, Period]]:
    """The days on which something happened, then the sum."""
    for day, period in made.days:
        if period.orders or period.held or period.cancelled:
            yield day, period
    yield "total", made.total


def _rows(day: date | str, period: Period) -> Iterator[tuple[object, ...]]:
    """A row for each currency; the counts stand in the first."""
    from order_sync.core.policies.report import Amounts

    amounts = list(period.amounts.items()) or [("", Amounts())]
    for number, (currency, sums) in enumerate(amounts):
        told = (sums.cost, sums.revenue, sums.margin)
        money = [f"{amount:.2f} {currency}" if amount is not None else "-" for amount in told]
        if number:
            yield (day, "", "", *money, "", "")
        else:
            yield (day, period.orders, period.pieces, *money, period.held, period.cancelled)
