"""What a purchase cost and what is left of the revenue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from order_sync.core.model.money import Money
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine, SyncRecord
from order_sync.core.policies.cost import cost_of, margin_of, revenue_of
from tests.builders import a_record


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def a_supplier_order(number: str, total: Money | None, **overrides: Any) -> SupplierOrder:
    values: dict[str, Any] = {"status": SupplierOrderStatus.IN_PROGRESS, "total": total, **overrides}
    return SupplierOrder(number, "DEMO-1001", **values)


def a_bought_line(price: Money | None, quantity: int = 1, outcome: LineOutcome = LineOutcome.BOUGHT) -> RecordLine:
    return RecordLine("L1", "B00760004", quantity, quantity, outcome, unit_price=price)


def bought(*orders: SupplierOrder, lines: tuple[RecordLine, ...] = ()) -> SyncRecord:
    return a_record(supplier_orders=orders, lines=lines)


def test_the_cost_adds_up_over_supplier_orders_by_part():
    cost = cost_of(
        bought(
            a_supplier_order("71", usd("12.30"), costs={"subtotal": "10.00", "shipping": "2.30", "total": "12.30"}),
            a_supplier_order("72", usd("9.50"), costs={"subtotal": "6.00", "smallOrderFee": "3.50", "total": "9.50"}),
        )
    )
    assert cost is not None
    assert cost.total == usd("21.80")
    assert cost.parts == {
        "subtotal": Decimal("16.00"),
        "shipping": Decimal("2.30"),
        "smallOrderFee": Decimal("3.50"),
    }


def test_a_cancelled_supplier_order_costs_nothing():
    cancelled = a_supplier_order("72", usd("99"), status=SupplierOrderStatus.CANCELLED, costs={"tax": "9"})
    cost = cost_of(bought(a_supplier_order("71", usd("5")), cancelled))
    assert cost is not None and cost.total == usd("5") and cost.parts == {}
    assert cost_of(bought(cancelled)) is None


@pytest.mark.parametrize("other", [None, Money(Decimal(5), "CAD")], ids=["no total", "another currency"])
def test_a_cost_is_not_known_when_one_order_does_not_tell_it_in_the_same_currency(other):
    assert cost_of(bought(a_supplier_order("71", usd("5")), a_supplier_order("72", other))) is None


def test_nothing_bought_has_neither_cost_nor_revenue_nor_margin():
    record = bought(lines=(a_bought_line(usd("5"), outcome=LineOutcome.WAITING),))
    assert (cost_of(record), revenue_of(record), margin_of(record)) == (None, None, None)


def test_the_margin_is_what_is_left_of_the_revenue():
    lines = (
        a_bought_line(usd("20.00"), 2),
        a_bought_line(usd("10.00"), 1, LineOutcome.SHORT),
        a_bought_line(usd("7"), 3, LineOutcome.SKIPPED),
    )
    record = bought(a_supplier_order("71", usd("30.00")), lines=lines)
    margin = margin_of(record)
    assert revenue_of(record) == usd("50.00")
    assert margin is not None and (margin.amount, margin.share) == (usd("20.00"), Decimal("0.4000"))


def test_a_short_line_of_no_pieces_needs_no_price():
    lines = (a_bought_line(usd("20.00")), a_bought_line(None, 0, LineOutcome.SHORT))
    assert revenue_of(bought(lines=lines)) == usd("20.00")


def test_what_was_given_away_has_a_margin_without_a_share():
    margin = margin_of(bought(a_supplier_order("71", usd("3")), lines=(a_bought_line(usd("0")),)))
    assert margin is not None and (margin.amount, margin.share) == (usd("-3"), None)


@pytest.mark.parametrize("price", [None, Money(Decimal(20), "CAD")], ids=["no price", "another currency"])
def test_a_margin_is_not_told_when_a_price_is_not_known_or_in_another_currency(price):
    one = bought(a_supplier_order("71", usd("3")), lines=(a_bought_line(price),))
    mixed = bought(a_supplier_order("71", usd("3")), lines=(a_bought_line(usd("5")), a_bought_line(price)))
    assert margin_of(one) is None
    assert revenue_of(mixed) is None and margin_of(mixed) is None


def test_a_part_that_is_no_number_does_not_hide_the_others():
    cost = cost_of(bought(a_supplier_order("71", usd("3"), costs={"tax": "a lot", "cod": "NaN", "shipping": "1"})))
    assert cost is not None and cost.parts == {"shipping": Decimal(1)}
