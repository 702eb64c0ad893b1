"""``order-sync locations``"""

from __future__ import annotations

from dataclasses import asdict

import click

from order_sync.commands.output import emit_json, json_option, show_table


@click.command()
@click.argument("name")
@click.option("--select", "location_id", metavar="ID", help="Make this location the store address.")
@json_option
def locations(name: str, location_id: str | None, as_json: bool) -> None:
    """List the locations of connection NAME's shop, and select the store address for disabled dropshipping."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        if location_id:
            sync.select_location(name, location_id)
        found = sync.locations(name)
        selected = sync.connection(name).order_sync.store_address
    chosen = selected.location_id if selected else None
    if as_json:
        documents = [{**asdict(each), "selected": each.location_id == chosen} for each in found]
        emit_json({"connection": name, "locations": documents})
        return
    rows = [
        (
            each.location_id.rpartition("/")[2],
            each.name,
            each.address.one_line(),
            "selected" if each.location_id == chosen else "" if each.active else "inactive",
        )
        for each in found
    ]
    show_table(f"Locations of {name}", ("ID", "NAME", "ADDRESS", ""), rows)
