"""What a purchase will cost, as far as can be told before it is made, and whether the caps allow it. Pure.

The estimate knows prices only, neither shipping nor tax nor fees; once the supplier has answered, what it charges
counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from order_sync.core.model.money import Money
from order_sync.core.model.sync_record import LineOutcome, RecordLine, SyncRecord
from order_sync.core.policies.allocate import active
from order_sync.core.policies.cost import cost_of, sum_of, value_of
from order_sync.core.policies.plan import Hold

RELEASE = "Buy it all the same: order-sync orders release; or never: order-sync orders skip."
_ITS_LINES = (LineOutcome.TO_BUY, LineOutcome.BOUGHT, LineOutcome.SHORT)


def estimate(lines: Iterable[RecordLine], prices: Mapping[str, Money]) -> Money | Hold:
    """What these lines will cost, or why nobody can tell.

    Args:
        prices: the supplier's, by its SKUs; where one is missing the shop's own price stands in, which is rarely less.
    """
    lines = tuple(lines)
    unpriced = [line.sku for line in lines if line.supplier_sku not in prices and line.unit_price is None]
    if unpriced:
        names = ", ".join(dict.fromkeys(unpriced))
        return _unknown(f"neither the supplier nor the shop tells a price of {names}, and spending is limited")
    total = sum_of(_price(line, prices) for line in lines)
    return total or _unknown("its prices are in several currencies, and spending is limited")


def _price(line: RecordLine, prices: Mapping[str, Money]) -> Money | None:
    price = prices.get(line.supplier_sku, line.unit_price)
    return Money(price.amount * line.quantity, price.currency) if price else None


def over_order_limit(expected: Money, limit: Decimal | None) -> Hold | None:
    """The hold of a purchase order that would cost more than one may."""
    if limit is None or expected.amount <= limit:
        return None
    why = f"Held: it would cost about {expected} before shipping and tax, more than {limit} (order_limit)."
    return Hold("over_order_limit", why, RELEASE)


def over_daily_limit(expected: Money | None, today: Iterable[SyncRecord], limit: Decimal, now: datetime) -> Hold | None:
    """The hold of a purchase that would bring the day's purchases above the limit; it is tried again the next day.

    Args:
        today: what was, or may have been, bought today (UTC), and what is being sent.
    """
    tomorrow = start_of_day(now) + timedelta(days=1)
    if expected is None:
        return _unknown("nobody can tell what it will cost, and daily_limit is set", tomorrow)
    amounts = [expected]
    for record in today:
        spent = spent_on(record)
        if spent is None:
            why = f"nobody can tell what today's purchase {record.po_number} costs, and daily_limit is set"
            return _unknown(why, tomorrow)
        amounts.append(spent)
    spent_in = {amount.currency for amount in amounts if amount.amount}
    if len(spent_in) > 1:
        why = f"today's purchases are in several currencies ({', '.join(sorted(spent_in))}), and daily_limit is set"
        return _unknown(why, tomorrow)
    spent_today = sum((amount.amount for amount in amounts[1:]), Decimal())
    if spent_today + expected.amount <= limit:
        return None
    why = (
        f"Held: it would cost about {expected} before shipping and tax, and of today's {limit} (daily_limit, UTC) "
        f"{spent_today} are spent."
    )
    alone = expected.amount > limit
    again = "" if alone else f" It is tried again by itself after {tomorrow:%Y-%m-%d %H:%M} UTC."
    return Hold("over_daily_limit", why, f"{RELEASE}{again}", None if alone else tomorrow)


def spent_on(record: SyncRecord) -> Money | None:
    """What a purchase counts for: what the supplier charges, else what was expected, else the shop's prices."""
    if record.supplier_orders and not active(record.supplier_orders):
        return Money(Decimal(), "")
    cost = cost_of(record)
    if cost is not None:
        return cost.total
    return record.estimate or value_of(line for line in record.lines if line.outcome in _ITS_LINES)


def start_of_day(now: datetime) -> datetime:
    """Midnight before, in the zone of ``now``."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _unknown(why: str, due_at: datetime | None = None) -> Hold:
    return Hold("cost_unknown", f"Held: {why}.", RELEASE, due_at)
