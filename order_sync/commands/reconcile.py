"""``order-sync reconcile``"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import DONE, FAILED, IN_DOUBT, NEEDS_PERSON
from order_sync.commands.output import emit_json, json_option, note, show_table
from order_sync.commands.sync import Moment

if TYPE_CHECKING:
    from order_sync.core.model.discrepancy import Discrepancy
    from order_sync.core.use_cases.reconcile import Reconciliation


@click.command()
@click.argument("name")
@click.option("--repair", is_flag=True, help="Mend what can be mended safely; the rest is kept for a person.")
@click.option("--since", type=Moment(), help="Compare purchases and orders since then. Default: about three months.")
@json_option
@click.pass_context
def reconcile(ctx: click.Context, name: str, repair: bool, since: datetime | None, as_json: bool) -> None:
    """Compare the shop, the ledger and the supplier of connection NAME, and list what differs.

    Without --repair nothing is changed anywhere. Run it with --repair before the first sync after a backup was
    restored: it records what was bought since, so that nothing is bought twice.
    """
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import discrepancy_document

    with OrderSync() as sync:
        run = sync.reconcile(name, repair=repair, since=since)
    for text in (*run.not_compared, *run.problems):
        note(text)
    if as_json:
        emit_json(
            {
                "connection": name,
                "repair": repair,
                "compared": run.compared,
                "discrepancies": [discrepancy_document(each) for each in run.discrepancies],
                "in_doubt": [record.po_number for record in run.in_doubt],
                "not_compared": list(run.not_compared),
                "problems": run.problems,
            }
        )
    else:
        _show(run)
    ctx.exit(exit_code_of_run(run))


def exit_code_of_run(run: Reconciliation) -> int:
    """Failed, in doubt, needs a person (also: found and not repaired), or done."""
    if run.problems:
        return FAILED
    if run.in_doubt:
        return IN_DOUBT
    return NEEDS_PERSON if any(each.status != "repaired" for each in run.discrepancies) else DONE


def _show(run: Reconciliation) -> None:
    if run.discrepancies:
        show_table(
            "Discrepancies",
            ("KIND", "STATUS", "ORDER", "PO NUMBER", "SHOP", "LEDGER", "SUPPLIER"),
            [
                (d.kind, d.status, d.order_name or "-", d.po_number or "-", d.shop, d.ledger, d.supplier)
                for d in run.discrepancies
            ],
        )
        for each in run.discrepancies:
            if each.status != "repaired":
                click.echo(f"{_called(each)}: {each.next_step}")
    else:
        click.echo(f"Compared {run.compared} records: nothing differs.")
    for record in run.in_doubt:
        click.echo(f"{record.order_name}: PO {record.po_number} is in doubt; order-sync sync settles it.")


def _called(found: Discrepancy) -> str:
    return " ".join(part for part in (found.order_name, found.po_number) if part)
