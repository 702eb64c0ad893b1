"""``order-sync connections`` and ``order-sync disconnect``"""

from __future__ import annotations

import click

from order_sync.commands.output import emit_json, json_option, note, on_terminal, show_table


@click.command()
@click.argument("name", required=False)
@json_option
def connections(name: str | None, as_json: bool) -> None:
    """List connections, or show the connection NAME."""
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import connection_document

    with OrderSync() as sync:
        names = [name] if name else list(sync.connections())
        documents = [
            connection_document(sync.connection(each), sync.secret_names(each), sync.paused(each)) for each in names
        ]
    if as_json:
        emit_json(documents[0] if name else {"connections": documents})
    elif name:
        for part in ("source", "supplier", "secrets", "order_sync"):
            for key, value in documents[0][part].items():
                click.echo(f"{part}.{key} = {value}")
        if paused := documents[0]["paused"]:
            click.echo(f"paused = since {paused['since']} {paused['reason']}".rstrip())
    elif not documents:
        click.echo("No connections. Create one: order-sync connect NAME")
    else:
        rows = [
            (
                each["name"],
                f"{each['source']['plugin']} {each['source'].get('shop', '')}".strip(),
                f"{each['supplier']['plugin']} {each['supplier'].get('account', '')}".strip(),
                "paused" if each["paused"] else "on" if each["order_sync"]["enabled"] else "off",
                "test" if each["order_sync"]["test_order"] else "live",
            )
            for each in documents
        ]
        show_table("Connections", ("NAME", "SHOP", "SUPPLIER", "ORDER SYNC", "MODE"), rows)


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Also when orders are in flight; they are no longer followed.")
def disconnect(name: str, yes: bool, force: bool) -> None:
    """Remove the connection NAME and its secrets, after showing what is in flight. Its records stay."""
    from order_sync import OrderSync
    from order_sync.commands.records import show_records

    with OrderSync() as sync:
        sync.connection(name)
        flying = sync.in_flight(name)
        if flying:
            show_records(flying, title="In flight")
        if not yes:
            if not on_terminal():
                raise click.UsageError("Nobody is there to ask: give --yes.")
            click.confirm(f"Remove connection {name} and its secrets?", abort=True)
        sync.disconnect(name, force=force)
    note(f"Connection {name} is removed; what it bought is still listed by order-sync orders {name}.")
