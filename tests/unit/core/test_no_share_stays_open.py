"""Further shares of an order whose pieces went away, or are stood for by another share again."""

from __future__ import annotations

from dataclasses import replace

from order_sync.core.errors import ServiceUnavailableError
from order_sync.core.model.sync_record import State
from tests.builders import a_line, a_record, an_order
from tests.fakes.bench import Bench

ORDER = "gid://shopify/Order/1"
DOWN = ServiceUnavailableError("down")


def test_a_further_share_whose_pieces_are_taken_off_while_the_supplier_is_down_is_closed():
    bench = Bench(an_order(a_line("L1", "B00760004", 4)))
    bench.handle()
    bench.supplier.before_look_up = [DOWN] * 3
    bench.clock.advance_s(1)
    bench.shop.put(an_order(a_line("L1", "B00760004", 5), updated_at=bench.clock.now()))
    bench.handle()
    assert bench.record(share="order-2").state == "received"
    bench.supplier.before_look_up = []
    bench.clock.advance_s(1)
    less = a_line("L1", "B00760004", 5, current_quantity=4, unfulfilled_quantity=4)
    bench.shop.put(an_order(less, updated_at=bench.clock.now()))
    bench.handle()
    record = bench.record(share="order-2")
    assert record.state == "ignored" and "4 already bought for another share" in record.reason
    assert len(bench.supplier.placed) == 1


def test_a_share_that_was_begun_while_another_seemed_bought_is_given_up_when_that_one_is_for_a_person_to_settle():
    bench = Bench(an_order())
    claim = bench.ledger.claim("main", ORDER, now=bench.clock.now(), lease_s=60)
    first = a_record(state=State.HELD, po_number="DEMO-1001", reason_code="cancelled_at_supplier", next_action="Ask.")
    first = replace(first, shop_updated_at=bench.shop.orders[ORDER].updated_at, admitted=True)
    bench.ledger.save(claim, first)
    begun = a_record(share="order-2", state=State.PLANNED, po_number="DEMO-1001-2", due_at=bench.clock.now())
    bench.ledger.save(claim, replace(begun, admitted=True))
    bench.ledger.give_back(claim)
    bench.handle()
    assert bench.record().state == "held" and bench.supplier.placed == []
    second = bench.record(share="order-2")
    assert (second.state, second.reason_code, second.due_at) == ("ignored", "superseded", None)
