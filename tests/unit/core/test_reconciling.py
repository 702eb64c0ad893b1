"""Shop, ledger and supplier compared: each kind of discrepancy is found, mended, and not found again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from order_sync.adapters.memory import InMemoryLedger
from order_sync.core.errors import NotAllowedError, OutcomeUnknownError, RateLimitedError, ServiceUnavailableError
from order_sync.core.model.discrepancy import DiscrepancyKind, DiscrepancyStatus
from order_sync.core.model.purchase_order import Mode, SupplierSku
from order_sync.core.model.supplier_order import (
    Capabilities,
    SupplierItem,
    SupplierOrder,
    SupplierOrderLine,
    SupplierOrderStatus,
)
from order_sync.core.model.sync_record import LineOutcome, State
from tests.builders import NOW, a_fulfillment, a_line, a_purchase_order, an_address, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, cancelled, lost

LATER_S = 60.0
"""Long enough for a purchase to be settled."""


def a_supplier_order(number: str, po_number: str = "DEMO-1001", pieces: dict[str, int] | None = None, **more: Any):
    lines = tuple(SupplierOrderLine(sku, count) for sku, count in (pieces or {"B00760004": 2}).items())
    return SupplierOrder(number, po_number, SupplierOrderStatus.IN_PROGRESS, lines=lines, **more)


def put(bench: Bench, *orders: SupplierOrder) -> None:
    """Orders at the supplier that the ledger did not send."""
    for order in orders:
        bench.supplier.placed.append((a_purchase_order(po_number=order.po_number), order))


def bought(*orders: Any, **settings: Any) -> Bench:
    """A bench whose order was bought, and settled since."""
    bench = Bench(*(orders or (an_order(),)), **settings)
    bench.handle()
    bench.clock.advance_s(LATER_S)
    return bench


def change(bench: Bench, **changes: Any) -> None:
    """The first order at the supplier changes there."""
    po, order = bench.supplier.placed[0]
    bench.supplier.placed[0] = (po, replace(order, **changes))


def kinds(run: Any) -> list[tuple[str, str]]:
    return [(str(each.kind), str(each.status)) for each in run.discrepancies]


def repaired_for_good(bench: Bench) -> None:
    assert bench.reconcile().discrepancies == []
    assert bench.reconcile(repair=True).discrepancies == []


def active_pieces(bench: Bench) -> int:
    standing = [o for _, o in bench.supplier.placed if o.status is not SupplierOrderStatus.CANCELLED]
    return sum(line.quantity for order in standing for line in order.lines)


# ---------------------------------------------------------------------- what is no discrepancy


def test_what_all_sides_agree_on_is_no_discrepancy():
    bench = bought()
    run = bench.reconcile(repair=True)
    assert (run.discrepancies, run.compared, run.not_compared, run.problems) == ([], 1, (), [])


def test_orders_that_wait_or_are_older_than_the_start_are_not_missing():
    old = an_order(order_id="2", name="#1002", number="1002", created_at=NOW - timedelta(days=9))
    bench = Bench(an_order(cancelled_at=NOW), old)
    assert bench.reconcile().discrepancies == []


def test_a_purchase_in_doubt_is_noted_and_left_to_be_settled():
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    bench.handle()
    before = bench.record()
    run = bench.reconcile(repair=True)
    assert (run.discrepancies, run.in_doubt) == ([], (before,))
    assert bench.record() == before


def test_a_purchase_that_may_not_show_yet_is_not_missing():
    bench = Bench(an_order())
    bench.handle()
    bench.supplier.placed.clear()
    assert bench.reconcile(repair=True).discrepancies == []


def test_a_purchase_that_the_supplier_no_longer_shows_for_its_age_is_not_missing():
    bench = bought()
    bench.supplier.placed.clear()
    bench.clock.advance_s(86 * 86_400)
    assert bench.reconcile().discrepancies == []


def test_other_peoples_orders_and_cancelled_ones_are_nobodys_discrepancy():
    bench = bought()
    put(bench, a_supplier_order("9", "RESTOCK"), a_supplier_order("10", ""), a_supplier_order("11", "DEMO2-1001"))
    put(bench, cancelled(a_supplier_order("12", "DEMO-1001-2")))
    assert bench.reconcile().discrepancies == []


def test_a_purchase_of_another_connection_on_the_same_account_is_not_unrecorded():
    bench = bought()
    ledger = InMemoryLedger()
    (record,) = bench.ledger.find()
    claim = ledger.claim("other", "x", now=NOW, lease_s=60)
    ledger.save(claim, replace(record, key=replace(record.key, connection="other", order_id="x")))
    bench.ledger = ledger
    bench.shop.orders.clear()
    assert bench.reconcile().discrepancies == []


# ---------------------------------------------------------------------- missing in the ledger


def test_an_order_that_the_ledger_never_heard_of_is_bought_by_the_repair():
    bench = Bench(an_order())
    assert kinds(bench.reconcile()) == [("missing_in_ledger", "found")]
    assert bench.supplier.bought == [] and bench.ledger.find() == ()
    assert kinds(bench.reconcile(repair=True)) == [("missing_in_ledger", "repaired")]
    assert bench.supplier.bought == ["DEMO-1001"]
    repaired_for_good(bench)


def test_a_missing_order_is_only_held_when_the_supplier_cannot_be_asked_whether_it_was_bought():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities(find_by_po=False)))
    run = bench.reconcile(repair=True)
    assert kinds(run) == [("missing_in_ledger", "needs_person")] and len(run.not_compared) == 2
    repaired_for_good(bench)
    bench.handle()
    assert (bench.record().state, bench.record().reason_code) == (State.HELD, "missing_in_ledger")
    assert bench.supplier.bought == []
    assert bench.operator.retry(bench.ctx, bench.record()).state == "placed"


# ---------------------------------------------------------------------- unrecorded purchases


def test_a_purchase_that_the_ledger_forgot_is_adopted_and_never_bought_again():
    bench = bought()
    bench.ledger = InMemoryLedger()
    bench.look._ledger = bench.ledger
    assert kinds(bench.reconcile()) == [("unrecorded_purchase", "found")]
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "repaired")]
    record = bench.record()
    assert (record.state, record.po_number, record.supplier_orders[0].found_by) == ("placed", "DEMO-1001", "look-up")
    assert [(line.outcome, line.quantity) for line in record.lines] == [(LineOutcome.BOUGHT, 2)]
    assert record.supplier_orders[0].ship_to is None
    repaired_for_good(bench)
    bench.handle()
    assert bench.supplier.bought == ["DEMO-1001"]


@pytest.mark.parametrize("state", ["waiting", "planned", "held", "ignored"])
def test_a_record_from_before_the_purchase_becomes_placed(state):
    bench = bought()
    record = bench.record()
    earlier = replace(record, state=State(state), supplier_orders=(), intent_at=None, intent_body=None, reason="early")
    bench.ledger._records[record.key] = replace(earlier, po_number=record.po_number if state == "planned" else None)
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "repaired")]
    assert (bench.record().state, bench.record().po_number) == ("placed", "DEMO-1001")
    repaired_for_good(bench)
    assert len(bench.supplier.bodies) == 1


def test_a_forgotten_test_purchase_becomes_a_test_record():
    bench = Bench(an_order())
    put(bench, a_supplier_order("71", "DEMO-1001-T"))
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "repaired")]
    assert bench.record().key.mode is Mode.TEST
    repaired_for_good(bench)


def test_a_forgotten_purchase_in_manual_mode_belongs_to_the_fulfillment_with_its_pieces():
    order = an_order(
        a_line("L1"), a_line("L2", "B00760003", 3), fulfillments=(a_fulfillment(1), a_fulfillment(2, {"L2": 3}))
    )
    bench = Bench(order, auto_fulfillment=False)
    put(bench, a_supplier_order("71", "DEMO-1001", {"B00760003": 3}))
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "repaired")]
    assert bench.record(share="fulfillment-2").po_number == "DEMO-1001"
    repaired_for_good(bench)
    bench.handle()
    assert bench.record(share="fulfillment-1").po_number == "DEMO-1001-2"
    assert active_pieces(bench) == 5


def test_a_forgotten_purchase_of_mapped_skus_belongs_to_the_fulfillment_with_its_pieces():
    lines = (a_line("L1", "SHIRT"), a_line("L2", "MUG", 3))
    order = an_order(*lines, fulfillments=(a_fulfillment(1), a_fulfillment(2, {"L2": 3})))
    bench = mapping(Bench(order, auto_fulfillment=False), shirt="B00760004", mug="B00760003")
    put(bench, a_supplier_order("71", "DEMO-1001", {"B00760003": 3}))
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "repaired")]
    record = bench.record(share="fulfillment-2")
    assert [(line.sku, line.supplier_sku, line.quantity) for line in record.lines if line.supplier_sku] == [
        ("MUG", "B00760003", 3)
    ]
    repaired_for_good(bench)
    bench.handle()
    assert active_pieces(bench) == 5


def test_a_second_purchase_of_mapped_skus_is_a_duplicate():
    bench = mapping(Bench(an_order(a_line("L1", "SHIRT"))), shirt="B00760004")
    bench.handle()
    bench.clock.advance_s(LATER_S)
    put(bench, a_supplier_order("72", "DEMO-1001-2"))
    assert kinds(bench.reconcile()) == [("duplicate_purchase", "found")]


def mapping(bench: Bench, **sku_map: str) -> Bench:
    """The bench with a SKU map."""
    bench.connection = replace(bench.connection, sku_map=sku_map)
    return bench


def test_a_forgotten_purchase_of_fewer_pieces_is_short_and_needs_a_person():
    bench = Bench(an_order(a_line(quantity=5)))
    put(bench, a_supplier_order("71"))
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "needs_person")]
    assert (bench.record().reason_code, bench.record().lines[0].outcome) == ("short", LineOutcome.SHORT)
    repaired_for_good(bench)


def test_a_purchase_whose_order_is_unknown_is_kept_for_a_person_under_its_number():
    bench = Bench()
    put(bench, a_supplier_order("71", "DEMO-5005"))
    assert kinds(bench.reconcile()) == [("unrecorded_purchase", "found")]
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "needs_person")]
    (record,) = bench.ledger.find(text="DEMO-5005")
    assert (record.state, record.reason_code) == (State.HELD, "unrecorded_purchase") and record.needs_person
    repaired_for_good(bench)
    bench.shop.put(an_order(name="#5005", number="5005"))
    bench.handle()
    assert bench.record().reason_code == "po_number_taken"


def test_an_order_with_a_name_of_its_own_is_found_by_its_number():
    bench = Bench(an_order(name="#1001-US"))
    put(bench, a_supplier_order("71"))
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "repaired")]
    assert bench.record().order_name == "#1001-US"


def test_a_supplier_that_cannot_list_is_asked_for_each_number_before_anything_is_bought():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities()))
    put(bench, a_supplier_order("71"))
    run = bench.reconcile(repair=True)
    assert kinds(run) == [("unrecorded_purchase", "repaired")]
    assert "cannot list" in run.not_compared[0]
    assert active_pieces(bench) == 2
    repaired_for_good(bench)


# ---------------------------------------------------------------------- missing and cancelled at the supplier


def test_a_purchase_that_the_supplier_does_not_have_needs_a_person_and_is_not_bought_again():
    bench = bought()
    bench.supplier.placed.clear()
    assert kinds(bench.reconcile()) == [("missing_at_supplier", "found")]
    assert kinds(bench.reconcile(repair=True)) == [("missing_at_supplier", "needs_person")]
    assert bench.record().reason_code == "missing_at_supplier" and bench.record().needs_person
    repaired_for_good(bench)
    bench.clock.advance_s(2 * 3600)
    bench.sync(since=NOW - timedelta(days=2))
    assert bench.record().reason_code == "missing_at_supplier"
    assert len(bench.supplier.bodies) == 1
    repaired_for_good(bench)


def test_a_person_who_has_seen_to_it_closes_it_and_it_stays_closed():
    bench = bought()
    bench.supplier.placed.clear()
    bench.reconcile(repair=True)
    bench.operator.skip(bench.record(), "S&S lost it; refunded")
    assert (bench.record().state, bench.record().needs_person) == (State.PLACED, False)
    assert "refunded" in bench.record().reason
    repaired_for_good(bench)
    bench.handle(follow=True)
    assert not bench.record().needs_person and len(bench.supplier.bodies) == 1


def test_a_missing_purchase_that_shows_again_needs_nobody():
    bench = bought()
    kept = list(bench.supplier.placed)
    bench.supplier.placed.clear()
    bench.reconcile(repair=True)
    bench.supplier.placed += kept
    bench.handle(follow=True)
    assert not bench.record().needs_person


def test_a_list_that_lacks_an_order_is_not_believed_when_the_number_is_found(mocker):
    bench = bought()
    mocker.patch.object(bench.supplier, "recent_orders", return_value=())
    assert bench.reconcile(repair=True).discrepancies == []


def test_a_purchase_that_the_supplier_cancelled_is_recorded_as_that():
    bench = bought()
    change(bench, status=SupplierOrderStatus.CANCELLED)
    assert kinds(bench.reconcile()) == [("cancelled_at_supplier", "found")]
    assert kinds(bench.reconcile(repair=True)) == [("cancelled_at_supplier", "needs_person")]
    assert bench.record().reason_code == "cancelled_at_supplier"
    repaired_for_good(bench)


def test_an_order_cancelled_in_the_shop_and_at_the_supplier_ends_cancelled():
    bench = bought(supplier=FlakySupplier(capabilities=Capabilities(list_orders=True)))
    bench.shop.put(an_order(cancelled_at=NOW))
    bench.handle()
    change(bench, status=SupplierOrderStatus.CANCELLED)
    assert kinds(bench.reconcile(repair=True)) == [("cancelled_at_supplier", "repaired")]
    assert bench.record().state is State.CANCELLED
    repaired_for_good(bench)


def test_a_completed_record_that_is_missing_or_cancelled_there_needs_a_person():
    for spoil in (lambda b: b.supplier.placed.clear(), lambda b: change(b, status=SupplierOrderStatus.CANCELLED)):
        bench = bought()
        bench.supplier.ship("70000001", "1Z1")
        bench.handle(follow=True)
        assert bench.record().state is State.COMPLETED
        spoil(bench)
        (found,) = bench.reconcile(repair=True).discrepancies
        assert found.status is DiscrepancyStatus.NEEDS_PERSON and bench.record().needs_person
        repaired_for_good(bench)


# ---------------------------------------------------------------------- duplicates


def test_the_newer_of_two_orders_under_one_number_is_cancelled():
    bench = bought()
    put(bench, a_supplier_order("80000001", ordered_at=bench.clock.now()))
    (found,) = bench.reconcile().discrepancies
    assert (found.kind, found.order_numbers) == (DiscrepancyKind.DUPLICATE_PURCHASE, ("80000001",))
    assert active_pieces(bench) == 4
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "repaired")]
    assert active_pieces(bench) == 2
    assert {o.order_number: o.status for o in bench.record().supplier_orders} == {
        "70000001": "in_progress",
        "80000001": "cancelled",
    }
    assert [a.outcome for a in bench.ledger.attempts(bench.record().key) if a.kind == "cancel"] == [
        "cancelled 80000001"
    ]
    repaired_for_good(bench)


def test_a_duplicate_that_cannot_be_cancelled_any_more_is_told_to_a_person_with_its_number():
    bench = bought()
    put(bench, replace(a_supplier_order("80000001"), status=SupplierOrderStatus.SHIPPED))
    change(bench, status=SupplierOrderStatus.SHIPPED)
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "needs_person")]
    assert bench.record().reason_code == "duplicate_at_supplier"
    assert "80000001" in bench.record().next_action and "Call the supplier" in bench.record().next_action
    repaired_for_good(bench)
    put(bench, a_supplier_order("90000001"))
    assert [each.kind for each in bench.reconcile().discrepancies] == ["duplicate_purchase"]


def test_of_two_orders_the_one_that_is_not_shipped_is_cancelled():
    bench = bought()
    put(bench, replace(a_supplier_order("80000001"), status=SupplierOrderStatus.SHIPPED))
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "repaired")]
    assert bench.supplier.placed[0][1].status is SupplierOrderStatus.CANCELLED
    repaired_for_good(bench)


def test_a_cancellation_whose_reply_is_lost_is_looked_up():
    bench = bought()
    put(bench, a_supplier_order("80000001"))

    def cut() -> None:
        super(FlakySupplier, bench.supplier).cancel_order("80000001")
        raise OutcomeUnknownError("cut", service="supplier")

    bench.supplier.before_cancel = [cut]
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "repaired")]
    repaired_for_good(bench)


def test_one_order_of_twice_the_pieces_is_never_cancelled_as_a_whole():
    bench = bought()
    change(bench, lines=(SupplierOrderLine("B00760004", 4),))
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "needs_person")]
    assert active_pieces(bench) == 4
    repaired_for_good(bench)


def test_parts_of_one_purchase_in_two_warehouses_are_no_duplicate():
    bench = bought(an_order(a_line(quantity=5)))
    change(bench, lines=(SupplierOrderLine("B00760004", 3),))
    put(bench, a_supplier_order("80000001"))
    assert bench.reconcile().discrepancies == []


def test_a_second_number_for_a_share_that_is_bought_is_cancelled():
    bench = bought()
    put(bench, a_supplier_order("80000001", "DEMO-1001-2"))
    assert kinds(bench.reconcile()) == [("duplicate_purchase", "found")]
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "repaired")]
    assert active_pieces(bench) == 2
    repaired_for_good(bench)


def test_a_supplier_that_cannot_cancel_leaves_a_duplicate_to_a_person():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities(list_orders=True)))
    bench.handle()
    bench.clock.advance_s(LATER_S)
    put(bench, a_supplier_order("80000001", "DEMO-1001-2"))
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "needs_person")]
    repaired_for_good(bench)


def test_a_supplier_that_can_only_list_calls_nothing_missing_and_says_what_was_not_compared():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities(find_by_po=False, list_orders=True)))
    bench.handle()
    bench.clock.advance_s(LATER_S)
    bench.supplier.placed.clear()
    run = bench.reconcile(repair=True)
    assert run.discrepancies == [] and "its list lacks" in run.not_compared[0]


def test_a_number_that_two_orders_can_have_is_not_given_to_either():
    bench = Bench(an_order(), an_order(order_id="2"))
    put(bench, a_supplier_order("71"))
    assert ("unrecorded_purchase", "needs_person") in kinds(bench.reconcile(repair=True))
    assert {r.reason_code for r in bench.ledger.find()} == {"unrecorded_purchase", "po_number_taken"}
    assert active_pieces(bench) == 2
    repaired_for_good(bench)


def test_an_item_with_another_name_at_the_supplier_is_looked_up(mocker):
    bench = Bench(an_order(a_line(sku="00821780001001")))
    item = SupplierItem(SupplierSku("B00760004"))
    mocker.patch.object(bench.supplier, "look_up_items", return_value={"00821780001001": item})
    put(bench, a_supplier_order("71"))
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "repaired")]
    assert bench.record().lines[0].supplier_sku == "B00760004"
    repaired_for_good(bench)


def test_an_order_that_is_needed_in_part_is_not_cancelled():
    bench = bought(an_order(a_line(quantity=5)))
    change(bench, lines=(SupplierOrderLine("B00760004", 4),))
    put(bench, a_supplier_order("80000001", pieces={"B00760004": 3}))
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "needs_person")]
    assert active_pieces(bench) == 7
    repaired_for_good(bench)


def test_a_second_number_with_the_rest_of_the_order_is_not_cancelled():
    bench = bought(an_order(a_line(quantity=5)))
    change(bench, lines=(SupplierOrderLine("B00760004", 3),))
    put(bench, a_supplier_order("80000001", "DEMO-1001-2"))
    assert {status for _, status in kinds(bench.reconcile(repair=True))} == {"needs_person"}
    assert active_pieces(bench) == 5
    assert "DEMO-1001-2" in bench.record().reason
    repaired_for_good(bench)


def test_a_cancelled_record_whose_purchase_stands_at_the_supplier_needs_a_person():
    bench = bought()
    (record,) = bench.ledger.find()
    bench.ledger._records[record.key] = replace(record, state=State.CANCELLED, due_at=None)
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "needs_person")]
    assert bench.record().state is State.CANCELLED and bench.record().needs_person
    repaired_for_good(bench)
    bench.operator.skip(bench.record(), "wanted after all")
    assert not bench.record().needs_person


def test_nothing_of_an_order_is_touched_while_one_of_its_purchases_is_in_doubt():
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    bench.handle()
    put(bench, a_supplier_order("80000001", "DEMO-1001-2"))
    bench.clock.advance_s(LATER_S)
    assert bench.reconcile(repair=True).discrepancies == []
    bench.handle()
    assert bench.record().state is State.PLACED
    bench.clock.advance_s(LATER_S)
    assert kinds(bench.reconcile(repair=True)) == [("duplicate_purchase", "repaired")]


# ---------------------------------------------------------------------- drift


def test_fewer_pieces_at_the_supplier_are_taken_over_and_are_short():
    bench = bought(an_order(a_line(quantity=5)))
    change(bench, lines=(SupplierOrderLine("B00760004", 3),))
    assert kinds(bench.reconcile()) == [("quantity_drift", "found")]
    assert kinds(bench.reconcile(repair=True)) == [("quantity_drift", "needs_person")]
    assert [(line.outcome, line.quantity) for line in bench.record().lines] == [(LineOutcome.SHORT, 3)]
    assert bench.record().reason_code == "short"
    repaired_for_good(bench)
    change(bench, lines=(SupplierOrderLine("B00760004", 5),))
    assert kinds(bench.reconcile(repair=True)) == [("quantity_drift", "repaired")]
    assert [(line.outcome, line.quantity) for line in bench.record().lines] == [(LineOutcome.BOUGHT, 5)]
    repaired_for_good(bench)


def test_an_order_without_lines_can_be_compared_with_nothing():
    bench = bought()
    change(bench, lines=None)
    assert bench.reconcile().discrepancies == []


def test_another_address_at_the_supplier_is_told_to_a_person_and_not_stored():
    bench = bought()
    change(bench, ship_to=an_address(address1="1 Elsewhere Road"))
    assert kinds(bench.reconcile()) == [("address_drift", "found")]
    assert kinds(bench.reconcile(repair=True)) == [("address_drift", "needs_person")]
    assert bench.record().reason_code == "address_drift"
    assert "Elsewhere" not in repr(bench.ledger.attempts(bench.record().key)) + bench.record().reason
    assert all(order.ship_to is None for order in bench.record().supplier_orders)
    repaired_for_good(bench)


def test_an_address_is_not_compared_once_what_was_sent_is_erased():
    bench = bought()
    change(bench, ship_to=an_address(address1="1 Elsewhere Road"))
    key = bench.record().key
    bench.ledger._records[key] = replace(bench.record(), intent_body=None)
    assert bench.reconcile().discrepancies == []


def test_what_a_record_asked_for_already_is_kept_beside_something_new():
    bench = bought(an_order(a_line(quantity=5)))
    change(bench, lines=(SupplierOrderLine("B00760004", 3),), ship_to=an_address(city="Elsewhere"))
    assert kinds(bench.reconcile(repair=True)) == [
        ("quantity_drift", "needs_person"),
        ("address_drift", "needs_person"),
    ]
    assert "refund" in bench.record().next_action and "addresses" in bench.record().next_action
    repaired_for_good(bench)


# ---------------------------------------------------------------------- when a side cannot be asked


def test_a_supplier_that_cannot_be_reached_is_an_error_and_nothing_is_changed():
    bench = bought()
    before = bench.ledger.find()
    bench.shop.put(an_order(order_id="2", name="#1002", number="1002"))
    bench.supplier.before_list = [ServiceUnavailableError("down")]
    with pytest.raises(ServiceUnavailableError):
        bench.reconcile(repair=True)
    assert bench.ledger.find() == before and len(bench.supplier.placed) == 1


def test_a_look_up_that_fails_is_not_absence():
    bench = bought()
    bench.supplier.placed.clear()
    bench.supplier.before_find = [ServiceUnavailableError("down")]
    with pytest.raises(ServiceUnavailableError):
        bench.reconcile(repair=True)
    assert not bench.record().needs_person


def test_a_limit_of_a_minute_is_waited_for_and_a_longer_one_is_not():
    bench = bought()
    bench.supplier.before_list = [RateLimitedError("429", retry_after_s=30), RateLimitedError("429", retry_after_s=30)]
    assert bench.reconcile().discrepancies == []
    bench.supplier.before_list = [RateLimitedError("429", retry_after_s=600)]
    with pytest.raises(RateLimitedError):
        bench.reconcile()


def test_a_repair_that_is_cut_short_says_how_far_it_got_and_the_next_run_goes_on():
    orders = [an_order(order_id=str(n), name=f"#{n}", number=str(n)) for n in (1001, 1002)]
    bench = Bench(*orders)
    put(bench, a_supplier_order("71", "DEMO-1001"), a_supplier_order("72", "DEMO-1002"))
    bench.supplier.before_find = [lambda: None, ServiceUnavailableError("down")]
    run = bench.reconcile(repair=True)
    assert kinds(run) == [("unrecorded_purchase", "repaired"), ("unrecorded_purchase", "found")]
    assert "after 1 of 2" in run.problems[0]
    assert kinds(bench.reconcile(repair=True)) == [("unrecorded_purchase", "repaired")]
    repaired_for_good(bench)


def test_an_order_that_somebody_works_on_is_left_alone_and_named():
    bench = Bench(an_order())
    put(bench, a_supplier_order("71"))
    bench.ledger.claim("main", "gid://shopify/Order/1", now=bench.clock.now(), lease_s=600)
    run = bench.reconcile(repair=True)
    assert kinds(run) == [("unrecorded_purchase", "found")] and "#1001" in run.problems[0]


def test_five_hundred_orders_are_compared_with_one_question_to_the_supplier():
    orders = [an_order(order_id=str(n), name=f"#{n}", number=str(n)) for n in range(1000, 1500)]
    bench = Bench(*orders)
    bench.supplier.catalogue["B00760004"] = 10_000
    for order in orders:
        bench.handle(order.order_id)
    bench.clock.advance_s(LATER_S)
    bench.supplier.finds = 0
    run = bench.reconcile()
    assert (run.discrepancies, run.compared, bench.supplier.finds) == ([], 500, 0)


@pytest.mark.parametrize("action", ["retry", "release"])
def test_a_purchase_that_no_order_belongs_to_is_not_lost_by_a_retry_of_everything(action):
    bench = Bench(an_order())
    bench.handle()
    po, order = bench.supplier.placed[0]
    bench.supplier.placed.append((po, replace(order, order_number="99", po_number="DEMO-777")))
    bench.reconcile(repair=True)
    (held,) = bench.ledger.find(states=(State.HELD,))
    with pytest.raises(NotAllowedError, match="skip closes it"):
        getattr(bench.operator, action)(bench.ctx, held)
    assert bench.ledger.find(states=(State.HELD,)) == (held,)
    assert bench.operator.skip(held, "wanted").state is State.IGNORED
