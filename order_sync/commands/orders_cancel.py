"""``order-sync orders cancel``"""

from __future__ import annotations

import click

from order_sync.commands.output import json_option


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER")
@click.option("--reason", default="", help="Kept with the record.")
@json_option
@click.pass_context
def cancel(ctx: click.Context, words: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Have what was bought for an order cancelled at the supplier, as far as it lets us.

    S&S cancels for ten minutes after the purchase. What it did not cancel is said, with whom to call. The pieces
    are not bought again by themselves. An order that is not bought yet is skipped.
    """
    from order_sync.commands.orders import act

    act(ctx, words, as_json, lambda sync, record: sync.cancel(record, reason))
