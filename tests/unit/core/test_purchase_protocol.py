"""Never twice, never lost: what happens when the other side does not answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from order_sync.core.errors import (
    AuthenticationError,
    ConcurrentUpdateError,
    MalformedResponseError,
    RateLimitedError,
    RejectedRequestError,
    ServiceUnavailableError,
)
from order_sync.core.model.supplier_order import (
    Capabilities,
    Submission,
)
from order_sync.core.model.sync_record import LineOutcome, State
from order_sync.core.use_cases.look_at_shop import ShopLook
from order_sync.core.use_cases.settle_doubt import MAX_SENDS
from tests.builders import NOW, a_line, an_address, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, cancelled, lost, split, without

ORDER = "gid://shopify/Order/1"


def drain(bench: Bench) -> None:
    from order_sync.adapters.memory import InlineTaskRunner
    from order_sync.core.use_cases.look_at_shop import LookAtShop

    LookAtShop(bench.look, bench.ledger, bench.clock, InlineTaskRunner()).drain(bench.ctx, ShopLook())


def test_an_order_handled_many_times_is_bought_once():
    bench = Bench(an_order())
    for _ in range(5):
        bench.handle()
    assert bench.supplier.bought == ["DEMO-1001"]


def test_the_intent_is_stored_before_the_purchase_is_sent():
    bench = Bench(an_order())
    seen = []
    bench.supplier.before_submit = [lambda: seen.append(bench.record())]
    bench.handle()
    assert seen[0].state is State.SUBMITTING
    assert (seen[0].po_number, seen[0].intent_body, seen[0].sends) == ("DEMO-1001", bench.supplier.bodies[0], 1)


def test_a_purchase_whose_reply_is_lost_is_adopted_by_look_up_and_not_sent_again():
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    assert bench.handle().state == "in_doubt"
    drain(bench)
    record = bench.record()
    assert (record.state, record.supplier_orders[0].found_by) == (State.PLACED, "look-up")
    assert bench.supplier.bought == ["DEMO-1001"]
    assert len(bench.supplier.bodies) == 1


def test_a_purchase_that_never_arrived_is_sent_again_with_the_same_number_after_two_looks():
    bench = Bench(an_order())
    bench.supplier.before_submit = [lost()]
    bench.handle()
    drain(bench)
    assert bench.record().state is State.PLACED
    assert bench.supplier.bought == ["DEMO-1001"]
    assert (len(bench.supplier.bodies), bench.record().sends) == (2, 2)
    assert bench.supplier.finds >= 2


def test_an_order_that_shows_late_is_not_sent_again_before_the_settling_time():
    bench = Bench(an_order(), supplier=FlakySupplier(settle_s=8.0))
    bench.supplier.after_submit = [lost()]
    bench.supplier.hidden = 2
    bench.handle()
    drain(bench)
    assert bench.record().state is State.PLACED
    assert len(bench.supplier.bodies) == 1
    assert bench.clock.now() - NOW >= timedelta(seconds=8)


@pytest.mark.parametrize(
    "fault",
    [
        ServiceUnavailableError("down"),
        MalformedResponseError("an HTML page", status=404),
        RateLimitedError("slow down", retry_after_s=2),
    ],
)
def test_a_look_up_that_could_not_be_asked_is_not_absence(fault):
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    bench.supplier.before_find = [fault] * 4
    bench.handle()
    drain(bench)
    assert bench.record().state is State.PLACED
    assert len(bench.supplier.bodies) == 1


def test_a_supplier_that_can_never_be_asked_leaves_the_order_in_doubt():
    bench = Bench(an_order())
    bench.supplier.before_submit = [lost()]
    bench.supplier.before_find = [ServiceUnavailableError("down")] * 1000
    bench.handle()
    drain(bench)
    assert bench.record().state is State.IN_DOUBT
    assert len(bench.supplier.bodies) == 1


def test_a_plugin_that_breaks_while_sending_leaves_the_order_in_doubt():
    bench = Bench(an_order())
    bench.supplier.after_submit = [KeyError("bookkeeping")]
    assert bench.handle().state == "in_doubt"
    drain(bench)
    assert bench.record().state is State.PLACED
    assert bench.supplier.bought == ["DEMO-1001"]


def test_a_process_that_dies_while_sending_is_taken_over_by_look_up():
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    bench = Bench(an_order())
    bench.supplier.after_submit = [die]
    with pytest.raises(Killed):
        bench.handle()
    assert bench.record().state is State.SUBMITTING
    assert bench.handle().state == "placed"
    assert len(bench.supplier.bodies) == 1


def test_a_supplier_without_look_up_is_never_sent_to_again_by_itself():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities(find_by_po=False)))
    bench.supplier.before_submit = [lost()]
    bench.handle()
    drain(bench)
    record = bench.record()
    assert (record.state, record.reason_code) == (State.IN_DOUBT, "cannot_look_up")
    assert len(bench.supplier.bodies) == 1
    bench.operator.release(bench.ctx, record)
    assert bench.record().state is State.PLACED


def test_a_refused_purchase_is_held_with_the_suppliers_words_and_the_line_at_fault():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "B00760003")))
    bench.supplier.before_submit = [
        RejectedRequestError("Bad Request.", reasons=(("lines[1].qty", "not enough stock of B00760003"),))
    ]
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == (State.HELD, "rejected")
    assert "not enough stock" in record.reason
    assert record.next_action
    assert [line.outcome for line in record.lines] == [LineOutcome.WAITING, LineOutcome.HELD]


def test_a_refused_purchase_is_not_sent_again_by_a_mere_look_but_by_a_retry_or_a_changed_order():
    bench = Bench(an_order())
    bench.supplier.before_submit = [RejectedRequestError("no"), RejectedRequestError("still no")]
    bench.handle()
    bench.handle()
    assert len(bench.supplier.bodies) == 1
    bench.operator.retry(bench.ctx, bench.record())
    assert len(bench.supplier.bodies) == 2
    bench.shop.put(an_order(updated_at=NOW + timedelta(hours=1)))
    assert bench.handle().state == "placed"
    assert bench.record().po_number == "DEMO-1001"


@pytest.mark.parametrize("fault", [ServiceUnavailableError("no connection"), RateLimitedError("429", retry_after_s=3)])
def test_a_purchase_that_was_not_received_is_tried_again_later(fault):
    bench = Bench(an_order())
    bench.supplier.before_submit = [fault]
    record = bench.handle().records[0]
    assert (record.state, record.intent_body) == (State.PLANNED, None)
    assert record.due_at > bench.clock.now()
    drain(bench)
    assert bench.record().state is State.PLACED
    assert bench.supplier.finds == 0


def test_a_purchase_that_can_never_be_sent_ends_held_and_not_in_a_loop():
    bench = Bench(an_order())
    bench.supplier.before_submit = [ServiceUnavailableError("down")] * 1000
    bench.handle()
    for _ in range(40):
        bench.clock.advance_s(1000)
        drain(bench)
    assert (bench.record().state, bench.record().reason_code) == (State.HELD, "gave_up")
    assert len(bench.supplier.bodies) < 20


def test_refused_credentials_are_raised_and_the_purchase_is_still_owed():
    bench = Bench(an_order())
    bench.supplier.before_submit = [AuthenticationError("wrong key")]
    with pytest.raises(AuthenticationError):
        bench.handle()
    assert (bench.record().state, bench.record().reason_code) == (State.PLANNED, "authentication")
    drain(bench)
    assert bench.record().state is State.PLACED


def test_items_that_could_not_be_asked_about_are_not_called_unknown():
    bench = Bench(an_order())
    bench.supplier.before_look_up = [RateLimitedError("429", retry_after_s=1)]
    record = bench.handle().records[0]
    assert record.reason_code == "rate_limited"
    assert [line.outcome for line in record.lines] == [LineOutcome.WAITING]
    drain(bench)
    assert bench.record().state is State.PLACED


def test_an_order_cancelled_at_the_supplier_is_not_absence_and_is_held_for_a_person():
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    bench.handle()
    po, order = bench.supplier.placed[0]
    bench.supplier.placed[0] = (po, cancelled(order))
    drain(bench)
    assert (bench.record().state, bench.record().reason_code) == (State.HELD, "cancelled_at_supplier")
    bench.handle()
    assert len(bench.supplier.bodies) == 1
    assert bench.operator.retry(bench.ctx, bench.record()).state == "placed"


def test_a_cancelled_test_order_counts_as_placed_because_tests_are_alwayscancelled():
    bench = Bench(an_order(), test_order=True)
    bench.supplier.after_submit = [lost()]
    bench.handle()
    po, order = bench.supplier.placed[0]
    bench.supplier.placed[0] = (po, cancelled(order))
    drain(bench)
    assert bench.record().state is State.PLACED
    assert [(line.outcome, line.quantity) for line in bench.record().lines] == [(LineOutcome.BOUGHT, 2)]
    assert not bench.record().needs_person


def test_a_purchase_split_over_warehouses_keeps_every_supplier_order():
    bench = Bench(an_order(a_line(quantity=12)))
    bench.supplier.answers = [split(7, 5)]
    record = bench.handle().records[0]
    assert [order.order_number for order in record.supplier_orders] == ["71", "72"]
    assert [(line.outcome, line.quantity) for line in record.lines] == [(LineOutcome.BOUGHT, 12)]


def test_a_part_of_a_split_that_shows_first_is_not_taken_for_the_whole():
    bench = Bench(an_order(a_line(quantity=12)), supplier=FlakySupplier(settle_s=5.0))
    bench.supplier.after_submit = [lost()]
    bench.handle()
    po, order = bench.supplier.placed[0]
    first, second = split(7, 5)(Submission((order,))).orders
    bench.supplier.placed = [(po, first)]
    bench.clock.advance_s(1)
    assert bench.handle().state == "in_doubt"
    bench.supplier.placed.append((po, second))
    bench.clock.advance_s(1)
    assert bench.handle().state == "placed"
    assert len(bench.record().supplier_orders) == 2


def test_lines_the_supplier_left_out_are_short_with_its_words_and_need_a_person():
    bench = Bench(an_order(a_line("L1"), a_line("L2", "B00760003", 3)), reject_line_errors=False)
    bench.supplier.answers = [without("B00760003", "discontinued")]
    record = bench.handle().records[0]
    assert record.state is State.PLACED and record.needs_person
    assert [(line.outcome, line.quantity) for line in record.lines] == [
        (LineOutcome.BOUGHT, 2),
        (LineOutcome.SHORT, 0),
    ]
    assert "discontinued" in record.lines[1].reason


def test_more_at_the_supplier_than_was_ordered_is_an_alarm():
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    bench.handle()
    bench.supplier.placed *= 2
    drain(bench)
    assert bench.record().reason_code == "duplicate_at_supplier"
    assert bench.record().needs_person


def test_a_second_connection_with_the_same_po_number_is_held_and_not_sent():
    bench = Bench(an_order())
    bench.handle()
    bench.shop.put(an_order(order_id="gid://shopify/Order/2"))
    record = bench.handle("gid://shopify/Order/2").records[0]
    assert (record.state, record.reason_code) == (State.HELD, "po_number_taken")
    assert bench.supplier.bought == ["DEMO-1001"]


def test_an_order_that_another_worker_has_is_left_alone():
    bench = Bench(an_order())
    bench.ledger.claim("main", ORDER, now=bench.clock.now(), lease_s=60)
    result = bench.handle()
    assert "another process" in result.reason.lower()
    assert bench.supplier.bought == []


def test_a_worker_that_lost_its_claim_before_sending_does_not_send(mocker):
    bench = Bench(an_order())
    mocker.patch.object(bench.ledger, "still_mine", return_value=False)
    bench.handle()
    assert bench.supplier.bodies == []


def test_a_worker_that_was_frozen_for_half_its_lease_does_not_send():
    bench = Bench(an_order())
    bench.supplier.before_look_up = [lambda: bench.clock.advance_s(bench.ctx.lease_s)]
    bench.handle()
    assert bench.supplier.bodies == []
    assert bench.handle().state == "placed"


def test_a_worker_whose_claim_was_taken_over_writes_nothing():
    bench = Bench(an_order())
    claim = bench.ledger.claim("main", ORDER, now=bench.clock.now(), lease_s=1)
    bench.clock.advance_s(2)
    bench.handle()
    with pytest.raises(ConcurrentUpdateError):
        bench.ledger.save(claim, bench.record())
    assert bench.supplier.bought == ["DEMO-1001"]


def test_an_order_that_changed_while_in_doubt_is_decided_afresh_before_it_is_sent_again():
    bench = Bench(an_order())
    bench.supplier.before_submit = [lost()]
    bench.handle()
    bench.shop.put(an_order(cancelled_at=NOW))
    drain(bench)
    assert bench.record().reason_code == "cancelled_in_shop"
    assert bench.supplier.bought == []


def test_a_defect_met_by_one_order_holds_it_and_does_not_stop_the_others(mocker):
    bench = Bench(an_order(), an_order(order_id="gid://shopify/Order/2", name="#1002", number="1002"))
    right = bench.supplier.address_problems(an_address(), None)
    mocker.patch.object(bench.supplier, "address_problems", side_effect=[RuntimeError("secret text"), right, right])
    look = bench.sync()
    states = {record.order_name: (record.state, record.reason_code) for record in look.records}
    assert states == {"#1001": ("held", "defect"), "#1002": ("placed", "")}
    assert all("secret text" not in record.reason for record in look.records)


def test_a_supplier_that_never_answers_and_never_has_the_order_ends_held_and_not_in_a_loop():
    bench = Bench(an_order())
    bench.supplier.before_submit = [lost() for _ in range(1000)]
    bench.handle()
    for _ in range(100):
        drain(bench)
        bench.clock.advance_s(1000)
    assert (bench.record().state, bench.record().reason_code) == (State.HELD, "gave_up")
    assert bench.record().sends == len(bench.supplier.bodies) == MAX_SENDS


def test_a_supplier_that_always_limits_does_not_keep_a_look_busy_for_ever():
    bench = Bench(an_order())
    bench.supplier.before_submit = [RateLimitedError("429", retry_after_s=1) for _ in range(1000)]
    bench.handle()
    drain(bench)
    assert bench.record().state is State.PLANNED
    assert len(bench.supplier.bodies) < 30


def test_a_limit_of_a_minute_is_waited_for():
    bench = Bench(an_order())
    bench.supplier.before_submit = [RateLimitedError("429", retry_after_s=50)]
    bench.handle()
    drain(bench)
    assert bench.record().state is State.PLACED


def test_an_event_does_not_cut_a_back_off_short_but_an_operator_does():
    bench = Bench(an_order())
    bench.supplier.before_submit = [ServiceUnavailableError("down")]
    bench.handle()
    assert bench.handle().state == "planned"
    assert len(bench.supplier.bodies) == 1
    assert bench.handle(explicit=True).state == "placed"
