"""``order-sync orders map``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from order_sync.commands.output import emit_json, json_option, note, show_table

if TYPE_CHECKING:
    from order_sync import OrderSync


@click.command("map")
@click.argument("name")
@click.argument("pairs", nargs=-1, metavar="[SKU=SUPPLIER_SKU]...")
@click.option("--remove", "removed", multiple=True, metavar="SKU", help="Take a SKU out of the map.")
@click.option("--import", "source", metavar="FILE", help="Add what a CSV file has: sku,supplier_sku (- is stdin).")
@click.option("--replace", "replace_all", is_flag=True, help="With --import: the file is the whole map.")
@click.option("--export", "target", metavar="FILE", help="Write the map as CSV (- is stdout).")
@click.option("--unchecked", is_flag=True, help="Do not ask the supplier whether it has the items.")
@click.option("--unmapped", is_flag=True, help="List what the whole shop sells and the supplier does not know.")
@click.option("--suggest", is_flag=True, help="The same, with items of the supplier that may be meant.")
@click.option("--limit", type=click.IntRange(min=1), default=20, help="With --suggest: for so many SKUs. Default: 20.")
@click.option("--retry", is_flag=True, help="Retry the held orders that waited for these SKUs.")
@json_option
@click.pass_context
def map_skus(
    ctx: click.Context,
    name: str,
    pairs: tuple[str, ...],
    removed: tuple[str, ...],
    source: str | None,
    replace_all: bool,
    target: str | None,
    unchecked: bool,
    unmapped: bool,
    suggest: bool,
    limit: int,
    retry: bool,
    as_json: bool,
) -> None:
    """What SKUs of the shop are called at the supplier, for connection NAME.

    Without options: list the map. SKUs are compared without regard to case and surrounding blanks.
    """
    from order_sync import OrderSync

    if replace_all and source is None:
        raise click.UsageError("--replace goes with --import.")
    if (unmapped or suggest) and (pairs or removed or source or target or retry):
        raise click.UsageError("--unmapped and --suggest only list: change the map with a command of its own.")
    if target is not None and (retry or (as_json and target == "-")):
        raise click.UsageError("--export goes neither with --retry nor, to stdout, with --json.")
    with OrderSync() as sync:
        if unmapped or suggest:
            _show_unmapped(sync, name, limit if suggest else None, as_json=as_json)
            return
        changed = _change(sync, name, pairs, removed, source, replace_all=replace_all, check=not unchecked)
        if target is not None:
            _export(sync, name, target)
            return
        waiting = sync.waiting_for(name, changed) if changed else ()
        for record in waiting:
            note(f"{record.order_name} waits for one of these SKUs{'' if retry else ': order-sync orders retry'}.")
        acted = sync.act_on("retry", waiting) if retry and waiting else ()
        entries = sync.sku_map(name)
    if as_json:
        document: dict[str, Any] = {"connection": name, "sku_map": dict(entries)}
        retried = [{"order_name": a.before.order_name, "state": str(a.after.state)} for a in acted if a.after]
        emit_json({**document, "retried": retried} if retry else document)
        return
    show_table(f"SKU map of {name}", ("SKU", "SUPPLIER SKU"), sorted(entries.items()))
    for each in acted:
        click.echo(f"{each.before.order_name}: {each.after.state if each.after else each.refused or each.failed}")


def _change(
    sync: OrderSync,
    name: str,
    pairs: tuple[str, ...],
    removed: tuple[str, ...],
    source: str | None,
    *,
    replace_all: bool,
    check: bool,
) -> tuple[str, ...]:
    """Carry out what is asked; returns the SKUs that are mapped now."""
    from order_sync.core.policies.sku_map import from_csv

    sync.connection(name)
    entries = dict(_pair(text) for text in pairs)
    if source is not None:
        entries = {**from_csv(_read(source)), **entries}
    if entries or replace_all:
        sync.map_skus(name, entries, replace_all=replace_all, check=check)
    if removed:
        sync.unmap_skus(name, removed)
    return tuple(entries)


def _pair(text: str) -> tuple[str, str]:
    sku, equals, target = text.rpartition("=")
    if not equals or not sku.strip() or not target.strip():
        raise click.UsageError(f"{text!r} is not SKU=SUPPLIER_SKU.")
    return sku.strip(), target.strip()


def _read(source: str) -> str:
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as exc:
        raise click.UsageError(f"{source} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise click.UsageError(f"{source} is not UTF-8 text. Save it as CSV (UTF-8).") from exc


def _export(sync: OrderSync, name: str, target: str) -> None:
    from order_sync.core.policies.sku_map import as_csv

    entries = sync.sku_map(name)
    text = as_csv(entries)
    if target == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(target).write_text(text, encoding="utf-8", newline="")
    except OSError as exc:
        raise click.UsageError(f"{target} cannot be written: {exc.strerror}.") from exc
    note(f"{len(entries)} entries written to {target}.")


def _show_unmapped(sync: OrderSync, name: str, limit: int | None, *, as_json: bool) -> None:
    items = sync.unmapped_items(name)
    suggestions = {}
    if limit is not None:
        suggestions = {each.item.sku: each.candidates for each in sync.suggest_skus(name, items[:limit])}
    if as_json:
        rows: list[dict[str, Any]] = []
        for item in items:
            row: dict[str, Any] = {"sku": item.sku, "title": item.title, "barcode": item.barcode}
            if item.sku in suggestions:
                row["suggestions"] = [{"sku": found.sku, "title": found.title} for found in suggestions[item.sku]]
            rows.append(row)
        emit_json({"connection": name, "unmapped": rows})
        return
    if not items:
        click.echo("The supplier knows every SKU of the shop.")
        return
    table = [
        (item.sku, item.title, ", ".join(f"{f.sku} ({f.title})" for f in suggestions.get(item.sku, ())) or "-")
        for item in items
    ]
    show_table(f"SKUs of {name} that the supplier does not know", ("SKU", "TITLE", "MAY BE"), table)
    if limit is not None and len(items) > limit:
        note(f"The supplier was asked about the first {limit} of {len(items)}: --limit asks about more.")
    click.echo(f"Map one: order-sync orders map {name} SKU=SUPPLIER_SKU")
