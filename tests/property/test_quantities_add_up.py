"""For any order: lines in = lines bought + lines explained, and never more than is open."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.core.model.order import FinancialStatus, FulfillmentStatus
from order_sync.core.model.sync_record import MOVES, TERMINAL, LineOutcome, State
from tests.builders import NOW, a_fulfillment, a_line, a_record, an_order
from tests.fakes.bench import Bench

SKUS = st.sampled_from(["B00760004", "B00760003", "B15453003", "MUG", "", None])


@st.composite
def lines(draw):
    made = []
    for number in range(draw(st.integers(1, 5))):
        quantity = draw(st.integers(0, 6))
        refunded = draw(st.integers(0, quantity))
        made.append(
            a_line(
                f"L{number}",
                draw(SKUS) or None,
                quantity,
                current_quantity=draw(st.integers(0, quantity)),
                unfulfilled_quantity=draw(st.integers(0, quantity)),
                refunded_quantity=refunded,
                returned_quantity=draw(st.integers(0, refunded)),
                requires_shipping=draw(st.booleans()),
                is_gift_card=draw(st.integers(0, 9)) == 0,
            )
        )
    return tuple(made)


@st.composite
def orders(draw):
    drawn = draw(lines())
    fulfillments = tuple(
        a_fulfillment(
            number,
            {line.line_id: draw(st.integers(1, 6)) for line in drawn if draw(st.booleans())},
            status=draw(st.sampled_from(FulfillmentStatus)),
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    )
    order = an_order(*drawn, fulfillments=fulfillments, financial_status=draw(st.sampled_from(FinancialStatus)))
    return order if draw(st.booleans()) else replace(order, work=())


def bought(bench: Bench) -> Counter[str]:
    """Pieces by line over every live record."""
    pieces: Counter[str] = Counter()
    for record in bench.ledger.find():
        for line in record.lines:
            if record.supplier_orders and line.outcome is LineOutcome.BOUGHT:
                pieces[line.line_id] += line.quantity
    return pieces


@settings(max_examples=150, deadline=None)
@given(orders(), st.booleans(), st.sampled_from(["hold", "skip"]))
def test_lines_in_are_lines_bought_and_lines_explained(order, auto, unknown_sku):
    bench = Bench(order, auto_fulfillment=auto, unknown_sku=unknown_sku)
    bench.handle()
    records = bench.ledger.find()
    assert records
    for record in records:
        assert [line.line_id for line in record.lines] == [line.line_id for line in order.lines]
        for line in record.lines:
            whole = line.outcome is LineOutcome.BOUGHT and line.quantity == line.ordered
            assert whole or line.reason, line
        assert record.state is State.PLACED or record.reason
    sent = Counter[str]()
    for po, _ in bench.supplier.placed:
        assert len({line.sku for line in po.lines}) == len(po.lines)
        assert all(line.quantity >= 1 for line in po.lines)
        for line in po.lines:
            sent[line.sku] += line.quantity
    skus = {line.line_id: line.sku for line in order.lines}
    accounted: Counter[str] = Counter()
    for line_id, pieces in bought(bench).items():
        accounted[skus[line_id]] += pieces
    assert sent == accounted


@settings(max_examples=150, deadline=None)
@given(st.data(), orders())
def test_no_sequence_of_looks_and_mode_switches_buys_more_than_is_wanted(data, order):
    bench = Bench(replace(order, financial_status=FinancialStatus.PAID), unknown_sku="skip")
    for step in range(data.draw(st.integers(1, 5))):
        bench.set(auto_fulfillment=data.draw(st.booleans()))
        bench.handle()
        if data.draw(st.booleans()):
            drawn = data.draw(orders())
            kept = bench.shop.orders[order.order_id]
            bench.shop.put(replace(kept, fulfillments=drawn.fulfillments, updated_at=NOW + timedelta(minutes=step)))
    for line in order.lines:
        wanted = min(line.current_quantity, line.quantity - line.refunded_quantity)
        assert bought(bench)[line.line_id] <= max(0, wanted)
    numbers = [po.po_number for po, _ in bench.supplier.placed]
    assert len(numbers) == len(set(numbers))


@settings(max_examples=80, deadline=None)
@given(orders(), st.booleans())
def test_handling_an_order_twice_is_handling_it_once(order, auto):
    bench = Bench(order, auto_fulfillment=auto)
    bench.handle()
    once = bench.ledger.find()
    bench.handle()
    assert bench.ledger.find() == once
    assert len(bench.supplier.bodies) == len(bench.supplier.placed)


@given(st.sampled_from(State), st.sampled_from(State))
def test_a_record_moves_only_as_the_table_says_and_never_out_of_a_terminal_state(before, after):
    from order_sync.core.errors import InvalidTransitionError

    record = a_record(state=before)
    allowed = before not in TERMINAL and (after is before or after in MOVES[before])
    try:
        moved = record.move(after)
    except InvalidTransitionError as exc:
        assert not allowed and str(before) in str(exc)
    else:
        assert allowed and moved.state is after


def test_only_completed_and_cancelled_are_terminal():
    assert {State.COMPLETED, State.CANCELLED} == TERMINAL
