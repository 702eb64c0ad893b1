"""What plugins make of SKUs and plans: less is bought, or nothing yet, never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.core.model.plan_adjustment import PlanAdjustment
from order_sync.core.model.sync_record import LineOutcome, State
from order_sync.core.use_cases.replay_decision import ReplayDecision
from order_sync.plugins import hookimpl
from tests.builders import a_line, an_order
from tests.fakes.bench import Bench
from tests.fakes.outside import hooks_of
from tests.fakes.supplier import FlakySupplier

TWO_LINES = (a_line("L1", "B00760004", 2), a_line("L2", "B00760003", 3))


class Wants:
    """Answers the same whatever it is asked; remembers the plans."""

    def __init__(self, answer=None, **names):
        self.answer, self.names, self.plans = answer, names, []

    @hookimpl
    def adjust_plan(self, plan):
        self.plans.append(plan)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @hookimpl
    def resolve_supplier_sku(self, sku):
        return self.names.get(sku.replace("-", "_"))


def bench_with(plugin, *lines, **settings):
    bench = Bench(an_order(*(lines or TWO_LINES)), **settings)
    bench.extensions = hooks_of(plugin)
    return bench


def outcomes(bench):
    return {line.line_id: (line.outcome, line.quantity) for line in bench.record().lines}


def bought(bench):
    return {line.sku: line.quantity for po, _ in bench.supplier.placed for line in po.lines}


# ---------------------------------------------------------------------- SKUs


def test_a_sku_is_bought_by_the_name_that_a_plugin_gives_it():
    bench = bench_with(Wants(SHIRT_1="B00760004"), a_line("L1", "SHIRT-1", 2))
    assert bench.handle().state == "placed"
    assert bought(bench) == {"B00760004": 2}
    (line,) = bench.record().lines
    assert (line.sku, line.supplier_sku) == ("SHIRT-1", "B00760004")


def test_the_connections_own_map_counts_before_any_plugin():
    plugin = Wants(SHIRT_1="B00760003")
    bench = bench_with(plugin, a_line("L1", "SHIRT-1", 2))
    bench.connection = bench.connection.__class__(**{**vars(bench.connection), "sku_map": {"shirt-1": "B00760004"}})
    bench.handle()
    assert bought(bench) == {"B00760004": 2}


def test_a_name_that_the_supplier_does_not_have_is_not_bought_and_says_so():
    bench = bench_with(Wants(SHIRT_1="NONE-SUCH"), a_line("L1", "SHIRT-1", 2))
    assert bench.handle().records[0].reason_code == "unknown_sku"
    assert "SHIRT-1 is mapped to NONE-SUCH" in bench.record().reason and not bench.supplier.placed


def test_a_purchase_found_by_reconcile_is_known_by_the_plugins_names():
    bench = bench_with(Wants(SHIRT_1="B00760004"), a_line("L1", "SHIRT-1", 2))
    bench.handle()
    bench.ledger = type(bench.ledger)()
    bench.look = type(bench.look)(bench.ledger, bench.clock, bench.notifier)
    bench.reconcile(repair=True)
    assert [(r.state, [line.supplier_sku for line in r.lines]) for r in bench.ledger.find()] == [
        (State.PLACED, ["B00760004"])
    ]
    assert len(bench.supplier.placed) == 1


# ---------------------------------------------------------------------- removing


def test_a_line_that_a_plugin_removes_is_explained_and_the_rest_is_bought():
    bench = bench_with(Wants(PlanAdjustment(remove={"L2": "made in our own shop"})))
    assert bench.handle().state == "placed"
    assert bought(bench) == {"B00760004": 2}
    assert outcomes(bench)["L2"] == (LineOutcome.SKIPPED, 3)
    assert "left out by plugin Wants: made in our own shop" in bench.record().lines[1].reason


def test_a_line_at_fault_may_be_removed_so_that_it_no_longer_holds_the_order():
    bench = bench_with(Wants(PlanAdjustment(remove={"L3": "wrapping paper"})), *TWO_LINES, a_line("L3", "WRAP", 1))
    assert bench.handle().state == "placed"
    assert bought(bench) == {"B00760004": 2, "B00760003": 3}


def test_when_every_line_is_removed_nothing_is_bought_and_the_record_says_why():
    bench = bench_with(Wants(PlanAdjustment(remove={"L1": "ours", "L2": ""})))
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == (State.IGNORED, "nothing_to_buy") and not bench.supplier.placed
    assert "left out by plugin Wants: ours" in record.reason and "it gives no reason" in record.reason


def test_a_removed_line_is_not_bought_by_a_later_look_either():
    plugin = Wants(PlanAdjustment(remove={"L2": "ours"}))
    bench = bench_with(plugin)
    bench.handle()
    plugin.answer = None
    bench.sync()
    assert bought(bench) == {"B00760004": 2}


def test_stock_that_a_removed_line_frees_is_no_more_than_was_wanted():
    lines = (a_line("L1", "B00760004", 4), a_line("L2", "B00760004", 4))
    bench = Bench(an_order(*lines), supplier=FlakySupplier({"B00760004": 5}), short_stock="partial")
    bench.extensions = hooks_of(Wants(PlanAdjustment(remove={"L1": "ours"})))
    bench.handle()
    assert bought(bench) == {"B00760004": 4}


@given(
    removed=st.sets(st.sampled_from(["L1", "L2", "L3", "L4", "L9"])),
    hold=st.sampled_from(["", "look at it"]),
    stock=st.integers(0, 9),
    rule=st.sampled_from(["supplier", "hold", "partial"]),
    unknown=st.sampled_from(["hold", "skip"]),
)
def test_whatever_a_plugin_answers_no_more_of_any_item_is_bought_and_every_line_is_explained(
    removed, hold, stock, rule, unknown
):
    lines = (*TWO_LINES, a_line("L3", "B00760004", 4), a_line("L4", "MUG", 1))

    def run(answer):
        supplier = FlakySupplier({"B00760004": stock, "B00760003": 100})
        bench = Bench(an_order(*lines), supplier=supplier, short_stock=rule, unknown_sku=unknown)
        bench.extensions = hooks_of(Wants(answer))
        bench.handle()
        return bench

    adjusted = run(PlanAdjustment(dict.fromkeys(removed, "ours"), hold))
    most = {"B00760004": 6, "B00760003": 3}
    assert all(count <= most[sku] for sku, count in bought(adjusted).items())
    assert not (hold and "L9" not in removed and adjusted.supplier.placed)
    for line in adjusted.record().lines:
        assert line.reason or line.outcome in (LineOutcome.BOUGHT, LineOutcome.TO_BUY)
        if "L9" not in removed and line.line_id in removed:
            assert line.outcome is LineOutcome.SKIPPED


# ---------------------------------------------------------------------- holding


def test_a_plugin_holds_an_order_with_its_reason_and_a_person_may_release_it():
    plugin = Wants(PlanAdjustment(hold="the customer owes us money"))
    bench = bench_with(plugin)
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == (State.HELD, "plugin_hold")
    assert record.reason == "Held: plugin Wants: the customer owes us money." and "release" in record.next_action
    bench.operator.release(bench.ctx, record)
    assert bench.record().state is State.PLACED


def test_a_plugins_own_next_action_is_told():
    bench = bench_with(Wants(PlanAdjustment(hold="no credit", next_action="Call the desk.")))
    assert bench.handle().records[0].next_action == "Call the desk."


def test_a_release_does_not_bring_a_removed_line_back():
    bench = bench_with(Wants(PlanAdjustment(remove={"L2": "ours"}, hold="look at it")))
    bench.operator.release(bench.ctx, bench.handle().records[0])
    assert bought(bench) == {"B00760004": 2}


def test_a_hold_of_a_plugin_stands_beside_the_others_and_all_are_named():
    bench = bench_with(Wants(PlanAdjustment(hold="look at it")), a_line("L1", "MUG"), hold_above=1)
    reason = bench.handle().records[0].reason
    assert "look at it" in reason and "MUG is not an item" in reason


def test_the_words_of_a_plugin_stay_where_a_customers_name_may_stand():
    from order_sync.core.policies.redaction import next_action_of, reason_of

    bench = bench_with(Wants(PlanAdjustment(hold="Dana Quill owes money", next_action="Call Dana Quill")))
    record = bench.handle().records[0]
    assert "Dana" in record.reason and "Dana" not in reason_of(record) + next_action_of(record)


# ---------------------------------------------------------------------- when plugins fail


@pytest.mark.parametrize("answer", [ZeroDivisionError("x"), "nonsense", PlanAdjustment(remove={"L7": "?"})])
def test_a_plugin_that_fails_stops_no_order_and_the_journal_names_it(answer):
    bench = bench_with(Wants(answer))
    assert bench.handle().state == "placed" and len(bought(bench)) == 2
    decided = [row for row in bench.journal.rows(connection="main") if row.kind == "decided"]
    assert decided[-1].payload["facts"]["plugins_failed"] == ["Wants"]


# ---------------------------------------------------------------------- previews, replays, what they see


def test_a_preview_asks_the_plugins_and_sends_nothing():
    plugin = Wants(PlanAdjustment(remove={"L2": "ours"}))
    bench = bench_with(plugin)
    look = bench.sync(dry_run=True)
    assert [line.outcome for line in look.records[0].lines] == ["to_buy", "skipped"]
    assert plugin.plans and not bench.supplier.placed


@pytest.mark.parametrize(
    "answer", [PlanAdjustment(remove={"L2": "ours"}), PlanAdjustment(hold="x"), PlanAdjustment({"L1": "a", "L2": "b"})]
)
def test_a_decision_that_a_plugin_took_part_in_is_replayed_as_it_was(answer):
    bench = bench_with(Wants(answer))
    bench.handle()
    replay = ReplayDecision(bench.journal)(bench.connection, bench.record())
    assert not replay.problem and not replay.differs, replay.changes


def test_the_rule_of_a_removed_line_is_told():
    bench = bench_with(Wants(PlanAdjustment(remove={"L2": "ours"})))
    bench.handle()
    replay = ReplayDecision(bench.journal)(bench.connection, bench.record())
    assert [line.rule for line in replay.then.lines] == ["buy", "removed_by_plugin"]


def test_a_plugin_sees_what_is_to_be_bought_and_the_order():
    plugin = Wants()
    bench = bench_with(plugin, *TWO_LINES, a_line("L3", "WRAP", 1), a_line("L4", "GIFT", 1, is_gift_card=True))
    bench.handle()
    (plan,) = plugin.plans
    assert [(line.line_id, line.supplier_sku, line.quantity) for line in plan.lines] == [
        ("L1", "B00760004", 2),
        ("L2", "B00760003", 3),
        ("L3", "", 1),
    ]
    assert (plan.connection, plan.supplier, plan.mode, plan.share) == ("main", "memory", "live", "")
    assert plan.order.shipping_address.name == "Dana Quill"
