"""``order-sync settings``"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from order_sync.commands.output import emit_json, json_option, note, show_table
from order_sync.commands.purchases import confirm_purchases, list_purchases, yes_option

if TYPE_CHECKING:
    from order_sync import OrderSync


@click.command()
@click.argument("name")
@click.argument("pairs", nargs=-1, metavar="[KEY=VALUE]...")
@yes_option
@json_option
def settings(name: str, pairs: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Show the Order Sync settings of connection NAME and where each came from, or change some: all or none.

    Going live (test_order=false) first lists what would be bought for real money at once.
    """
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import settings_document
    from order_sync.core.policies.settings_text import parse_settings, split_pair

    with OrderSync() as sync:
        before = sync.connection(name).order_sync
        if pairs:
            values = parse_settings(split_pair(pair) for pair in pairs)
            if before.test_order and values.get("test_order") is False and before.enabled:
                _list_first_purchases(sync, name, values, yes=yes)
            sync.change_settings(name, values)
        connection = sync.connection(name)
        limits = _limits(sync, name)
    document = settings_document(connection)
    if as_json:
        emit_json({"connection": name, "settings": document})
    else:
        rows = [(key, _shown(entry["value"]), entry["from"]) for key, entry in document.items()]
        show_table(f"Order Sync settings of {name}", ("SETTING", "VALUE", "FROM"), rows)
    for limit in limits:
        note(limit)
    after = connection.order_sync
    if after.live and not before.live:
        note("From now on orders are bought for real money. Older orders need: order-sync sync NAME --since TIME.")


def _limits(sync: OrderSync, name: str) -> tuple[str, ...]:
    """What the supplier cannot do; settings are shown all the same where its plugin cannot be used."""
    from order_sync.core.errors import OrderSyncError

    try:
        return sync.supplier_limits(name)
    except OrderSyncError as exc:
        return (f"What the supplier can do cannot be told: {exc}",)


def _list_first_purchases(sync: OrderSync, name: str, values: Mapping[str, Any], *, yes: bool) -> None:
    from order_sync.core.errors import ServiceError

    _list_unmapped(sync, name)
    try:
        first = sync.going_live(name, values)
    except ServiceError as exc:
        note(f"What would be bought first cannot be listed: {exc}")
    else:
        list_purchases(first, "Going live", nothing="nothing that is waiting; only orders from now on")
    confirm_purchases("Go live?", yes=yes)


def _list_unmapped(sync: OrderSync, name: str) -> None:
    """What the shop sells and could not be bought; it hinders nobody from going live."""
    from order_sync.core.errors import NotAllowedError, ServiceError

    try:
        items = sync.unmapped_items(name)
    except (NotAllowedError, ServiceError) as exc:
        note(f"Whether the supplier knows every SKU of the shop cannot be told: {exc}")
        return
    if not items:
        note("The supplier knows every SKU of the shop.")
        return
    names = ", ".join(item.sku for item in items[:10])
    note(f"The supplier does not know {len(items)} SKUs of the shop: {names}{' …' if len(items) > 10 else ''}")
    note(f"Orders with them are held. See order-sync orders map {name} --unmapped, or --suggest.")


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return " ".join(
            str(value[key]) for key in ("profile_id", "location_id", "label", "name", "email") if value.get(key)
        )
    if isinstance(value, list):
        return ",".join(str(each) for each in value) or "none"
    return str(value)
