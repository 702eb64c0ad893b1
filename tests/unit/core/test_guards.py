"""Orders that a person wants to see first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from order_sync.core.model.money import Money
from order_sync.core.model.order import FinancialStatus, Order
from order_sync.core.model.sync_record import LineOutcome
from order_sync.core.policies.guards import RISK_AGAIN, guard
from tests.builders import NOW, a_line, a_location, an_address, an_order, some_settings
from tests.fakes.bench import Bench


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def strikes(order: Order, **settings: Any) -> tuple[str, str] | None:
    hold = guard(order, some_settings(**settings), order.shipping_address, NOW)
    return (hold.code, hold.reason) if hold else None


def code(order: Order, **settings: Any) -> str | None:
    found = strikes(order, **settings)
    return found[0] if found else None


def test_an_order_above_the_limit_is_held_and_one_at_the_limit_is_not():
    assert code(an_order(total=usd("250.01")), hold_above=Decimal(250)) == "guard_value"
    assert code(an_order(total=usd("250.00")), hold_above=Decimal(250)) is None
    assert code(an_order(total=usd("0.01")), hold_above=Decimal(0)) == "guard_value"


def test_a_total_that_the_shop_does_not_tell_is_held_and_says_so():
    found = strikes(an_order(total=None), hold_above=Decimal(250))
    assert found is not None and found[0] == "guard_value" and "does not tell its total" in found[1]


@pytest.mark.parametrize("country", ["CA", "ca", " Ca "])
def test_an_order_that_ships_to_a_named_country_is_held(country):
    order = an_order(shipping_address=an_address(country_code=country))
    assert code(order, hold_countries=("MX", "CA")) == "guard_country"
    assert code(order, hold_countries=("MX",)) is None


def test_an_address_without_a_country_is_held_when_countries_are_named():
    order = an_order(shipping_address=an_address(country_code=""))
    found = strikes(order, hold_countries=("CA",))
    assert found is not None and found[0] == "guard_country" and "no country" in found[1]


def test_with_dropshipping_disabled_the_country_of_the_store_counts():
    order = an_order(shipping_address=an_address(country_code="CA"))
    bench = Bench(order, hold_countries=("CA",), disable_dropshipping=True, store_address=a_location())
    assert bench.handle().state == "placed"
    abroad = a_location(address=an_address(country_code="CA", name="The Shop"))
    held = Bench(an_order(), hold_countries=("CA",), disable_dropshipping=True, store_address=abroad).handle()
    assert held.records[0].reason_code == "guard_country"


@pytest.mark.parametrize("tag", ["VIP", "vip", " Vip "])
def test_an_order_with_a_named_tag_is_held_whatever_its_case(tag):
    assert code(an_order(tags=("rush", tag)), hold_tags=("check", "vip")) == "guard_tag"
    assert code(an_order(tags=("vip-2",)), hold_tags=("vip",)) is None


def test_an_order_older_than_the_days_when_it_is_decided_is_held():
    young = an_order(created_at=NOW - timedelta(days=3))
    old = an_order(created_at=NOW - timedelta(days=3, seconds=1))
    assert code(young, hold_older_than_days=3) is None
    assert code(old, hold_older_than_days=3) == "guard_age"


def test_an_order_that_waited_too_long_for_its_payment_is_held_when_it_is_paid():
    bench = Bench(an_order(financial_status=FinancialStatus.PENDING), hold_older_than_days=2)
    assert bench.handle().state == "waiting"
    bench.clock.advance_s(3 * 86400)
    bench.shop.put(an_order(financial_status=FinancialStatus.PAID, updated_at=bench.clock.now()))
    assert bench.handle().records[0].reason_code == "guard_age"


@pytest.mark.parametrize(
    ("risk", "setting", "held"),
    [
        ("cancel", "none", False),
        ("", "none", False),
        ("accept", "investigate", False),
        ("none", "investigate", False),
        ("investigate", "cancel", False),
        ("cancel", "cancel", True),
        ("investigate", "investigate", True),
        ("cancel", "investigate", True),
        ("", "cancel", True),
        ("pending", "cancel", True),
        ("a_later_word", "cancel", True),
    ],
)
def test_an_order_of_which_the_shop_warns_is_held(risk, setting, held):
    assert code(an_order(risk=risk), hold_risk=setting) == ("guard_risk" if held else None)


def test_while_the_shop_assesses_the_risk_the_order_is_looked_at_again_by_itself():
    bench = Bench(an_order(risk="pending"), hold_risk="cancel")
    record = bench.handle().records[0]
    assert (record.state, record.due_at) == ("held", NOW + RISK_AGAIN)
    bench.shop.put(an_order(risk="accept"))
    bench.clock.advance_s(RISK_AGAIN.total_seconds())
    assert bench.handle().state == "placed"


def test_every_guard_that_strikes_is_named_and_the_first_gives_the_code():
    order = an_order(
        total=usd("300"),
        tags=("vip",),
        risk="cancel",
        created_at=NOW - timedelta(days=9),
        shipping_address=an_address(country_code="CA"),
    )
    settings = {
        "hold_above": Decimal(250),
        "hold_countries": ("CA",),
        "hold_tags": ("vip",),
        "hold_older_than_days": 3,
        "hold_risk": "cancel",
    }
    found = strikes(order, **settings)
    assert found is not None and found[0] == "guard_value"
    for name in settings:
        assert name in found[1]


def test_without_guards_nothing_is_asked_of_an_order():
    assert strikes(an_order(total=None, risk="cancel", tags=("vip",))) is None


def test_the_lines_of_a_held_order_wait_with_a_reason_and_nothing_is_sent():
    bench = Bench(an_order(a_line("L1"), a_line("L2", None, 1, requires_shipping=False), tags=("vip",)))
    bench.set(hold_tags=("VIP",))
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == ("held", "guard_tag")
    assert [line.outcome for line in record.lines] == [LineOutcome.WAITING, LineOutcome.EXCLUDED]
    assert all(line.reason for line in record.lines)
    assert [line.wanted for line in record.lines] == [2, 0]
    assert bench.supplier.bodies == []


def test_a_release_lifts_the_guards_and_buys():
    bench = Bench(an_order(tags=("vip",), total=usd("900")), hold_tags=("vip",), hold_above=Decimal(1))
    bench.handle()
    bench.operator.release(bench.ctx, bench.record())
    assert bench.record().state == "placed"


def test_a_changed_order_is_decided_afresh():
    order = an_order(tags=("vip",))
    bench = Bench(order, hold_tags=("vip",))
    assert bench.handle().state == "held"
    bench.shop.put(replace(order, tags=()))
    assert bench.handle().state == "placed"


def test_whoever_releases_an_unknown_sku_was_told_of_the_guard_too():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "MUG-1", 1), tags=("vip",)), hold_tags=("vip",))
    record = bench.handle().records[0]
    assert record.reason_code == "guard_tag"
    assert "MUG-1" in record.reason and "vip" in record.reason
    assert "Correct the SKU" in record.next_action and "skip" in record.next_action


def test_a_skip_closes_a_held_order():
    bench = Bench(an_order(tags=("vip",)), hold_tags=("vip",))
    bench.handle()
    bench.operator.skip(bench.record(), "fraud")
    bench.handle()
    assert (bench.record().state, bench.supplier.bodies) == ("ignored", [])


def test_what_the_shop_takes_for_a_piece_is_kept_with_the_line():
    bench = Bench(an_order(a_line(unit_price=usd("19.90"))))
    bench.handle()
    (line,) = bench.record().lines
    assert (line.unit_price, line.wanted) == (usd("19.90"), 2)
