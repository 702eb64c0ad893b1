"""What was bought per day, what it cost and brought in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from order_sync.core.model.money import Money
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import BOUGHT, LineOutcome, State, SyncRecord
from order_sync.core.policies.cost import cost_of, margin_of, revenue_of


@dataclass(frozen=True, slots=True)
class Amounts:
    """Sums of one currency; None where no order told any."""

    cost: Decimal | None = None
    revenue: Decimal | None = None
    margin: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """A day, or all days.

    Attributes:
        orders: shares bought, by the day (UTC) on which they were sent; cancelled ones are not among them.
        pieces: of them.
        held, cancelled: shares held now, and cancelled, since that day.
        without_cost: of the orders, those whose cost is not known; they are missing in the sums.
        amounts: by currency. The margin is of the orders whose cost and revenue are both known, in one currency.
    """

    orders: int = 0
    pieces: int = 0
    held: int = 0
    cancelled: int = 0
    without_cost: int = 0
    amounts: Mapping[str, Amounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """Every day from ``since`` to ``until``, also those on which nothing happened, and their sum."""

    since: date
    until: date
    mode: Mode | None
    days: tuple[tuple[date, Period], ...]
    total: Period


def report_of(records: Iterable[SyncRecord], *, since: datetime, until: datetime, mode: Mode | None) -> Report:
    """The report over records, read one at a time. ``mode`` None: test and live."""
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    days = {first + timedelta(days=n): Period() for n in range((last - first).days + 1)}
    for record in records:
        if mode is not None and record.key.mode is not mode:
            continue
        at, counted = _counted(record)
        day = at.astimezone(UTC).date() if at is not None else None
        if day in days and day is not None:
            days[day] = _sum(days[day], counted)
    total = Period()
    for period in days.values():
        total = _sum(total, period)
    return Report(first, last, mode, tuple(days.items()), total)


def bought_at(record: SyncRecord) -> datetime | None:
    """When the purchase was sent, or the supplier dates it; None for what is not bought."""
    if record.state not in BOUGHT:
        return None
    told = min((order.ordered_at for order in record.supplier_orders if order.ordered_at), default=None)
    return record.intent_at or told or record.created_at


def pieces_bought(record: SyncRecord) -> int:
    """Pieces that the supplier sells us for this record."""
    return sum(line.quantity for line in record.lines if line.outcome in (LineOutcome.BOUGHT, LineOutcome.SHORT))


def _counted(record: SyncRecord) -> tuple[datetime | None, Period]:
    if record.state in BOUGHT:
        return bought_at(record), _bought(record)
    since = record.reason_since or record.updated_at
    if record.state is State.HELD:
        return since, Period(held=1)
    if record.state is State.CANCELLED:
        return since, Period(cancelled=1)
    return None, Period()


def _bought(record: SyncRecord) -> Period:
    cost, revenue, margin = cost_of(record), revenue_of(record), margin_of(record)
    amounts: dict[str, Amounts] = {}
    _put(amounts, "cost", cost.total if cost else None)
    _put(amounts, "revenue", revenue)
    _put(amounts, "margin", margin.amount if margin else None)
    return Period(orders=1, pieces=pieces_bought(record), without_cost=int(cost is None), amounts=amounts)


def _put(amounts: dict[str, Amounts], name: str, money: Money | None) -> None:
    if money is not None:
        amounts[money.currency] = replace(amounts.get(money.currency, Amounts()), **{name: money.amount})


def _sum(one: Period, other: Period) -> Period:
    currencies = sorted({*one.amounts, *other.amounts})
    nothing = Amounts()
    return Period(
        orders=one.orders + other.orders,
        pieces=one.pieces + other.pieces,
        held=one.held + other.held,
        cancelled=one.cancelled + other.cancelled,
        without_cost=one.without_cost + other.without_cost,
        amounts={c: _added(one.amounts.get(c, nothing), other.amounts.get(c, nothing)) for c in currencies},
    )


def _added(one: Amounts, other: Amounts) -> Amounts:
    return Amounts(_plus(one.cost, other.cost), _plus(one.revenue, other.revenue), _plus(one.margin, other.margin))


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other
