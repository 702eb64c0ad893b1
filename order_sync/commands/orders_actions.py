"""``order-sync orders retry``, ``release``, ``skip``, ``settle``, ``cancel``: one order, some, or all that fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from order_sync.commands.many_orders import Choice, run
from order_sync.commands.output import json_option
from order_sync.commands.purchases import yes_option
from order_sync.commands.sync import Moment

_STATES = [
    "received",
    "waiting",
    "ignored",
    "planned",
    "held",
    "submitting",
    "in_doubt",
    "placed",
    "shipped",
    "completed",
]


def _choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments and options of every action on many orders."""
    parts = (
        click.argument("words", nargs=-1, metavar="[NAME] [ORDER]..."),
        click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="All in this state."),
        click.option("--older-than", type=Moment(), metavar="AGE", help="All that stand so for longer: 36h, 2d."),
        click.option("--all", "everything", is_flag=True, help="All that the command is for."),
        click.option("--dry-run", is_flag=True, help="Say what would come of each; change nothing."),
        yes_option,
        json_option,
        click.pass_context,
    )
    for part in reversed(parts):
        command = part(command)
    return command


_by_code = click.option("--reason", "codes", multiple=True, metavar="CODE", help="All with this reason code.")
_text_or_code = click.option(
    "--reason",
    "reasons",
    multiple=True,
    metavar="TEXT|CODE",
    help="With orders named: text that is kept with the record. Without: all with this reason code.",
)
_note = click.option("--note", "text", default="", help="Text that is kept with each record.")


@click.command()
@_by_code
@_choosing
def retry(
    ctx: click.Context, codes: tuple[str, ...], as_json: bool, older_than: datetime | None, **chosen: Any
) -> None:
    """Decide orders afresh from what the shop shows now; one in doubt is looked up.

    Name orders ([NAME] ORDER...), or choose with --reason, --state, --older-than or --all.
    """
    run(ctx, "retry", Choice(codes=codes, before=older_than, **chosen), as_json=as_json)


@click.command()
@_by_code
@_choosing
def release(
    ctx: click.Context, codes: tuple[str, ...], as_json: bool, older_than: datetime | None, **chosen: Any
) -> None:
    """Lift holds: buy orders without the lines at fault.

    Name orders ([NAME] ORDER...), or choose with --reason, --state, --older-than or --all.
    """
    run(ctx, "release", Choice(codes=codes, before=older_than, **chosen), as_json=as_json)


@click.command()
@_text_or_code
@_note
@_choosing
def skip(
    ctx: click.Context, reasons: tuple[str, ...], text: str, as_json: bool, older_than: datetime | None, **chosen: Any
) -> None:
    """Never buy orders (retry takes that back); close what was asked of you for a bought one.

    Name orders ([NAME] ORDER...), or choose with --reason CODE, --state, --older-than or --all.
    """
    run(ctx, "skip", Choice(before=older_than, **chosen), as_json=as_json, reasons=reasons, text=text)


@click.command()
@_text_or_code
@_note
@click.option("--bought", "numbers", multiple=True, metavar="NUMBER", help="The supplier has it as this order.")
@click.option("--not-bought", is_flag=True, help="The supplier does not have it: it is sent again.")
@_choosing
def settle(
    ctx: click.Context,
    reasons: tuple[str, ...],
    text: str,
    numbers: tuple[str, ...],
    not_bought: bool,
    as_json: bool,
    older_than: datetime | None,
    **chosen: Any,
) -> None:
    """End doubts by hand, with what you found out at the supplier. Look the PO numbers up there first.

    --not-bought may settle many at once; --bought is about one order.
    """
    if bool(numbers) == not_bought:
        raise click.UsageError("Say what you found: --bought NUMBER (once for each order), or --not-bought.")
    choice = Choice(before=older_than, **chosen)
    if numbers and (choice.filters or not 1 <= len(choice.words) <= 2):
        raise click.UsageError("--bought is about one order: name it.")
    run(ctx, "settle", choice, as_json=as_json, reasons=reasons, text=text, numbers=numbers)


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[NAME] ORDER...")
@click.option("--reason", default="", help="Text that is kept with the record.")
@json_option
@click.pass_context
def cancel(ctx: click.Context, words: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Have what was bought for an order cancelled at the supplier, as far as it lets us.

    S&S cancels for ten minutes after the purchase. What it did not cancel is said, with whom to call. The pieces
    are not bought again by themselves. An order that is not bought yet is skipped.
    """
    run(ctx, "cancel", Choice(words), as_json=as_json, text=reason)
