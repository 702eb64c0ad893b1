"""``order-sync doctor``"""

from __future__ import annotations

from dataclasses import asdict

import click

from order_sync.commands.exits import CREDENTIALS, DONE, FAILED
from order_sync.commands.output import emit_json, json_option, show_table


@click.command()
@click.argument("name", required=False)
@json_option
@click.pass_context
def doctor(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """Check the installation and every connection (or NAME alone), each with its remedy. Changes nothing."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        checks = sync.doctor(name)
    failed = [check for check in checks if check.status == "fail"]
    if as_json:
        emit_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        rows = [(check.about, check.name, check.status, check.detail) for check in checks]
        show_table("Doctor", ("ABOUT", "CHECK", "STATUS", "DETAIL"), rows)
        for check in checks:
            if check.remedy and check.status != "ok":
                click.echo(f"{check.about}, {check.name}: {check.remedy}")
    ctx.exit(CREDENTIALS if any(check.credentials for check in failed) else FAILED if failed else DONE)
