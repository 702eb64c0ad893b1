"""``order-sync webhooks``"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from order_sync.commands.exits import DONE, NEEDS_PERSON
from order_sync.commands.output import emit_json, json_option, note, show_table
from order_sync.core.ports import Subscription
from order_sync.core.use_cases.manage_webhooks import WebhooksRegistered, WebhooksRemoved, WebhooksStatus

ACTIONS = ("register", "remove")


@click.command()
@click.argument("name")
@click.argument("action", required=False, type=click.Choice(ACTIONS), metavar="[register|remove]")
@click.option("--address", metavar="URL", help="Where the shop reaches order-sync serve; kept by register.")
@json_option
@click.pass_context
def webhooks(ctx: click.Context, name: str, action: str | None, address: str | None, as_json: bool) -> None:
    """See what the shop of connection NAME sends to order-sync serve; `register` makes it so, `remove` ends it.

    Listing exits with 3 when something is missing or goes to a wrong address, `register` when the shop refuses a topic.
    """
    from order_sync import OrderSync

    if action == "remove" and address:
        raise click.UsageError("remove takes no --address: it ends what is sent to this connection on any host.")
    with OrderSync() as sync:
        if action == "register":
            ctx.exit(_show_registered(name, sync.register_webhooks(name, address), as_json))
        elif action == "remove":
            _show_removed(name, sync.remove_webhooks(name), as_json)
        else:
            ctx.exit(_show_status(name, sync.webhooks_status(name, address), as_json))


def _show_status(name: str, status: WebhooksStatus, as_json: bool) -> int:
    if as_json:
        emit_json(_status_document(name, status))
    else:
        rows = [
            *((each.topic, "ok", each.uri) for each in status.subscribed),
            *((topic, "missing", "") for topic in status.missing),
            *((each.topic, "drifted", _drift(each, status.uri)) for each in status.drifted),
            *((each.topic, "surplus", each.uri) for each in status.surplus),
            *((each.topic, "foreign", each.uri) for each in status.foreign),
        ]
        show_table(f"Webhooks of {name}", ("TOPIC", "STATUS", "ADDRESS"), rows)
    if not status.complete or status.surplus:
        note(f"Make it right: order-sync webhooks {name} register")
    _note_set_elsewhere(status.set_elsewhere, status.uri)
    return DONE if status.complete else NEEDS_PERSON


def _show_registered(name: str, done: WebhooksRegistered, as_json: bool) -> int:
    if as_json:
        refused = [{"topic": topic, "reason": reason} for topic, reason in done.refused]
        lists = {key: list(getattr(done, key)) for key in ("unchanged", "added", "repaired", "removed")}
        elsewhere = list(done.set_elsewhere)
        emit_json({"connection": name, "uri": done.uri, **lists, "refused": refused, "set_elsewhere": elsewhere})
    else:
        for words, topics in (
            ("subscribed", done.added),
            ("repaired", done.repaired),
            ("surplus, removed", done.removed),
            ("unchanged", done.unchanged),
        ):
            if topics:
                click.echo(f"{words}: {', '.join(topics)}")
        click.echo(f"The shop sends its events to {done.uri}.")
    for topic, reason in done.refused:
        note(f"{topic} is refused by the shop: {reason}")
    if done.refused:
        note("The scheduled look still finds every order.")
    _note_set_elsewhere(done.set_elsewhere, done.uri)
    return NEEDS_PERSON if done.refused else DONE


def _show_removed(name: str, done: WebhooksRemoved, as_json: bool) -> None:
    if as_json:
        emit_json({"connection": name, "removed": _documents(done.removed), "foreign": _documents(done.foreign)})
        return
    click.echo(f"{len(done.removed)} webhooks of {name} are removed, {len(done.foreign)} of other endpoints stay.")
    note(f"Orders are still found by order-sync sync {name}.")


def _note_set_elsewhere(topics: tuple[str, ...], uri: str) -> None:
    if topics:
        note(f"Set in the app's own settings, not here, to the same address {uri}: {', '.join(topics)}")


def _drift(subscription: Subscription, uri: str) -> str:
    return subscription.uri if subscription.uri != uri else f"{uri} (a filter, a format or fields we cannot use)"


def _status_document(name: str, status: WebhooksStatus) -> dict[str, Any]:
    return {
        "connection": name,
        "uri": status.uri,
        "complete": status.complete,
        "subscribed": _documents(status.subscribed),
        "missing": list(status.missing),
        "drifted": _documents(status.drifted),
        "surplus": _documents(status.surplus),
        "foreign": _documents(status.foreign),
        "set_elsewhere": list(status.set_elsewhere),
    }


def _documents(subscriptions: Iterable[Subscription]) -> list[dict[str, Any]]:
    return [
        {"id": each.subscription_id, "topic": each.topic, "uri": each.uri, "sound": each.sound}
        for each in subscriptions
    ]
