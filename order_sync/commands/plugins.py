"""``order-sync plugins``"""

from __future__ import annotations

from dataclasses import asdict

import click

from order_sync.commands.output import emit_json, json_option, show_table


@click.group()
def plugins() -> None:
    """What is installed beside the core."""


@plugins.command("list")
@json_option
def list_plugins(as_json: bool) -> None:
    """Every plugin found: what it provides, or why it is not used."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        reports = sync.plugin_reports()
    if as_json:
        emit_json({"plugins": [asdict(report) for report in reports]})
        return
    rows = [(r.name, r.origin, r.status, ", ".join(r.provides) or r.reason) for r in reports]
    show_table("Plugins", ("NAME", "FROM", "STATUS", "PROVIDES, OR WHY NOT"), rows)
