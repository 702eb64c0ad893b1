"""``order-sync orders inbox``"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import DONE, IN_DOUBT, NEEDS_PERSON
from order_sync.commands.output import emit_json, json_option, show_table

if TYPE_CHECKING:
    from order_sync.core.model.task import Task

_KINDS = ["in_doubt", "rejected", "held", "attention", "overdue"]


@click.command()
@click.argument("name", required=False)
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS), help="Only these; may be repeated.")
@click.option("--reason", "reasons", multiple=True, metavar="CODE", help="Only these reason codes; may be repeated.")
@json_option
@click.pass_context
def inbox(
    ctx: click.Context, name: str | None, kinds: tuple[str, ...], reasons: tuple[str, ...], as_json: bool
) -> None:
    """What needs a person, the most urgent first: why, the line at fault, what to do, and by when.

    Everything that is held, rejected, in doubt or overdue, and what was bought with a flaw.
    """
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import task_document
    from order_sync.core.model.task import TaskKind

    with OrderSync() as sync:
        if name is not None and not sync.records(name):
            sync.connection(name)
        tasks = sync.tasks(name, kinds=[TaskKind(kind) for kind in kinds] or None, reasons=reasons or None)
        now = sync.container.clock().now()
    if as_json:
        emit_json({"tasks": [task_document(task, now) for task in tasks]})
    else:
        _show(tasks, now)
    ctx.exit(_code(tasks))


def _code(tasks: tuple[Task, ...]) -> int:
    if any(task.kind == "in_doubt" for task in tasks):
        return IN_DOUBT
    return NEEDS_PERSON if tasks else DONE


def _show(tasks: tuple[Task, ...], now: datetime) -> None:
    if not tasks:
        click.echo("Nothing needs a person.")
        return
    rows = [
        (
            f"{task.deadline:%Y-%m-%d %H:%M}{' LATE' if task.is_late(now) else ''}",
            task.record.key.connection,
            task.record.order_name,
            task.kind,
            task.reason_code,
            ", ".join(line.sku or "(no SKU)" for line in task.lines) or "-",
            task.reason,
        )
        for task in tasks
    ]
    show_table("Inbox", ("BY (UTC)", "CONNECTION", "ORDER", "KIND", "REASON CODE", "LINES", "REASON"), rows)
    for task in tasks:
        click.echo(f"{task.record.order_name}: {task.next_action}")
