"""What the journal keeps of a decision: the rule and the facts of each line, once, and enough to decide again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from order_sync.core.errors import ServiceUnavailableError
from order_sync.core.model.money import Money
from order_sync.core.model.order import FinancialStatus, FulfillmentStatus, WorkStatus
from order_sync.core.model.sync_record import LineOutcome, State
from order_sync.core.policies.decision_record import (
    changes,
    decide_share,
    grounds_of,
    mark_of,
    result_of,
)
from order_sync.core.policies.decision_rules import NOT_ASKED, RULES
from order_sync.core.policies.quantities import NOTHING
from tests.builders import ENABLED, NOW, a_fulfillment, a_line, a_record, a_work, an_address, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier


def decided(bench, share="order"):
    """The payloads of a share's decisions, oldest first."""
    return [row.payload for row in bench.ledger.journal.all() if (row.kind, row.share) == ("decided", share)]


def rules(bench, share="order"):
    return [(line.rule, dict(line.facts)) for line in result_of(decided(bench, share)[-1]).lines]


def again(payload, **settings):
    grounds = grounds_of(payload)
    return decide_share(replace(grounds, settings=replace(grounds.settings, **settings)))


def test_a_line_that_is_bought_says_so_with_its_pieces():
    bench = Bench(an_order(a_line(quantity=3, current_quantity=2, refunded_quantity=1, unfulfilled_quantity=2)))
    bench.handle()
    assert rules(bench) == [("buy", {"ordered": 3, "current": 2, "unfulfilled": 2})]
    (payload,) = decided(bench)
    assert payload["facts"]["supplied"]["items"] == {"B00760004": {"sku": "B00760004", "in_stock": 100}}


def test_too_little_in_stock_is_a_fact_of_the_line():
    bench = Bench(an_order(), supplier=FlakySupplier({"B00760004": 1}))
    bench.handle()
    assert rules(bench)[0][1]["in_stock"] == 1


def test_every_line_that_is_left_out_has_its_own_rule():
    bench = Bench(
        an_order(
            a_line("L1"),
            a_line("L2", "GIFT", 1, is_gift_card=True),
            a_line("L3", quantity=2, current_quantity=0),
            a_line("L4", requires_shipping=False),
            a_line("L5", quantity=2, unfulfilled_quantity=0),
        )
    )
    bench.handle()
    assert [rule for rule, _ in rules(bench)] == ["buy", "gift_card", "refunded", "no_shipping", "already_fulfilled"]


def test_a_share_of_a_fulfillment_tells_what_is_not_part_of_it_and_what_others_bought():
    lines = (a_line("L1", quantity=2), a_line("L2", "B00760003", 1))
    order = an_order(*lines, fulfillments=(a_fulfillment(1, {"L1": 2}),))
    bench = Bench(order, auto_fulfillment=False)
    bench.handle()
    assert [rule for rule, _ in rules(bench, "fulfillment-1")] == ["buy", "other_fulfillment"]
    again_first = a_fulfillment(2, {"L1": 2, "L2": 1})
    bench.shop.put(replace(order, fulfillments=(*order.fulfillments, again_first), updated_at=NOW))
    bench.handle()
    second = decided(bench, "fulfillment-2")[-1]
    assert [line.rule for line in result_of(second).lines] == ["already_bought", "buy"]
    assert result_of(second).lines[0].facts["bought_elsewhere"] == 2
    assert changes(result_of(second), again(second)) == ()
    # without the other share it would ask for more, and nobody knows what the supplier would have said
    assert decide_share(replace(grounds_of(second), accounts=NOTHING)).code == NOT_ASKED


@pytest.mark.parametrize(
    ("order", "settings", "code", "facts"),
    [
        ({"financial_status": FinancialStatus.PENDING}, {}, "payment", {"payment": "pending"}),
        ({"financial_status": FinancialStatus.VOIDED}, {}, "payment_voided", {"payment": "voided"}),
        ({"cancelled_at": NOW}, {}, "cancelled_in_shop", {"cancelled_at": NOW.isoformat()}),
        ({"is_test": True}, {}, "shop_test_order", {"test": True, "test_order": False}),
        ({}, {"enabled": False}, "order_sync_off", {"enabled": False}),
        (
            {"created_at": ENABLED - timedelta(days=1)},
            {},
            "before_enabled",
            {"created_at": (ENABLED - timedelta(days=1)).isoformat(), "enabled_since": ENABLED.isoformat()},
        ),
        (
            {"work": (a_work(a_line(), status=WorkStatus.SCHEDULED, fulfill_at=NOW + timedelta(days=1)),)},
            {},
            "scheduled",
            {"work": ["scheduled"], "fulfill_at": (NOW + timedelta(days=1)).isoformat()},
        ),
        ({"work": (a_work(a_line(), status=WorkStatus.ON_HOLD),)}, {}, "shop_hold", {"work": ["on_hold"]}),
        (
            {"fulfillments": (a_fulfillment(status=FulfillmentStatus.PENDING),)},
            {"auto_fulfillment": False},
            "fulfillment",
            {"auto_fulfillment": False, "fulfillments": ["pending"]},
        ),
        ({"shipping_address": None}, {}, "missing_address", {"ship_to": "none"}),
        ({"shipping_address": an_address(city="")}, {}, "missing_city", {"country": "US"}),
    ],
)
def test_an_order_that_waits_is_ignored_or_held_as_a_whole_has_its_reason_as_the_rule(order, settings, code, facts):
    bench = Bench(an_order(**order), **settings)
    bench.handle()
    assert rules(bench) == [(code, facts)]
    (payload,) = decided(bench)
    assert changes(result_of(payload), again(payload)) == ()


