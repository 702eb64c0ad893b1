"""Caps on what purchases cost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from order_sync.adapters.memory import InMemoryLedger
from order_sync.adapters.storage_sql import SqlLedger
from order_sync.core.errors import RejectedRequestError, ServiceUnavailableError
from order_sync.core.model.money import Money
from order_sync.core.model.order import Order
from order_sync.core.model.supplier_order import Capabilities, Submission
from order_sync.core.model.sync_record import State
from order_sync.core.policies.cost import Cost, cost_of
from order_sync.core.use_cases.spend_within_limits import CLAIM
from tests.builders import NOW, a_line, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import cancelled, lost

WHITE, BLACK = "B00760004", "B00760003"
MIDNIGHT = NOW.replace(hour=0) + timedelta(days=1)


def money(amount: str, currency: str = "USD") -> Money:
    return Money(Decimal(amount), currency)


def orders(count: int, quantity: int = 2) -> list[Order]:
    return [
        an_order(a_line(quantity=quantity), order_id=gid(n), name=f"#{1000 + n}", number=str(1000 + n))
        for n in range(1, count + 1)
    ]


def gid(number: int) -> str:
    return f"gid://shopify/Order/{number}"


def a_bench(*given: Order, price: str | None = "10", **settings: Any) -> Bench:
    """Two pieces an order by default, so an order costs twice the price."""
    caps = {name: Decimal(settings.pop(name)) for name in ("order_limit", "daily_limit") if name in settings}
    bench = Bench(*(given or orders(1)), **caps, **settings)
    if price is not None:
        bench.supplier.prices = {WHITE: money(price), BLACK: money(price)}
    return bench


def charges(amount: str):
    """An answer that tells what the supplier charges."""

    def answer(submission: Submission) -> Submission:
        return Submission(tuple(replace(order, total=money(amount)) for order in submission.orders))

    return answer


def codes(bench: Bench, count: int) -> list[str]:
    return [bench.handle(gid(number)).records[0].reason_code for number in range(1, count + 1)]


# ---------------------------------------------------------------------- one purchase order


def test_a_purchase_above_the_order_limit_is_held_and_one_at_the_limit_is_bought():
    over = a_bench(order_limit="19.99")
    record = over.handle().records[0]
    assert (record.state, record.reason_code) == ("held", "over_order_limit")
    assert "20 USD" in record.reason and "19.99" in record.reason and "release" in record.next_action
    assert over.supplier.bodies == []
    assert a_bench(order_limit="20").handle().state == "placed"


def test_a_release_buys_above_the_order_limit():
    bench = a_bench(order_limit="1")
    bench.handle()
    bench.operator.release(bench.ctx, bench.record())
    assert bench.record().state == "placed"


def test_the_order_limit_counts_for_test_orders_too():
    assert a_bench(order_limit="1", test_order=True).handle().records[0].reason_code == "over_order_limit"


def test_without_caps_nobody_asks_for_prices_and_nothing_is_claimed():
    bench = a_bench()
    bench.handle()
    assert (bench.record().state, bench.record().estimate, bench.supplier.priced) == ("placed", None, 0)
    assert ("main", CLAIM) not in bench.ledger._claims


def test_the_shops_price_stands_in_where_the_supplier_tells_none():
    line = a_line(unit_price=money("30"))
    bench = a_bench(an_order(line), price=None, order_limit="59")
    record = bench.handle().records[0]
    assert (record.reason_code, record.estimate) == ("over_order_limit", money("60"))


def test_a_supplier_without_prices_is_not_asked_for_them():
    bench = a_bench(an_order(a_line(unit_price=money("30"))), order_limit="59")
    bench.supplier._capabilities = Capabilities()
    assert bench.handle().records[0].reason_code == "over_order_limit"
    assert bench.supplier.priced == 0


def test_without_any_price_the_order_is_held_because_its_cost_is_not_known():
    bench = a_bench(price=None, order_limit="100")
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == ("held", "cost_unknown")
    assert WHITE in record.reason
    bench.operator.release(bench.ctx, bench.record())
    assert bench.record().state == "placed"


def test_prices_in_several_currencies_are_not_added():
    order = an_order(a_line("L1"), a_line("L2", BLACK, 1))
    bench = a_bench(order, order_limit="100")
    bench.supplier.prices[BLACK] = money("1", "CAD")
    assert bench.handle().records[0].reason_code == "cost_unknown"


def test_a_supplier_that_cannot_be_asked_now_is_asked_again():
    bench = a_bench(order_limit="100")
    bench.supplier.before_prices.append(ServiceUnavailableError("Down.", service="supplier"))
    record = bench.handle().records[0]
    assert record.due_at is not None and bench.supplier.bodies == []
    bench.clock.advance_s(60)
    assert bench.handle().state == "placed"


def test_a_supplier_that_refuses_to_tell_prices_leaves_the_shops():
    bench = a_bench(an_order(a_line(unit_price=money("30"))), order_limit="59")
    bench.supplier.before_prices.append(RejectedRequestError("No.", service="supplier"))
    assert bench.handle().records[0].reason_code == "over_order_limit"


def test_whoever_releases_an_unknown_sku_was_told_of_the_order_limit_too():
    bench = a_bench(an_order(a_line("L1"), a_line("L2", "MUG-1", 1)), order_limit="1")
    record = bench.handle().records[0]
    assert record.reason_code == "unknown_sku" and "order_limit" in record.reason


# ---------------------------------------------------------------------- the day


def test_what_would_bring_the_day_above_its_limit_is_held_until_tomorrow():
    bench = a_bench(*orders(3), daily_limit="45")
    assert codes(bench, 3) == ["", "", "over_daily_limit"]
    held = bench.record(gid(3))
    assert (held.state, held.due_at, held.needs_person) == ("held", MIDNIGHT, True)
    assert "45" in held.reason and "40" in held.reason
    assert len(bench.supplier.placed) == 2


def test_the_next_day_it_is_bought_by_itself():
    bench = a_bench(*orders(3), daily_limit="45")
    codes(bench, 3)
    bench.clock.advance_s((MIDNIGHT - NOW).total_seconds())
    bench.sync()
    assert bench.record(gid(3)).state == "placed"


def test_an_order_that_alone_costs_more_than_a_day_may_waits_for_a_person_only():
    bench = a_bench(daily_limit="19")
    record = bench.handle().records[0]
    assert (record.reason_code, record.due_at) == ("over_daily_limit", None)
    assert "by itself" not in record.next_action


def test_a_released_order_passes_and_counts():
    bench = a_bench(*orders(3), daily_limit="25")
    codes(bench, 2)
    bench.operator.release(bench.ctx, bench.record(gid(2)))
    assert bench.record(gid(2)).state == "placed"
    assert "40 are spent" in bench.handle(gid(3)).records[0].reason


def test_the_true_cost_counts_once_the_supplier_told_it():
    bench = a_bench(*orders(2), daily_limit="45")
    bench.supplier.answers.append(charges("31.50"))
    assert codes(bench, 2) == ["", "over_daily_limit"]
    assert "31.50 are spent" in bench.record(gid(2)).reason


def test_a_cost_that_a_later_look_up_shows_counts_from_then_on():
    bench = a_bench(*orders(2), daily_limit="45")
    bench.handle(gid(1))
    bench.supplier._change(bench.supplier.placed[0][1].order_number, total=money("26"), costs={"shipping": "6"})
    assert cost_of(bench.record(gid(1))) == Cost(money("20"))
    bench.clock.advance_s(3600)
    bench.handle(gid(1))
    assert cost_of(bench.record(gid(1))) == Cost(money("26"), {"shipping": Decimal(6)})
    assert bench.handle(gid(2)).records[0].reason_code == "over_daily_limit"


def test_a_purchase_in_doubt_counts_with_its_estimate():
    bench = a_bench(*orders(2), daily_limit="35")
    bench.supplier.after_submit.append(lost())
    bench.handle(gid(1))
    assert bench.record(gid(1)).state == "in_doubt"
    assert bench.handle(gid(2)).records[0].reason_code == "over_daily_limit"


def test_a_refused_purchase_does_not_count():
    bench = a_bench(*orders(2), daily_limit="35")
    bench.supplier.before_submit.append(RejectedRequestError("No.", reasons=(("", "no"),)))
    assert codes(bench, 2) == ["rejected", ""]


def test_a_purchase_that_the_supplier_cancelled_does_not_count():
    bench = a_bench(*orders(2), daily_limit="35")
    bench.supplier.answers.append(lambda s: Submission(tuple(cancelled(order) for order in s.orders)))
    bench.handle(gid(1))
    assert bench.handle(gid(2)).state == "placed"


def test_test_orders_are_neither_limited_by_the_day_nor_counted():
    bench = a_bench(*orders(3), daily_limit="45", test_order=True)
    assert codes(bench, 3) == ["", "", ""]
    bench.set(test_order=False)
    for number in (1, 2):
        assert bench.handle(gid(number), explicit=True).state == "placed"
    assert len(bench.ledger.intended_since("main", bench.connection.order_sync.mode, NOW)) == 2


def test_yesterdays_purchases_do_not_count():
    bench = a_bench(*orders(2), daily_limit="25")
    bench.handle(gid(1))
    bench.clock.advance_s((MIDNIGHT - NOW).total_seconds())
    assert bench.handle(gid(2)).state == "placed"


def test_a_purchase_of_today_whose_cost_nobody_knows_holds_the_next():
    bench = a_bench(*orders(2), price=None)
    bench.handle(gid(1))
    bench.set(daily_limit=Decimal(100))
    bench.supplier.prices = {WHITE: money("1")}
    record = bench.handle(gid(2)).records[0]
    assert record.reason_code == "cost_unknown" and "DEMO-1001" in record.reason


def test_todays_purchases_in_another_currency_are_not_added():
    bench = a_bench(*orders(2), daily_limit="100")
    bench.supplier.answers.append(lambda s: Submission((replace(s.orders[0], total=money("5", "CAD")),)))
    assert codes(bench, 2) == ["", "cost_unknown"]


def test_a_dry_run_foresees_the_days_limit():
    bench = a_bench(*orders(3), daily_limit="45")
    look = bench.sync(dry_run=True)
    assert sorted(str(record.state) for record in look.records) == ["held", "planned", "planned"]
    assert bench.supplier.bodies == []


def test_while_somebody_else_reckons_the_purchase_comes_a_little_later():
    bench = a_bench(daily_limit="45")
    other = bench.ledger.claim("main", CLAIM, now=bench.clock.now(), lease_s=60)
    record = bench.handle().records[0]
    assert (record.state, bench.supplier.bodies) == ("planned", [])
    bench.ledger.give_back(other)
    bench.clock.advance_s(1)
    assert bench.handle().state == "placed"


@pytest.mark.parametrize("kind", ["memory", "sql"])
def test_workers_at_once_do_not_slip_under_the_limit_together(kind, tmp_path):
    def a_ledger(clock):
        return InMemoryLedger() if kind == "memory" else SqlLedger(f"sqlite:///{tmp_path}/l.db", clock)

    bench = a_bench(*orders(12), daily_limit="105")
    bench.ledger = a_ledger(bench.clock)
    bench.look._ledger = bench.ledger
    start = threading.Barrier(12)

    def work(number: int) -> None:
        start.wait()
        bench.handle(gid(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(1, 13):  # whoever waited in vain for its turn
        bench.handle(gid(number))
    states = [bench.record(gid(number)).state for number in range(1, 13)]
    assert (states.count(State.PLACED), states.count(State.HELD)) == (5, 7)
    assert len(bench.supplier.placed) == 5
    bench.ledger.close()
