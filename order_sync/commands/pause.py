"""``order-sync pause`` and ``order-sync resume``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import DONE, NEEDS_PERSON
from order_sync.commands.output import emit_json, json_option, note

if TYPE_CHECKING:
    from order_sync import OrderSync


@click.command()
@click.argument("name")
@click.option("--reason", default="", metavar="TEXT", help="Shown wherever the pause is.")
@json_option
def pause(name: str, reason: str, as_json: bool) -> None:
    """Buy nothing for connection NAME until `order-sync resume NAME`. Nothing is lost.

    Orders are still read and decided, and wait; shipments are followed, the shop is told, and purchases in doubt are
    looked up. What is being sent at this moment ends.
    """
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import pause_document

    with OrderSync() as sync:
        found = sync.pause(name, reason)
    if as_json:
        emit_json({"connection": name, "paused": pause_document(found)})
    else:
        click.echo(f"Nothing is bought for {name} until: order-sync resume {name}")


@click.command()
@click.argument("name")
@json_option
def resume(name: str, as_json: bool) -> None:
    """Buy again for connection NAME; what waited meanwhile goes on with serve, or with the next sync."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        ended = sync.resume(name)
    if as_json:
        emit_json({"connection": name, "paused": None, "was_paused": ended})
    else:
        click.echo(f"{name} buys again." if ended else f"{name} was not paused.")


def say_paused(sync: OrderSync, name: str) -> bool:
    """Whether a person paused the connection; if so that is said on stderr."""
    found = sync.paused(name)
    if found is None:
        return False
    why = f" ({found.reason})" if found.reason else ""
    since = f"{found.since:%Y-%m-%d %H:%M} UTC"
    note(f"Nothing is bought for {name}: paused since {since}{why}. To buy again: order-sync resume {name}")
    return True


def exit_while_paused(paused: bool, code: int) -> int:
    """The exit code of a command that would have bought, but for a pause: a person is needed."""
    return NEEDS_PERSON if paused and code == DONE else code
