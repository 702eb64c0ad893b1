"""Showing what would be bought before it is, and asking where somebody can answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from order_sync.commands.output import note, on_terminal

if TYPE_CHECKING:
    from order_sync.core.model.sync_record import SyncRecord

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def list_purchases(records: Sequence[SyncRecord], occasion: str, *, nothing: str) -> None:
    """Every purchase with its pieces, on stderr."""
    if not records:
        note(f"{occasion}: this buys {nothing}.")
        return
    note(f"{occasion}: this buys {len(records)} purchase orders for real money:")
    for record in records:
        bought = [line for line in record.lines if line.outcome == "to_buy"]
        pieces = ", ".join(f"{line.quantity} x {line.supplier_sku or line.sku}" for line in bought)
        note(f"  {record.order_name} ({record.key.share}) as PO {record.po_number}: {pieces}")


def confirm_purchases(question: str, *, yes: bool) -> None:
    """Ask on a terminal; a script is taken at its word."""
    if not yes and on_terminal():
        click.confirm(question, default=False, abort=True, err=True)
