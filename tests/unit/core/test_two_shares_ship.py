"""Two shares of one order that ship at the same time."""

from __future__ import annotations

from dataclasses import replace

from order_sync.core.errors import OutcomeUnknownError, ServiceUnavailableError
from order_sync.core.model.supplier_order import Capabilities
from tests.builders import a_line, a_work, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier

ORDER = "gid://shopify/Order/1"


def edited(bench: Bench, pieces: int) -> None:
    """The merchant changes how many pieces are ordered; the shop then expects as many to be fulfilled."""
    order = bench.shop.orders[ORDER]
    line = replace(order.lines[0], quantity=4, current_quantity=pieces, unfulfilled_quantity=pieces)
    bench.clock.advance_s(1)
    bench.shop.put(replace(order, lines=(line,), work=(a_work(line, work_id="work/1"),), updated_at=bench.clock.now()))


def two_shares(pieces_at_last: int) -> Bench:
    """Three pieces were bought, then one more; then the order shrank to what is given, too late for a cancel."""
    line = a_line("L1", "B00760004", 3)
    supplier = FlakySupplier(capabilities=Capabilities(stock=True))
    bench = Bench(an_order(line, work=(a_work(line, work_id="work/1"),)), supplier=supplier)
    bench.handle()
    edited(bench, 4)
    bench.handle()
    if pieces_at_last != 4:
        edited(bench, pieces_at_last)
    for number, (_, order) in enumerate(list(supplier.placed), 1):
        supplier.ship(order.order_number, f"1Z{number}")
    return bench


def told(bench: Bench) -> list[tuple[int, list[str]]]:
    fulfillments = bench.shop.orders[ORDER].fulfillments
    return [(part.quantity, [info.number for info in f.tracking]) for f in fulfillments for part in f.lines]


def test_the_second_share_is_told_from_what_the_shop_shows_after_the_first():
    bench = two_shares(pieces_at_last=4)
    bench.handle(follow=True)
    assert told(bench) == [(3, ["1Z1"]), (1, ["1Z2"])]


def test_the_shop_is_told_of_no_piece_that_it_does_not_expect_any_more():
    bench = two_shares(pieces_at_last=3)
    bench.handle(follow=True)
    assert bench.shop.orders[ORDER].lines[0].unfulfilled_quantity == 0
    assert told(bench) == [(3, ["1Z1"])]
    assert "nothing is left of it to be fulfilled" in bench.record(share="order-2").reason


def test_a_lost_answer_for_the_first_share_has_the_order_read_again_before_the_second(mocker):
    bench = two_shares(pieces_at_last=4)
    create = bench.shop.create_fulfillment
    answers = iter([OutcomeUnknownError("cut after it arrived", service="shop")])

    def lost(write):
        made = create(write)
        if (error := next(answers, None)) is not None:
            raise error
        return made

    mocker.patch.object(bench.shop, "create_fulfillment", lost)
    bench.handle(follow=True)
    assert told(bench) == [(3, ["1Z1"]), (1, ["1Z2"])]
    bench.clock.advance_s(600)
    bench.handle(follow=True)
    assert told(bench) == [(3, ["1Z1"]), (1, ["1Z2"])]
    assert {r.state for r in bench.ledger.find()} == {"completed"}


def test_a_shop_that_cannot_be_read_after_a_lost_answer_is_told_of_the_second_share_later(mocker):
    bench = two_shares(pieces_at_last=4)
    read = bench.shop.get_order
    down = mocker.patch.object(bench.shop, "create_fulfillment", side_effect=OutcomeUnknownError("cut", service="shop"))
    mocker.patch.object(bench.shop, "get_order", side_effect=[read(ORDER), ServiceUnavailableError("down")])
    bench.handle(follow=True)
    assert told(bench) == [] and down.call_count == 1
    mocker.stopall()
    bench.clock.advance_s(600)
    bench.handle(follow=True)
    assert told(bench) == [(3, ["1Z1"]), (1, ["1Z2"])]
