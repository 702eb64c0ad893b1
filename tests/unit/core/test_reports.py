"""What was bought per day, what it cost and brought in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from order_sync.core.model.money import Money
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State
from order_sync.core.policies.report import Amounts, Period, report_of
from tests.builders import NOW, a_record

DAY = timedelta(days=1)


def bought(cost="10.00", price="7.50", *, at=NOW, currency="USD", sold_in="USD", **values):
    line = RecordLine("L", "B", 2, 2, LineOutcome.BOUGHT, "", "B", 2, Money(Decimal(price), sold_in) if price else None)
    total = Money(Decimal(cost), currency) if cost else None
    placed = SupplierOrder("71", "P", SupplierOrderStatus.IN_PROGRESS, total=total)
    return a_record(
        **{"state": State.PLACED, "intent_at": at, "lines": (line,), "supplier_orders": (placed,), **values}
    )


def report(*records, days=3, mode=Mode.LIVE):
    return report_of(records, since=NOW - days * DAY, until=NOW, mode=mode)


def test_orders_are_counted_on_the_day_they_were_bought_with_cost_revenue_and_margin():
    made = report(bought(), bought("4.00", at=NOW - DAY), bought("6.00", at=NOW - DAY))
    days = dict(made.days)
    assert [period.orders for _, period in made.days] == [0, 0, 2, 1]
    yesterday = days[(NOW - DAY).date()]
    assert yesterday.amounts == {"USD": Amounts(Decimal("10.00"), Decimal("30.00"), Decimal("20.00"))}
    assert made.total.orders == 3 and made.total.pieces == 6
    assert made.total.amounts["USD"].margin == Decimal("25.00")


def test_currencies_are_never_added_and_give_no_margin_together():
    made = report(bought(), bought(currency="CAD"))
    assert made.total.amounts == {
        "CAD": Amounts(cost=Decimal("10.00")),
        "USD": Amounts(Decimal("10.00"), Decimal("30.00"), Decimal("5.00")),
    }


def test_an_order_whose_cost_is_not_known_is_counted_as_such():
    assert report(bought(cost=None)).total.without_cost == 1


def test_test_orders_count_only_when_asked_for():
    key = bought(mode=Mode.TEST)
    assert report(key).total == Period()
    assert report(key, mode=None).total.orders == 1


def test_held_and_cancelled_orders_are_counted_since_the_day_they_are():
    held = a_record(state=State.HELD, reason_since=NOW - DAY)
    cancelled = bought(state=State.CANCELLED, reason_since=NOW)
    made = dict(report(held, cancelled, a_record(state=State.WAITING, reason_since=NOW)).days)
    assert made[(NOW - DAY).date()] == Period(held=1) and made[NOW.date()] == Period(cancelled=1)


def test_what_lies_outside_the_days_is_left_out():
    assert report(bought(at=NOW - 9 * DAY), bought(at=NOW + DAY)).total == Period()


@given(st.lists(st.tuples(st.integers(0, 3), st.decimals("0.01", "9999", places=2), st.sampled_from(["USD", "CAD"]))))
def test_the_total_is_the_sum_of_the_days(bag):
    made = report(*[bought(str(cost), at=NOW - n * DAY, currency=c) for n, cost, c in bag])
    assert made.total.orders == len(bag) == sum(period.orders for _, period in made.days)
    for currency in {c for _, _, c in bag}:
        assert made.total.amounts[currency].cost == sum(cost for _, cost, c in bag if c == currency)
