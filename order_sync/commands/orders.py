"""``order-sync orders``"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import exit_code_for
from order_sync.commands.export import export
from order_sync.commands.output import emit_json, json_option, note
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
    """List orders (orders [NAME] [--state S]), or show, explain, retry, release, skip or settle some.

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


@orders.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER")
@json_option
@click.pass_context
def explain(ctx: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """Why an order stands where it stands, line by line, and every call that was made for it."""
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document

    with OrderSync() as sync:
        records = _named(sync, words)
        histories = [_history(sync, record) for record in records]
    if as_json:
        emit_json({"records": [{**record_document(r), **h} for r, h in zip(records, histories, strict=True)]})
        ctx.exit(exit_code_for(records))
    for record, history in zip(records, histories, strict=True):
        rule = f" [{record.reason_code}]" if record.reason_code else ""
        click.echo(f"{record.order_name} ({record.key.share}, {record.key.mode}) is {record.state}{rule}.")
        for text in (record.reason, record.next_action):
            if text:
                click.echo(f"  {text}")
        for line in record.lines:
            why = f": {line.reason}" if line.reason else ""
            click.echo(f"  {line.sku or '(no SKU)'}: {line.quantity} of {line.ordered} {line.outcome}{why}")
        for call in history["calls"]:
            error = f": {call['error']}" if call["error"] else ""
            click.echo(f"  {call['started_at']} {call['kind']}: {call['outcome']}{error}")
    ctx.exit(exit_code_for(records))


@orders.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER")
@json_option
@click.pass_context
def retry(ctx: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """Decide an order afresh from what the shop shows now; one in doubt is looked up."""
    _act(ctx, words, as_json, lambda sync, record: sync.retry(record))


@orders.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER")
@json_option
@click.pass_context
def release(ctx: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """Lift a hold: buy the order without the lines at fault."""
    _act(ctx, words, as_json, lambda sync, record: sync.release(record))


@orders.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER")
@click.option("--reason", default="", help="Kept with the record.")
@json_option
@click.pass_context
def skip(ctx: click.Context, words: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Never buy an order; retry takes that back."""
    _act(ctx, words, as_json, lambda sync, record: sync.skip(record, reason))


@orders.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER")
@click.option("--bought", "numbers", multiple=True, metavar="NUMBER", help="The supplier has it as this order.")
@click.option("--not-bought", is_flag=True, help="The supplier does not have it: it is sent again.")
@click.option("--reason", default="", help="Kept with the record.")
@json_option
@click.pass_context
def settle(
    ctx: click.Context, words: tuple[str, ...], numbers: tuple[str, ...], not_bought: bool, reason: str, as_json: bool
) -> None:
    """End a doubt by hand, with what you found out at the supplier. Look the PO number up there first."""
    if bool(numbers) == not_bought:
        raise click.UsageError("Say what you found: --bought NUMBER (once for each order), or --not-bought.")
    _act(ctx, words, as_json, lambda sync, record: sync.settle_by_hand(record, order_numbers=numbers, reason=reason))


def _act(
    ctx: click.Context, words: tuple[str, ...], as_json: bool, action: Callable[[OrderSync, SyncRecord], object]
) -> None:
    """Do it to every share that allows it; when none does, the first refusal is the error."""
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document
    from order_sync.commands.records import show_records
    from order_sync.core.errors import NotAllowedError

    with OrderSync() as sync:
        records = _named(sync, words)
        refusals = []
        for record in records:
            try:
                action(sync, record)
            except NotAllowedError as exc:
                refusals.append(exc)
        if len(refusals) == len(records):
            raise refusals[0]
        for refusal in refusals:
            note(refusal.message)
        for name, order_id in {(r.key.connection, r.key.order_id) for r in records}:
            sync.settle(name, order_id)
        keys = {(r.key.connection, r.key.order_id) for r in records}
        after = [r for name, order_id in sorted(keys) for r in sync.records(name, text=order_id)]
    if as_json:
        emit_json({"records": [record_document(record) for record in after]})
    else:
        show_records(after)
    ctx.exit(exit_code_for(after))


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


orders.add_command(export)
orders.add_command(report)
