"""``order-sync orders``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import exit_code_for
from order_sync.commands.export import export
from order_sync.commands.orders_actions import cancel, release, retry, settle, skip
from order_sync.commands.orders_inbox import inbox
from order_sync.commands.orders_journal import explain, replay, tail
from order_sync.commands.orders_map import map_skus
from order_sync.commands.output import emit_json, json_option
from order_sync.commands.pause import say_paused
from order_sync.commands.report import report

if TYPE_CHECKING:
    from order_sync import OrderSync
    from order_sync.core.model.sync_record import SyncRecord

_STATES = [
    "received",
    "waiting",
    "ignored",
    "planned",
    "held",
    "submitting",
    "in_doubt",
    "rejected",
    "placed",
    "shipped",
    "completed",
    "cancelled",
]


class OrdersGroup(click.Group):
    """``orders [NAME]`` lists; a first word that is no subcommand is a connection."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the subcommand ``list`` where none is named."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=OrdersGroup)
def orders() -> None:
    """List orders (orders [NAME] [--state S]); show, explain or act on some; see what needs a person (inbox).

    An order is named by its name (#1001), id, PO number or supplier order number; write the connection's
    name before it where several have it.
    """


@orders.command("list")
@click.argument("name", required=False)
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Only these; may be repeated.")
@json_option
@click.pass_context
def list_orders(ctx: click.Context, name: str | None, states: tuple[str, ...], as_json: bool) -> None:
    """Every recorded order, newest first."""
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document
    from order_sync.commands.records import show_records
    from order_sync.core.model.sync_record import State

    with OrderSync() as sync:
        wanted = [State(state) for state in states] or None
        records = sync.records(name, states=wanted)
        if not records and name is not None:
            sync.connection(name)  # a name that never was is an error; one that was removed has its records
        for each in (name,) if name else sync.connections():
            say_paused(sync, each)
    if as_json:
        emit_json({"records": [record_document(record) for record in records]})
    else:
        show_records(records)
    ctx.exit(exit_code_for(records))


@orders.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER")
@json_option
@click.pass_context
def show(ctx: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """One order: its lines, purchase orders, tracking and history."""
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document
    from order_sync.commands.records import show_record

    with OrderSync() as sync:
        records = _named(sync, words)
        histories = [_history(sync, record) for record in records]
    if as_json:
        documents = [{**record_document(r), **h} for r, h in zip(records, histories, strict=True)]
        emit_json({"records": documents})
    else:
        for record, history in zip(records, histories, strict=True):
            show_record(record)
            for entry in history["history"]:
                click.echo(f"{entry['at']}  {entry['state']}  {entry['reason']}".rstrip())
    ctx.exit(exit_code_for(records))


def _named(sync: OrderSync, words: tuple[str, ...]) -> tuple[SyncRecord, ...]:
    """The records of ``[NAME] ORDER``; it is an error when two connections have an order of that name."""
    if len(words) > 2:
        raise click.UsageError("Name one order: [NAME] ORDER.")
    connection = words[0] if len(words) == 2 else None
    records = sync.records_called(words[-1], connection)
    names = sorted({record.key.connection for record in records})
    if len(names) > 1:
        raise click.UsageError(f"Several connections have {words[-1]}: write one of {', '.join(names)} before it.")
    return records


def _history(sync: OrderSync, record: SyncRecord) -> dict[str, list[dict[str, object]]]:
    from order_sync.bootstrap.documents import moment

    return {
        "history": [
            {"at": moment(entry.at), "state": str(entry.state), "reason": entry.reason}
            for entry in sync.history(record)
        ],
        "calls": [
            {
                "kind": call.kind,
                "started_at": moment(call.started_at),
                "ended_at": moment(call.ended_at),
                "outcome": call.outcome,
                "status": call.status,
                "error": call.error,
            }
            for call in sync.attempts(record)
        ],
    }


for command in (inbox, map_skus, export, report, retry, release, skip, settle, cancel, tail, explain, replay):
    orders.add_command(command)
