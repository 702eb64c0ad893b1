"""``order-sync handle``"""

from __future__ import annotations

import click

from order_sync.commands.exits import exit_code_for
from order_sync.commands.output import emit_json, json_option
from order_sync.commands.pause import exit_while_paused, say_paused


@click.command()
@click.argument("name")
@click.argument("order_id")
@click.option("--fulfillment", "fulfillment_id", metavar="ID", help="Only what this fulfillment covers (manual mode).")
@json_option
@click.pass_context
def handle(ctx: click.Context, name: str, order_id: str, fulfillment_id: str | None, as_json: bool) -> None:
    """Look at one order of connection NAME now: buy what is due, and look for its shipments.

    ORDER_ID is the order's id, its number in the admin's address, or its name (#1001).
    """
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import record_document
    from order_sync.commands.records import show_records

    with OrderSync() as sync:
        found = sync.find_order_id(name, order_id)
        if fulfillment_id:
            sync.handle_fulfillment(name, found, fulfillment_id, explicit=True, follow=True)
        else:
            sync.handle_new_order(name, found, explicit=True, follow=True)
        result = sync.settle(name, found)
        paused = say_paused(sync, name)
    if as_json:
        records = [record_document(record) for record in result.records]
        emit_json({"connection": name, "state": result.state, "reason": result.reason, "records": records})
    else:
        show_records(result.records)
    ctx.exit(exit_while_paused(paused, exit_code_for(result.records)))
