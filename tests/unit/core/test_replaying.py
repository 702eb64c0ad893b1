"""A share decided again from the journal, under the settings of now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_sync.core.model.journal import JournalEntry
from order_sync.core.model.order import FinancialStatus
from order_sync.core.use_cases.replay_decision import ReplayDecision
from tests.builders import NOW, a_line, a_location, a_record, an_address, an_order
from tests.fakes.bench import Bench


def replayed(bench):
    return ReplayDecision(bench.journal)(bench.connection, bench.record())


def looked_at(*lines, **more):
    bench = Bench(an_order(*(lines or (a_line("L1"), a_line("L2", "MUG", 1)))), **more)
    bench.handle()
    return bench


def test_under_the_same_settings_nothing_differs():
    replay = replayed(looked_at())
    assert not replay.differs and replay.changes == () and replay.problem == ""


def test_a_changed_setting_differs_and_nothing_is_stored_or_bought():
    bench = looked_at()
    bench.set(unknown_sku="skip")
    before = bench.ledger.find(), bench.journal.rows()
    replay = replayed(bench)
    assert replay.differs and (replay.then.state, replay.now.state) == ("held", "planned")
    assert (bench.ledger.find(), bench.journal.rows()) == before
    assert bench.supplier.bodies == []


def test_the_last_of_several_decisions_counts():
    bench = Bench(an_order(financial_status=FinancialStatus.PENDING))
    bench.handle()
    bench.shop.put(an_order())
    bench.handle()
    assert replayed(bench).then.state == "planned"


def test_a_live_share_is_decided_again_as_live_while_test_orders_are_on():
    bench = looked_at()
    bench.set(test_order=True)
    assert not replayed(bench).differs


def test_a_sku_that_the_map_names_now_was_never_asked_about():
    bench = looked_at()
    bench.connection = replace(bench.connection, sku_map={"MUG": "B00760003"})
    assert replayed(bench).now.code == "supplier_not_asked"


def test_problems_of_the_customers_address_do_not_hold_what_goes_to_the_store():
    bench = Bench(an_order(shipping_address=an_address(city="")))
    bench.handle()
    assert replayed(bench).then.code == "missing_city"
    bench.set(store_address=a_location(), disable_dropshipping=True)
    assert replayed(bench).now.state == "planned"


def test_what_was_erased_or_never_written_cannot_be_decided_again_and_says_so():
    bench = looked_at()
    bench.ledger.journal.erase("main", None)
    assert replayed(bench).problem == "What it was decided on was erased."
    without = Bench(ledger=None)
    without.ledger.save(without.ledger.claim("main", "9", now=NOW, lease_s=60), a_record(order_id="9"))
    replay = ReplayDecision(without.journal)(without.connection, without.record("9"))
    assert "no decision" in replay.problem and not replay.differs


def test_a_decision_of_another_version_is_named():
    bench = looked_at()
    bench.journal.append(bench.record().key, JournalEntry("decided", {"version": 99, "facts": {}, "result": {}}))
    assert "Another version" in replayed(bench).problem


@pytest.mark.parametrize("action", ["retry", "release", "skip", "settle"])
def test_what_an_operator_does_is_written_down_with_the_reason(action):
    from order_sync.core.model.sync_record import State

    bench = looked_at()
    record = bench.record()
    if action == "retry":
        bench.operator.retry(bench.ctx, record)
    elif action == "release":
        bench.operator.release(bench.ctx, record)
    elif action == "skip":
        bench.operator.skip(record, "the customer called")
    else:
        doubted = replace(record, state=State.IN_DOUBT, po_number="DEMO-1", reason_code="cannot_look_up")
        claim = bench.ledger.claim("main", record.key.order_id, now=NOW, lease_s=60)
        bench.ledger.save(claim, doubted)
        bench.ledger.give_back(claim)
        bench.operator.settle(bench.ctx, doubted, ("71",), "seen there")
    (row,) = [row for row in bench.journal.rows() if row.kind == "operator"]
    expected = {
        "retry": {"action": "retry"},
        "release": {"action": "release"},
        "skip": {"action": "skip", "reason": "the customer called"},
        "settle": {"action": "settle", "reason": "seen there", "supplier_orders": ["71"]},
    }
    assert row.payload == expected[action]
    (check,) = bench.journal.verify()
    assert check.broken_at is None


def test_what_is_refused_to_an_operator_is_not_written_down():
    from order_sync.core.errors import NotAllowedError

    bench = looked_at(a_line())
    with pytest.raises(NotAllowedError):
        bench.operator.retry(bench.ctx, bench.record())
    with pytest.raises(NotAllowedError):
        bench.operator.skip(bench.record(), "why not")
    assert [row.kind for row in bench.journal.rows()].count("operator") == 0
