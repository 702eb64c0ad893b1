"""What needs a person, why, and by when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.core.model.order import FinancialStatus
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.model.sync_record import State
from order_sync.core.model.task import TaskKind
from order_sync.core.policies.causes import causes_of
from order_sync.core.policies.tasks import task_of, tasks_of
from tests.builders import NOW, a_line, a_record, an_order, some_settings
from tests.fakes.bench import Bench
from tests.fakes.supplier import lost

SETTINGS = some_settings()


def task(now=NOW, **record):
    return task_of(a_record(updated_at=NOW, created_at=NOW, **record), SETTINGS, now)


def placed(**more):
    order = SupplierOrder("71", "DEMO-1", SupplierOrderStatus.IN_PROGRESS)
    return {"state": State.PLACED, "supplier_orders": (order,), "po_number": "DEMO-1", "intent_at": NOW, **more}


def test_an_unknown_sku_is_a_held_task_with_the_line_at_fault_and_a_deadline():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "MUG", 1)))
    bench.handle()
    found = task_of(bench.record(), SETTINGS, bench.clock.now())
    assert found is not None and (found.kind, found.reason_code) == (TaskKind.HELD, "unknown_sku")
    assert [line.sku for line in found.lines] == ["MUG"]
    assert "retry" in found.next_action and found.deadline == NOW + timedelta(days=1)


def test_a_refused_purchase_is_more_urgent_than_one_that_waits_for_a_decision():
    refused = task(state=State.HELD, reason_code="rejected", reason="no", reason_since=NOW)
    waits = task(state=State.HELD, reason_code="unknown_sku", reason="no", reason_since=NOW)
    assert (refused.kind, waits.kind) == (TaskKind.REJECTED, TaskKind.HELD)
    assert refused.deadline < waits.deadline


def test_what_is_in_doubt_is_a_task_though_it_is_looked_up_by_itself():
    bench = Bench(an_order())
    bench.supplier.before_submit = [lost()]
    bench.handle()
    found = task_of(bench.record(), SETTINGS, bench.clock.now())
    assert found is not None and found.kind is TaskKind.IN_DOUBT and found.next_action


def test_a_deadline_that_the_record_has_counts_before_any_table():
    due = NOW + timedelta(minutes=7)
    found = task(**placed(reason_code="refunded_after_purchase", reason="x", next_action="call", act_by=due))
    assert found.kind is TaskKind.ATTENTION and found.deadline == due and not found.is_late(NOW)
    assert found.is_late(due + timedelta(seconds=1))


def test_a_bought_order_that_does_not_ship_is_overdue_after_the_days_of_the_setting():
    due = NOW + timedelta(days=30)
    days = SETTINGS.overdue_days
    assert task(NOW + timedelta(days=days), **placed(due_at=due)) is None
    late = task(NOW + timedelta(days=days, seconds=1), **placed(due_at=due))
    assert (late.kind, late.reason_code) == (TaskKind.OVERDUE, "not_shipped") and "71" in late.next_action
    patient = some_settings(overdue_days=days + 1)
    record = a_record(updated_at=NOW, created_at=NOW, **placed(due_at=due))
    assert task_of(record, patient, NOW + timedelta(days=days, seconds=1)) is None


def test_a_test_order_is_never_overdue_for_not_shipping():
    record = placed(mode=Mode.TEST, due_at=NOW + timedelta(days=60))
    assert task(NOW + timedelta(days=30), **record) is None


@pytest.mark.parametrize("state", [State.RECEIVED, State.PLANNED, State.PLACED, State.WAITING])
def test_what_was_due_long_ago_says_that_nobody_works(state):
    late = task(NOW + timedelta(hours=2), state=state, due_at=NOW, reason_since=NOW + timedelta(hours=2))
    assert late.reason_code == "nobody_works" and "serve" in late.next_action
    assert task(NOW + timedelta(minutes=59), state=state, due_at=NOW) is None


def test_a_shop_that_could_not_be_told_for_an_hour_is_overdue():
    told = placed(reason_code="shop_not_told", reason="down", next_action="later", attempts=4, reason_since=NOW)
    soon = NOW + timedelta(hours=3)
    assert task(NOW + timedelta(minutes=30), **told, due_at=soon) is None
    assert task(NOW + timedelta(hours=2), **told, due_at=soon).reason_code == "shop_not_told"


@pytest.mark.parametrize("status", [FinancialStatus.PENDING, FinancialStatus.AUTHORIZED])
def test_waiting_for_payment_asks_nothing_of_anybody(status):
    bench = Bench(an_order(financial_status=status))
    bench.handle()
    assert task_of(bench.record(), SETTINGS, NOW + timedelta(days=90)) is None


def test_what_is_bought_and_on_its_way_asks_nothing():
    bench = Bench(an_order())
    bench.handle()
    assert task_of(bench.record(), SETTINGS, bench.clock.now()) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(State),
            st.sampled_from(["", "unknown_sku", "rejected", "short", "no_answer", "shop_not_told"]),
            st.integers(0, 200),
            st.booleans(),
        ),
        max_size=8,
    ),
    st.integers(0, 400),
)
def test_every_held_rejected_or_doubted_record_is_listed_with_all_that_a_person_needs(drawn, hours):
    records = [
        a_record(
            order_id=str(n),
            state=state,
            reason_code=code,
            reason=code and "because",
            next_action="act" if asked else "",
            reason_since=NOW + timedelta(hours=ago),
            created_at=NOW,
            updated_at=NOW,
        )
        for n, (state, code, ago, asked) in enumerate(drawn)
    ]
    found = tasks_of(records, SETTINGS, NOW + timedelta(hours=hours))
    listed = {each.record.key.order_id for each in found}
    musts = {State.HELD, State.REJECTED, State.IN_DOUBT, State.SUBMITTING}
    for record in records:
        asks = record.needs_person and record.reason_code != "shop_not_told"
        assert record.key.order_id in listed or not (record.state in musts or asks)
    assert all(each.reason and each.reason_code and each.next_action and each.deadline >= each.since for each in found)
    assert [each.deadline for each in found] == sorted(each.deadline for each in found)


def test_people_are_told_once_of_everything_that_is_overdue_for_the_same_cause():
    due = NOW + timedelta(days=60)
    late = NOW + timedelta(days=10)
    records = [
        a_record(order_id=str(n), order_name=f"#{n}", created_at=NOW, updated_at=NOW, **placed(due_at=due))
        for n in (1, 2, 3)
    ]
    (cause,) = causes_of((), {}, {}, late, tasks_of(records, SETTINGS, late))
    assert (cause.what, cause.code, cause.names) == ("overdue", "not_shipped", ("#1", "#2", "#3"))


def test_a_held_order_without_a_next_action_of_its_own_is_not_said_to_go_on_by_itself():
    task = task_of(a_record(state=State.HELD, reason_code="odd", created_at=NOW), some_settings(), NOW)
    assert task is not None and "retry" in task.next_action
