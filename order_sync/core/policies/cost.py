"""What a purchase cost, what the shop took for it, and what is left. Pure.

Amounts of different currencies are never added or compared: the answer is None then, as it is when an amount is
not known. What is given back is what the documents say now; a later look-up may bring other amounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from order_sync.core.model.money import Money
from order_sync.core.model.sync_record import LineOutcome, RecordLine, SyncRecord
from order_sync.core.policies.allocate import active

TOTAL = "total"
"""The part of a supplier's costs that is their sum."""
_SHARE_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Cost:
    """What the supplier charges: ``total``, and its ``parts`` by the supplier's own names, without the total.

    Not every part adds to the total: S&S also tells what was saved.
    """

    total: Money
    parts: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Margin:
    """Revenue less cost. ``share`` is the part of the revenue that is left (0.25 is a quarter); None: no revenue."""

    amount: Money
    share: Decimal | None


def cost_of(record: SyncRecord) -> Cost | None:
    """What the supplier's orders of a record cost together, without the cancelled ones.

    None while there are none, and when one of them does not tell its total or tells another currency.
    """
    standing = active(record.supplier_orders)
    total = sum_of(order.total for order in standing)
    if total is None:
        return None
    parts: dict[str, Decimal] = {}
    for order in standing:
        for name, text in order.costs.items():
            amount = _decimal(text)
            if name != TOTAL and amount is not None:
                parts[name] = parts.get(name, Decimal()) + amount
    return Cost(total, parts)


def revenue_of(record: SyncRecord) -> Money | None:
    """What the shop takes for the pieces that were bought: its unit prices, without shipping, tax and discounts.

    None when nothing was bought, a price is not known, or they are in several currencies.
    """
    return value_of(line for line in record.lines if line.outcome in (LineOutcome.BOUGHT, LineOutcome.SHORT))


def margin_of(record: SyncRecord) -> Margin | None:
    """Revenue less cost, in one currency; None when either is not known or the currencies differ."""
    cost, revenue = cost_of(record), revenue_of(record)
    if cost is None or revenue is None or cost.total.currency != revenue.currency:
        return None
    left = revenue.amount - cost.total.amount
    share = (left / revenue.amount).quantize(_SHARE_PLACES) if revenue.amount else None
    return Margin(Money(left, revenue.currency), share)


def value_of(lines: Iterable[RecordLine]) -> Money | None:
    """The pieces of these lines at the shop's unit prices; None when one is not known."""
    return sum_of(
        Money(line.unit_price.amount * line.quantity, line.unit_price.currency) if line.unit_price else None
        for line in lines
        if line.quantity
    )


def sum_of(amounts: Iterable[Money | None]) -> Money | None:
    """The sum; None when there is nothing to add, one is missing, or the currencies differ."""
    known = list(amounts)
    if not known or any(amount is None for amount in known):
        return None
    currencies = {amount.currency for amount in known if amount is not None}
    if len(currencies) > 1:
        return None
    return Money(sum((amount.amount for amount in known if amount is not None), Decimal()), currencies.pop())


def _decimal(text: str) -> Decimal | None:
    """An amount as it was kept; None for what is none, so that an odd part does not hide the others."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
