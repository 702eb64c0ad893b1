"""What a piece costs, from a products reply. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from order_sync.adapters.ssactivewear.mapping import CURRENCIES
from order_sync.adapters.ssactivewear.schemas import decimal_of
from order_sync.adapters.ssactivewear.wire import lowered, rows
from order_sync.core.model.money import Money
from order_sync.core.model.purchase_order import SupplierSku

FIELDS = ("sku", "customerPrice", "piecePrice", "dozenPrice", "casePrice")
"""What is asked for (S&S API v2, products page)."""

_LIST_PRICES = ("pieceprice", "dozenprice", "caseprice")


def prices_of(document: Any, asked: Iterable[SupplierSku], country: str) -> dict[SupplierSku, Money]:
    """The price of each item asked for that the reply tells one of. Raises WrongShapeError."""
    found = {}
    for row in (lowered(row) for row in rows(document)):
        price = _price(row)
        if price is not None:
            found[str(row.get("sku") or "").strip().casefold()] = Money(price, CURRENCIES[country])
    return {sku: found[sku.casefold()] for sku in asked if sku.casefold() in found}


def _price(row: Mapping[str, Any]) -> Decimal | None:
    """The account's own price; it is empty until S&S enables it, and then the highest list price stands in.

    Not the sale price: until when it holds is another question.
    """
    own = _amount(row, "customerprice")
    if own is not None:
        return own
    listed = [amount for name in _LIST_PRICES if (amount := _amount(row, name)) is not None]
    return max(listed, default=None)


def _amount(row: Mapping[str, Any], name: str) -> Decimal | None:
    amount = decimal_of(row.get(name))
    return amount if amount is not None and amount > 0 else None
