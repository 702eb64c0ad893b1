"""Which identifiers to ask the inventory for, in which batches, and which item answers which SKU. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from marshmallow import ValidationError

from order_sync.adapters.ssactivewear.schemas import ITEM, STOCK
from order_sync.adapters.ssactivewear.wire import WrongShapeError, rows
from order_sync.core.model.order import ShopSku
from order_sync.core.model.purchase_order import PoNumber, SupplierSku
from order_sync.core.model.supplier_order import SupplierItem

MOST_IDENTIFIERS = 40
"""Identifiers in one request; 25 to 50 were seen in client code, the limit is not documented."""

LONGEST_URL = 1500
"""Characters of a URL; the service's limit is not documented."""

MILL = "DS"
"""The warehouse of what S&S does not stock: the mill ships it, full cases only (products page and its example)."""

Sku = TypeVar("Sku", bound=str)
_UNASKABLE = re.compile(r"[,/\\\s\x00-\x1f\ud800-\udfff]|\A\.*\Z")
_UPC = re.compile(r"[0-9]{12,13}")


def identifiers(sku: str) -> tuple[str, ...]:
    """What to ask to find a SKU, quoted for a path; nothing for one that no path can carry.

    Commas separate identifiers there. A barcode of 12 or 13 digits is asked as the 14-digit GTIN too.
    """
    if _UNASKABLE.search(sku):
        return ()
    asked = [sku, sku.zfill(14)] if _UPC.fullmatch(sku) else [sku]
    return tuple(quote(identifier, safe="") for identifier in asked)


def batches(skus: Iterable[Sku], room: int) -> Iterator[tuple[list[Sku], str]]:
    """SKUs that fit in one request, with their comma list; ``room`` is the characters it may have."""
    members: list[Sku] = []
    asked: list[str] = []
    for sku in skus:
        wanted = identifiers(sku)
        if not wanted or len(",".join(wanted)) > room:
            continue
        if len(asked) + len(wanted) > MOST_IDENTIFIERS or len(",".join([*asked, *wanted])) > room:
            yield members, ",".join(asked)
            members, asked = [], []
        members.append(sku)
        asked += wanted
    if members:
        yield members, ",".join(asked)


def listed(numbers: Iterable[PoNumber], room: int) -> Iterator[tuple[list[PoNumber], str]]:
    """PO numbers that fit in one request, with their comma list; they need no quoting."""
    batch: list[PoNumber] = []
    for number in numbers:
        if batch and (len(batch) == MOST_IDENTIFIERS or len(",".join([*batch, number])) > room):
            yield batch, ",".join(batch)
            batch = []
        batch.append(number)
    if batch:
        yield batch, ",".join(batch)


def items_of(document: Any) -> list[Mapping[str, Any]]:
    """The items of an inventory reply. Raises WrongShapeError."""
    try:
        loaded = [ITEM.load(row) for row in rows(document)]
    except ValidationError as exc:
        raise WrongShapeError(f"an item with wrong members {sorted(exc.messages_dict)}") from None
    if any(not item["sku"] for item in loaded):
        raise WrongShapeError("an item without sku")
    return list({item["sku"]: item for item in loaded}.values())


def matched(skus: Iterable[ShopSku], items: list[Mapping[str, Any]]) -> dict[ShopSku, SupplierItem]:
    """The item of each SKU that has one, by sku, else gtin, else skuID_Master, else yourSku.

    Two items that answer to a SKU by the same member leave it unknown: buying either would be a guess.
    """
    found = {}
    for sku in skus:
        item = _item_for(sku, items)
        if item is not None:
            found[sku] = SupplierItem(SupplierSku(item["sku"]), _stock(item))
    return found


def _item_for(sku: str, items: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    wanted = sku.casefold()
    for member in ("sku", "gtin", "master_id", "your_sku"):
        wanted_here = _gtin(wanted) if member == "gtin" else wanted
        hits = [item for item in items if item[member] and _comparable(item[member], member) == wanted_here]
        if len(hits) > 1:
            exact = [item for item in hits if item[member] == sku]
            return exact[0] if len(exact) == 1 else None
        if hits:
            return hits[0]
    return None


def _comparable(value: str, member: str) -> str:
    return _gtin(value.casefold()) if member == "gtin" else value.casefold()


def _gtin(text: str) -> str:
    return text.zfill(14) if _UPC.fullmatch(text) else text


def _stock(item: Mapping[str, Any]) -> dict[str, int] | None:
    """Pieces per warehouse; None when not told, or not in a way that is understood.

    The mill's do not count: nobody knows whether an order may be filled from them, and not by the piece.
    """
    if item["warehouses"] is None:
        return None
    stock: dict[str, int] = {}
    try:
        for entry in (STOCK.load(row) for row in rows(item["warehouses"])):
            if entry["warehouse"].upper() != MILL:
                stock[entry["warehouse"]] = stock.get(entry["warehouse"], 0) + entry["quantity"]
    except (ValidationError, WrongShapeError):
        return None
    return stock
