"""``order-sync notify``"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from order_sync.commands.exits import DONE, FAILED
from order_sync.commands.output import emit_json, json_option

if TYPE_CHECKING:
    from order_sync.core.ports import Delivery


@click.group()
def notify() -> None:
    """Messages to people, by the services in ORDER_SYNC_NOTIFY. What needs somebody is told by serve and sync."""


@notify.command()
@json_option
@click.pass_context
def test(ctx: click.Context, as_json: bool) -> None:
    """Send a test message, and say what each service answered."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        deliveries = sync.notifications.test()
    _show(ctx, deliveries, as_json=as_json)


@notify.command()
@json_option
@click.pass_context
def digest(ctx: click.Context, as_json: bool) -> None:
    """Send the message of the day now: what was bought and shipped, what needs somebody."""
    from order_sync import OrderSync

    with OrderSync() as sync:
        deliveries = sync.notifications.digest()
    _show(ctx, deliveries, as_json=as_json)


def _show(ctx: click.Context, deliveries: tuple[Delivery, ...], *, as_json: bool) -> None:
    if as_json:
        emit_json({"deliveries": [asdict(delivery) for delivery in deliveries]})
    else:
        for delivery in deliveries:
            click.echo(f"{delivery.service}: {delivery.problem or 'taken'}")
    ctx.exit(FAILED if any(delivery.problem for delivery in deliveries) else DONE)