def test_the_line_at_fault_and_the_line_that_waits_for_it_are_told_apart():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "MUG", 1), a_line("L3", None)))
    bench.handle()
    assert [rule for rule, _ in rules(bench)] == ["waits_for_line", "unknown_sku", "missing_sku"]
    assert rules(bench)[1][1] == {"sku": "MUG", "unknown_sku": "hold", "released": False}


def test_a_release_is_a_fact_of_the_next_decision():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "MUG", 1)))
    bench.handle()
    bench.operator.release(bench.ctx, bench.record())
    held, released = decided(bench)
    assert rules(bench)[1] == ("unknown_sku", {"sku": "MUG", "unknown_sku": "hold", "released": True})
    assert again(released).state is State.PLANNED and again(held).state is State.HELD
    without = decide_share(replace(grounds_of(released), released=False))
    assert [change.line_id for change in changes(result_of(released), without)] == ["L1", "L2"]


def test_a_hold_that_nothing_here_explains_is_taken_as_given():
    bench = Bench(an_order(), po_prefix="ONE")
    other = a_record(order_id="2", order_name="#2", po_number="ONE-1001", state=State.PLACED)
    bench.ledger.save(bench.ledger.claim("main", "2", now=NOW, lease_s=60), other)
    bench.handle()
    (payload,) = decided(bench)
    assert payload["facts"]["found_hold"] == "po_number_taken" == result_of(payload).code
    assert changes(result_of(payload), again(payload)) == ()


def test_another_setting_decides_otherwise_and_the_line_says_how():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "MUG", 1)))
    bench.handle()
    (payload,) = decided(bench)
    now = again(payload, unknown_sku="skip")
    assert now.state is State.PLANNED
    first, second = changes(result_of(payload), now)
    assert (first.then.outcome, first.now.outcome) == (LineOutcome.WAITING, LineOutcome.TO_BUY)
    assert (second.then.outcome, second.now.outcome) == (LineOutcome.HELD, LineOutcome.SKIPPED)


def test_what_the_supplier_was_never_asked_is_not_guessed():
    bench = Bench(an_order(), enabled=False)
    bench.handle()
    (payload,) = decided(bench)
    now = again(payload, enabled=True)
    assert (now.code, now.lines[0].rule) == (NOT_ASKED, NOT_ASKED)


def test_a_decision_is_written_once_however_often_the_order_is_looked_at():
    bench = Bench(an_order(financial_status=FinancialStatus.PENDING))
    for _ in range(3):
        bench.handle()
        bench.clock.advance_s(60)
    assert len(decided(bench)) == 1
    bench.shop.put(an_order(updated_at=NOW + timedelta(minutes=1)))
    bench.handle()
    assert [result_of(payload).state for payload in decided(bench)] == ["waiting", "planned"]


def test_a_held_order_whose_stock_moves_is_not_decided_anew():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "MUG", 1)))
    bench.handle()
    bench.supplier.catalogue["B00760004"] = 50
    bench.handle()
    assert len(decided(bench)) == 1
    bench.supplier.catalogue["B00760004"] = 1
    bench.handle()
    assert len(decided(bench)) == 1  # no line asks for it while the other is at fault
    bench.set(unknown_sku="skip")
    bench.handle()
    assert rules(bench)[0][1]["in_stock"] == 1


def test_a_supplier_that_cannot_be_asked_is_no_decision():
    bench = Bench(an_order())
    bench.supplier.before_look_up = [ServiceUnavailableError("It is down.")]
    bench.handle()
    assert decided(bench) == []
    bench.clock.advance_s(3600)
    bench.handle(explicit=True)
    assert len(decided(bench)) == 1


def test_the_decision_comes_before_the_move_and_the_call_that_follow_from_it():
    bench = Bench(an_order())
    bench.handle()
    assert [row.kind for row in bench.ledger.journal.all()] == ["decided", "moved", "moved", "called", "moved"]


def test_amounts_tags_and_risk_are_kept_exactly():
    price = Money(Decimal("19.990"), "USD")
    bench = Bench(an_order(a_line(unit_price=price), total=price, tags=("a", "b"), risk="investigate"))
    bench.handle()
    order = grounds_of(decided(bench)[0]).order
    assert (order.total, order.tags, order.risk, order.lines[0].unit_price) == (price, ("a", "b"), "investigate", price)


def test_the_mark_of_a_decision_is_the_same_only_for_what_matters():
    bench = Bench(an_order())
    bench.handle()
    (payload,) = decided(bench)
    facts = payload["facts"]
    later = {**payload, "facts": {**facts, "now": (NOW + timedelta(hours=1)).isoformat()}}
    assert mark_of(later) == mark_of(payload)
    riskier = {**payload, "facts": {**facts, "order": {**facts["order"], "risk": "cancel"}}}
    assert mark_of(riskier) != mark_of(payload)


def test_a_payload_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version 9"):
        grounds_of({"version": 9})


def test_every_rule_is_in_the_page_about_the_journal():
    page = (Path(__file__).resolve().parents[3] / "docs" / "journal.md").read_text(encoding="utf-8")
    assert [rule for rule in RULES if f"`{rule}`" not in page] == []


def test_what_another_share_buys_meanwhile_is_no_new_decision_where_it_changes_nothing():
    lines = (a_line("L1", "GIFT", 1, is_gift_card=True), a_line("L2", quantity=1))
    marked = (a_fulfillment(1, {"L1": 1}), a_fulfillment(2, {"L2": 1}))
    bench = Bench(an_order(*lines, fulfillments=marked), auto_fulfillment=False)
    bench.handle()
    bench.handle()
    assert [rule for rule, _ in rules(bench, "fulfillment-1")] == ["gift_card", "other_fulfillment"]
    assert len(decided(bench, "fulfillment-1")) == len(decided(bench, "fulfillment-2")) == 1
