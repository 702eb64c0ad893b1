"""Which items of the catalogue may be meant by a SKU that S&S does not know. Pure.

Only documented questions are used: items by identifier, and the products of a style by "Brand Name", such as
"Gildan 2000" (S&S API v2, products page).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from order_sync.adapters.ssactivewear.wire import lowered, rows
from order_sync.core.model.order import ShopItem, ShopSku
from order_sync.core.model.purchase_order import SupplierSku
from order_sync.core.model.supplier_order import SupplierItem

FIELDS = ("Sku", "BrandName", "StyleName", "ColorName", "SizeName")
MOST_STYLES = 2
"""Styles asked for a SKU: an account has 60 requests a minute."""
MOST_SUGGESTED = 5
_SEPARATORS = re.compile(r"[\s._/-]+")
_STYLE = re.compile(r"\b([A-Z][\w&+']*(?: [A-Z&+][\w&+']*)?) ([A-Z]{0,3}\d{2,6}[A-Z]{0,3})\b")
_WORD = re.compile(r"[a-z0-9]+")


def other_spellings(item: ShopItem) -> tuple[ShopSku, ...]:
    """The SKU without separators, and the barcode: what S&S may know the item by."""
    bare = _SEPARATORS.sub("", item.sku)
    found = (bare, bare.upper(), item.barcode.strip())
    return tuple(ShopSku(text) for text in dict.fromkeys(found) if text and text != item.sku)


def styles_in(item: ShopItem) -> tuple[str, ...]:
    """ "Brand Name" pairs in the title."""
    pairs = [f"{brand} {name}" for brand, name in _STYLE.findall(item.title)]
    alone = [f"{brand.rpartition(' ')[2]} {name}" for brand, name in _STYLE.findall(item.title) if " " in brand]
    return tuple(dict.fromkeys((*pairs, *alone)))[:MOST_STYLES]


def products_of(document: Any) -> list[SupplierItem]:
    """The items of a products reply with their names. Raises WrongShapeError."""
    found = []
    for row in (lowered(row) for row in rows(document)):
        sku = str(row.get("sku") or "").strip()
        if sku:
            found.append(SupplierItem(SupplierSku(sku), None, _title(row)))
    return found


def ranked(item: ShopItem, candidates: Iterable[SupplierItem]) -> tuple[SupplierItem, ...]:
    """The candidates that share most words (colour, size, SKU) with the shop's item; those that share none are out."""
    words = set(_WORD.findall(f"{item.title} {item.sku}".casefold()))
    scored = []
    for candidate in {each.sku: each for each in candidates}.values():
        own = set(_WORD.findall(candidate.title.casefold()))
        score = len(own & words) - len(own - words)
        if own & words:
            scored.append((-score, candidate.sku, candidate))
    return tuple(candidate for _, _, candidate in sorted(scored, key=lambda each: each[:2]))[:MOST_SUGGESTED]


def _title(row: Mapping[str, Any]) -> str:
    names = (str(row.get(name) or "").strip() for name in ("brandname", "stylename", "colorname", "sizename"))
    return " ".join(name for name in names if name)
