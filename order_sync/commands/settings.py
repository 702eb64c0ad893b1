"""``order-sync settings``"""

from __future__ import annotations

from typing import Any

import click

from order_sync.commands.output import emit_json, json_option, note, show_table


@click.command()
@click.argument("name")
@click.argument("pairs", nargs=-1, metavar="[KEY=VALUE]...")
@json_option
def settings(name: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Show the Order Sync settings of connection NAME and where each came from, or change some: all or none."""
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import settings_document
    from order_sync.core.policies.settings_text import parse_settings, split_pair

    with OrderSync() as sync:
        before = sync.connection(name).order_sync
        if pairs:
            sync.change_settings(name, parse_settings(split_pair(pair) for pair in pairs))
        connection = sync.connection(name)
    document = settings_document(connection)
    if as_json:
        emit_json({"connection": name, "settings": document})
    else:
        rows = [(key, _shown(entry["value"]), entry["from"]) for key, entry in document.items()]
        show_table(f"Order Sync settings of {name}", ("SETTING", "VALUE", "FROM"), rows)
    after = connection.order_sync
    if after.enabled and not after.test_order and (before.test_order or not before.enabled):
        note("From now on orders are bought for real money. Older orders need: order-sync sync NAME --since TIME.")


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return " ".join(
            str(value[key]) for key in ("profile_id", "location_id", "label", "name", "email") if value.get(key)
        )
    return str(value)
