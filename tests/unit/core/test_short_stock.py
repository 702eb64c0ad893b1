"""What is bought when the supplier shows too little."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.model.sync_record import LineOutcome
from tests.builders import a_line, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, lost

WHITE, BLACK = "B00760004", "B00760003"


def a_bench(*lines: Any, stock: dict[str, int] | None = None, **settings: Any) -> Bench:
    supplier = FlakySupplier(stock or {WHITE: 3, BLACK: 100})
    return Bench(an_order(*lines), supplier=supplier, **settings)


def sent(bench: Bench) -> dict[str, int]:
    return {line.sku: line.quantity for po, _ in bench.supplier.placed for line in po.lines}


def outcomes(bench: Bench) -> list[tuple[str, int, int]]:
    return [(str(line.outcome), line.quantity, line.wanted) for line in bench.record().lines]


def test_by_default_everything_is_sent_and_the_supplier_decides():
    bench = a_bench(a_line(quantity=5))
    assert bench.handle().state == "placed"
    assert sent(bench) == {WHITE: 5}
    assert "shows 3 in stock" in bench.record().lines[0].reason
    assert bench.supplier.asked_afresh == [False]


def test_with_hold_the_line_at_fault_is_named_with_its_numbers_and_the_others_wait():
    bench = a_bench(a_line("L1", quantity=5), a_line("L2", BLACK, 1), short_stock="hold")
    record = bench.handle().records[0]
    assert (record.state, record.reason_code) == ("held", "short_stock")
    assert "5 of B00760004" in record.reason and "3 in stock" in record.reason
    assert [line.outcome for line in record.lines] == [LineOutcome.HELD, LineOutcome.WAITING]
    assert bench.supplier.bodies == []


def test_a_release_of_a_short_order_sends_it_as_wanted():
    bench = a_bench(a_line(quantity=5), short_stock="hold")
    bench.handle()
    bench.operator.release(bench.ctx, bench.record())
    assert (bench.record().state, sent(bench)) == ("placed", {WHITE: 5})


def test_an_order_held_for_stock_is_bought_when_there_is_enough_again():
    bench = a_bench(a_line(quantity=5), short_stock="hold")
    bench.handle()
    bench.supplier.catalogue[WHITE] = 5
    bench.operator.retry(bench.ctx, bench.record())
    assert bench.record().state == "placed"


def test_with_partial_what_there_is_is_bought_and_a_person_is_asked_for_the_rest():
    bench = a_bench(a_line("L1", quantity=5), a_line("L2", BLACK, 1), short_stock="partial")
    bench.handle()
    record = bench.record()
    assert sent(bench) == {WHITE: 3, BLACK: 1}
    assert outcomes(bench) == [("short", 3, 5), ("bought", 1, 1)]
    assert (record.state, record.reason_code, record.needs_person) == ("placed", "short", True)
    assert "3 of the 5 wanted" in record.lines[0].reason


def test_the_missing_pieces_are_not_bought_again_by_themselves():
    bench = a_bench(a_line(quantity=5), short_stock="partial")
    bench.handle()
    bench.supplier.catalogue[WHITE] = 100
    for _ in range(3):
        bench.clock.advance_s(3600)
        bench.handle()
    assert sent(bench) == {WHITE: 3} and len(bench.supplier.placed) == 1


def test_a_line_of_which_there_is_nothing_is_short_and_the_others_are_bought():
    bench = a_bench(a_line("L1", quantity=5), a_line("L2", BLACK, 1), stock={WHITE: 0, BLACK: 9}, short_stock="partial")
    bench.handle()
    assert sent(bench) == {BLACK: 1}
    assert outcomes(bench) == [("short", 0, 5), ("bought", 1, 1)]
    assert bench.record().reason_code == "short"


def test_with_partial_an_order_of_which_there_is_nothing_is_held_and_a_release_sends_it_as_wanted():
    bench = a_bench(a_line(quantity=5), stock={WHITE: 0}, short_stock="partial")
    bench.handle()
    assert (bench.record().reason_code, bench.supplier.bodies) == ("short_stock", [])
    assert outcomes(bench) == [("held", 5, 5)]
    bench.operator.release(bench.ctx, bench.record())
    assert sent(bench) == {WHITE: 5}


def test_a_release_for_another_reason_still_buys_only_what_there_is():
    bench = a_bench(a_line("L1", quantity=5), a_line("L2", "MUG-1", 1), short_stock="partial")
    bench.handle()
    assert outcomes(bench) == [("waiting", 5, 5), ("held", 1, 1)]
    bench.operator.release(bench.ctx, bench.record())
    assert sent(bench) == {WHITE: 3}
    assert outcomes(bench) == [("short", 3, 5), ("skipped", 1, 1)]


@pytest.mark.parametrize(("rule", "state"), [("hold", "held"), ("partial", "placed")])
def test_two_lines_of_one_item_share_its_stock(rule, state):
    bench = a_bench(a_line("L1", quantity=2), a_line("L2", quantity=2), short_stock=rule)
    assert bench.handle().state == state
    if rule == "partial":
        assert sent(bench) == {WHITE: 3}
        assert outcomes(bench) == [("bought", 2, 2), ("short", 1, 2)]
    else:
        assert [line.outcome for line in bench.record().lines] == [LineOutcome.WAITING, LineOutcome.HELD]


@pytest.mark.parametrize("rule", ["hold", "partial"])
def test_a_stock_that_is_not_told_counts_as_enough_and_the_line_says_so(rule, mocker):
    bench = a_bench(a_line(quantity=5), short_stock=rule)
    mocker.patch.object(bench.supplier, "look_up_items", return_value={WHITE: SupplierItem(WHITE)})
    assert bench.handle().state == "placed"
    assert "does not tell its stock" in bench.record().lines[0].reason
    assert outcomes(bench) == [("bought", 5, 5)]


@pytest.mark.parametrize("rule", ["hold", "partial"])
def test_where_the_stock_decides_it_is_asked_afresh(rule):
    bench = a_bench(a_line(), short_stock=rule)
    bench.handle()
    assert bench.supplier.asked_afresh == [True]


def test_a_partial_purchase_whose_answer_was_lost_is_short_when_it_is_found():
    bench = a_bench(a_line(quantity=5), short_stock="partial")
    bench.supplier.after_submit.append(lost())
    bench.handle()
    assert bench.record().state == "in_doubt"
    bench.clock.advance_s(5)
    bench.handle()
    assert (bench.record().state, bench.record().reason_code) == ("placed", "short")
    assert outcomes(bench) == [("short", 3, 5)]


def test_a_test_order_that_the_supplier_cancelled_meanwhile_is_short_too():
    bench = a_bench(a_line(quantity=5), short_stock="partial", test_order=True)
    bench.supplier.after_submit.append(lost())
    bench.handle()
    bench.supplier.cancel_order(bench.supplier.placed[0][1].order_number)
    bench.clock.advance_s(5)
    bench.handle()
    assert outcomes(bench) == [("short", 3, 5)]
