"""``order-sync connect``"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from order_sync.commands.output import emit_json, json_option, note, on_terminal

if TYPE_CHECKING:
    from order_sync import OrderSync


@click.command()
@click.argument("name")
@click.option("--source", help="Kind of shop, for example shopify.")
@click.option("--supplier", help="Kind of supplier, for example ssactivewear.")
@click.option(
    "--set", "pairs", multiple=True, metavar="KEY=VALUE", help="source.… or supplier.… setting; empty removes it."
)
@click.option(
    "--secret",
    "secret_pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="source.… or supplier.… secret: env:NAME, file:PATH, keyring:SERVICE/NAME, or - to read it from stdin.",
)
@json_option
def connect(
    name: str,
    source: str | None,
    supplier: str | None,
    pairs: tuple[str, ...],
    secret_pairs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Create or edit the connection NAME: one shop joined to one supplier account.

    On a terminal, asks for what is missing. Secrets are kept apart and never shown.
    """
    from order_sync import OrderSync
    from order_sync.bootstrap.documents import connection_document
    from order_sync.core.policies.settings_text import split_pair

    settings = dict(split_pair(pair) for pair in pairs)
    secrets = {key: _read_secret(key, value) for key, value in (split_pair(pair) for pair in secret_pairs)}
    with OrderSync() as sync:
        if on_terminal() and name not in sync.connections():
            source, supplier = _ask(sync, source, supplier, settings, secrets)
        saved = sync.connect(name, source=source, supplier=supplier, settings=settings, secrets=secrets)
        declared = sync.plugins.suppliers.get(saved.supplier.plugin).capabilities
        has_profiles = declared is None or declared.payment_profiles
        if as_json:
            emit_json(connection_document(saved, sync.secret_names(name)))
            return
    click.echo(f"Connection {name} is saved; its purchase orders are numbered {saved.order_sync.po_prefix}-….")
    profiles = f" order-sync profiles {name} --email EMAIL;" if has_profiles else ""
    note(f"Next: order-sync doctor {name};{profiles}")
    note(f"then order-sync settings {name} enabled=true")


def _read_secret(key: str, value: str) -> str:
    return sys.stdin.readline().strip() if value == "-" else value


def _ask(
    sync: OrderSync, source: str | None, supplier: str | None, settings: dict[str, str], secrets: dict[str, str]
) -> tuple[str, str]:
    sources = [entry.name for entry, _ in sync.plugins.order_sources.items()]
    suppliers = [entry.name for entry, _ in sync.plugins.suppliers.items()]
    source = source or click.prompt("Kind of shop", type=click.Choice(sources), default=sources[0])
    supplier = supplier or click.prompt("Kind of supplier", type=click.Choice(suppliers), default=suppliers[0])
    sides = (
        ("source", sync.plugins.order_sources.get(str(source)).fields),
        ("supplier", sync.plugins.suppliers.get(str(supplier)).fields),
    )
    for side, fields in sides:
        for field in fields:
            key = f"{side}.{field.name}"
            if field.required and not field.secret and key not in settings:
                kind = click.Choice(field.choices) if field.choices else None
                settings[key] = click.prompt(field.title, type=kind)
        if not any(key.startswith(f"{side}.") for key in secrets):
            for field in (each for each in fields if each.secret):
                value = click.prompt(f"{field.title} (empty: none)", default="", hide_input=True, show_default=False)
                if value:
                    secrets[f"{side}.{field.name}"] = value
    return str(source), str(supplier)
