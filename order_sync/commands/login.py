"""``order-sync login`` and ``order-sync password``: who may open the browser pages"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from order_sync.commands.output import note

if TYPE_CHECKING:
    from order_sync import OrderSync

_USUAL = "http://127.0.0.1:8000"


@click.command()
@click.option("--url", metavar="URL", help=f"Where serve listens. [default: ORDER_SYNC_PUBLIC_URL or {_USUAL}]")
def login(url: str | None) -> None:
    """Print a link that logs into the pages of a running serve: once, within 10 minutes."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        click.echo(_link(sync, url or sync.config.public_url or _USUAL))
    note("It works once, within 10 minutes.")


@click.command()
@click.option("--stdin", "from_stdin", is_flag=True, help="Read it from a line of stdin instead of asking.")
@click.option("--remove", is_flag=True, help="Let nobody in by password any more.")
def password(from_stdin: bool, remove: bool) -> None:
    """Set the password of the pages. Whoever is logged in has to log in again."""
    from order_sync import OrderSync

    if from_stdin and remove:
        raise click.UsageError("Use --stdin or --remove, not both.")
    with OrderSync() as sync:
        if remove:
            note("Removed." if sync.access.remove_password() else "There was no password.")
            return
        sync.access.set_password(_read() if from_stdin else _asked())
    note("The password is set.")


def say_link(sync: OrderSync, url: str) -> None:
    """Tell the operator how to get to the pages of a serve that listens there."""
    from order_sync.core.errors import OrderSyncError

    try:
        note(f"Log in, once, within 10 minutes: {_link(sync, sync.config.public_url or url)}")
    except OrderSyncError as exc:  # orders flow without the pages
        note(f"No link to log in could be made: {exc}")


def _link(sync: OrderSync, url: str) -> str:
    return f"{url.rstrip('/')}/login?token={sync.access.new_link()}"


def _read() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _asked() -> str:
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    return given
