"""The bronze rules of an order source about reading: what it says of an order is so, and nothing is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta, timezone
from decimal import Decimal

import httpx
import pytest

from order_sync.core.errors import MalformedResponseError, OrderNotFoundError, ServiceUnavailableError
from order_sync.core.model.order import FinancialStatus, OrderHead
from order_sync.core.ports import OrderSource
from order_sync.plugins.contracts import wire as faults
from order_sync.plugins.contracts.builders import an_address
from order_sync.plugins.contracts.order_source_bench import OrderSourceBench, ShopLine, line_of
from order_sync.plugins.contracts.ruled import NetworkRules, does_not_apply, raising
from order_sync.plugins.contracts.wire import Fault, Forward, Wire
from order_sync.plugins.rules import rule

NO_ANSWER: dict[str, Fault] = {
    **faults.NO_ANSWER,
    "an empty object": faults.instead("{}"),
}
"""What can come back of a question instead of an answer."""
NO_ANSWER_ERRORS = (ServiceUnavailableError, MalformedResponseError)


class OrderSourceRules(NetworkRules):
    """What the rules of an order source work with.

    A subclass gives the fixture ``bench``, and ``inner`` when its fake shop is reached otherwise than by HTTP on this
    machine.
    """

    @pytest.fixture
    def bench(self) -> OrderSourceBench:
        """The plugin beside its fake shop."""
        raise NotImplementedError("give a fixture named bench that returns an OrderSourceBench")

    @pytest.fixture
    def source(self, bench: OrderSourceBench, wire: Wire) -> Iterator[OrderSource]:
        """The order source under test."""
        source = bench.build(wire)
        yield source
        source.close()


class OrderSourceReads(OrderSourceRules):
    """Bronze: reading."""

    @rule("reads_whole")
    def test_an_order_is_read_as_the_shop_has_it(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """Its name, times, lines, address, and what is to be shipped."""
        order_id = bench.order()
        order = source.get_order(order_id)
        assert (order.order_id, order.name) == (order_id, bench.name_of(order_id))
        for moment in (order.created_at, order.updated_at):
            assert moment.utcoffset() == timedelta(0), "times are aware, and UTC"
            assert abs(moment - bench.clock.now()) <= timedelta(seconds=1)
        assert order.financial_status is FinancialStatus.PAID and order.cancelled_at is None
        for sku, pieces in (("CONTRACT-A", 3), ("CONTRACT-B", 2)):
            line = line_of(order, sku)
            assert (line.quantity, line.current_quantity, line.unfulfilled_quantity) == (pieces, pieces, pieces)
            assert line.requires_shipping and not line.is_gift_card and line.title
        assert not order.fulfillments
        work = {part.line_id: part.remaining_quantity for each in order.work for part in each.lines}
        assert work == {line.line_id: line.quantity for line in order.lines}, "not what the shop wants shipped"

    @rule("reads_whole")
    def test_the_address_is_read_as_the_customer_gave_it(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """Each part in its place: it is where the goods go."""
        found, wanted = source.get_order(bench.order()).shipping_address, an_address()
        assert found is not None, "the order has no address"
        for part in ("name", "address1", "city", "province_code", "postal_code", "country_code"):
            assert getattr(found, part) == getattr(wanted, part), f"the address differs in {part}"

    @rule("reads_whole")
    def test_an_order_of_more_lines_than_a_page_has_is_read_whole(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """A line that is missing is not bought, and nobody notices."""
        lines = [ShopLine(f"CONTRACT-{number}", number % 7 + 1) for number in range(bench.many)]
        order = source.get_order(bench.order(*lines))
        assert {line.sku: line.quantity for line in order.lines} == {line.sku: line.quantity for line in lines}
        assert len(order.lines) == len(lines), "a line is there twice"
        left = {part.line_id: part.remaining_quantity for each in order.work for part in each.lines}
        assert left == {line.line_id: line.quantity for line in order.lines}, "work is missing"

    @rule("reads_state")
    def test_an_order_that_is_not_paid_does_not_read_as_paid(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """What is not paid is not bought."""
        paid = (FinancialStatus.PAID, FinancialStatus.PARTIALLY_REFUNDED, FinancialStatus.REFUNDED)
        assert source.get_order(bench.order(paid=False)).financial_status not in paid

    @rule("reads_state")
    def test_a_cancelled_order_reads_as_cancelled(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """With the time of it."""
        if bench.cancel is None:
            does_not_apply("its shop cancels nothing (OrderSourceBench.cancel is not given)")
        order_id = bench.order()
        bench.cancel(order_id)
        cancelled_at = source.get_order(order_id).cancelled_at
        assert cancelled_at is not None and cancelled_at.utcoffset() == timedelta(0)

    @rule("reads_state")
    def test_refunded_pieces_are_not_wanted_any_more(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """They are told apart from those that are; other lines stay as they are."""
        if bench.refund is None:
            does_not_apply("its shop refunds nothing (OrderSourceBench.refund is not given)")
        order_id = bench.order()
        bench.refund(order_id, "CONTRACT-A", 1)
        order = source.get_order(order_id)
        line, other = line_of(order, "CONTRACT-A"), line_of(order, "CONTRACT-B")
        assert (line.quantity, line.current_quantity, line.refunded_quantity) == (3, 2, 1)
        assert (other.quantity, other.current_quantity, other.refunded_quantity) == (2, 2, 0)
        assert order.financial_status is not FinancialStatus.PAID

    # ------------------------------------------------------------------ absence

    @rule("not_found")
    def test_an_order_that_does_not_exist_is_not_found(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """OrderNotFoundError, which names it."""
        bench.order()
        with raising(OrderNotFoundError, secrets=self.secrets(bench), meanwhile="there is no such order") as caught:
            source.get_order(bench.absent_id)
        assert bench.absent_id in str(caught[0]) + str(caught[0].about)

    @rule("not_found")
    @pytest.mark.parametrize("fault", [*NO_ANSWER, "an empty list"])
    def test_an_order_that_could_not_be_read_is_not_absent(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, fault: str
    ) -> None:
        """An order that is not found is given up; one that could not be read is read again later."""
        self.broken(bench)
        order_id = bench.order()
        wire.break_reads(NO_ANSWER.get(fault) or faults.instead("[]"))
        with raising(*NO_ANSWER_ERRORS, secrets=self.secrets(bench), meanwhile=f"reading an order: {fault}"):
            source.get_order(order_id)

    # ------------------------------------------------------------------ lists

    @rule("lists_changes")
    def test_changed_orders_are_listed_oldest_change_first(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """Whenever they were made."""
        before = bench.clock.now()
        made = []
        for _ in range(3):
            bench.clock.advance_s(60)
            made.append(bench.order())
        bench.clock.advance_s(60)
        bench.change(made[0])
        heads = list(source.orders_changed_since(before))
        assert [head.order_id for head in heads] == [made[1], made[2], made[0]]
        for head in heads:
            order = source.get_order(head.order_id)
            read = OrderHead(order.order_id, order.name, order.created_at, order.updated_at)
            assert head == read, "the list tells something else than the order"

    @rule("lists_changes")
    def test_an_order_changed_at_the_very_moment_is_listed(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """Where the last look ended the next one begins: in any time zone. What is older is not listed."""
        old = bench.order()
        bench.clock.advance_s(60)
        moment = bench.clock.now()
        new = bench.order()
        for since in (moment, moment.astimezone(timezone(timedelta(hours=5, minutes=30)))):
            assert [head.order_id for head in source.orders_changed_since(since)] == [new]
        bench.clock.advance_s(60)
        assert list(source.orders_changed_since(bench.clock.now())) == []
        bench.change(old)
        assert [head.order_id for head in source.orders_changed_since(bench.clock.now())] == [old]

    @rule("lists_changes")
    def test_of_more_changed_orders_than_a_page_has_none_is_left_out(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """Though many were changed at the same moment."""
        since = bench.clock.now()
        made = []
        for number in range(bench.many):
            bench.clock.advance_s(0 if number % 3 else 1)
            made.append(bench.order(ShopLine("CONTRACT-A", 1)))
        heads = list(source.orders_changed_since(since))
        assert sorted({head.order_id for head in heads}) == sorted(made), "orders are missing, or were not asked for"
        moments = [head.updated_at for head in heads]
        assert moments == sorted(moments), "not the oldest change first"

    @rule("lists_changes")
    def test_an_order_that_changes_while_the_list_is_read_hides_no_other(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """It moves to the end, and the pages behind it move up: what is counted by page numbers loses one."""
        since = bench.clock.now()
        made = []
        for _ in range(bench.many):
            bench.clock.advance_s(1)
            made.append(bench.order(ShopLine("CONTRACT-A", 1)))
        listing = source.orders_changed_since(since)
        found = {next(listing).order_id}
        bench.clock.advance_s(1)
        bench.change(made[0])
        found |= {head.order_id for head in listing}
        assert set(made) - found == set(), "an order was left out"

    @rule("broken_list")
    @pytest.mark.parametrize("fault", NO_ANSWER)
    def test_a_list_that_breaks_off_does_not_end_as_if_it_were_whole(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, fault: str
    ) -> None:
        """Else the next look begins behind what was never seen. At its beginning, and on its last page."""
        self.broken(bench)
        since = bench.clock.now()
        for _ in range(bench.many):
            bench.order(ShopLine("CONTRACT-A", 1))
        self._breaks_off(bench, wire, fault, lambda: len(list(source.orders_changed_since(since))))

    @rule("broken_list")
    @pytest.mark.parametrize("fault", NO_ANSWER)
    def test_an_order_whose_pages_break_off_is_not_read_in_part(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, fault: str
    ) -> None:
        """Half an order bought is an order that a customer gets half of."""
        self.broken(bench)
        order_id = bench.order(*(ShopLine(f"CONTRACT-{number}", 1, Decimal(1)) for number in range(bench.many)))
        self._breaks_off(bench, wire, fault, lambda: len(source.get_order(order_id).lines))

    def _breaks_off(self, bench: OrderSourceBench, wire: Wire, fault: str, read: Callable[[], int]) -> None:
        read()  # what is asked for once, such as a token, is asked for now
        wire.sent.clear()
        assert read() >= bench.many
        questions = len(wire.sent)
        for healthy in {0, questions - 1}:
            wire.mend()
            wire.break_reads(_after(healthy, NO_ANSWER[fault]))
            with raising(*NO_ANSWER_ERRORS, secrets=self.secrets(bench), meanwhile=f"question {healthy + 1}: {fault}"):
                read()


def _after(healthy: int, fault: Fault) -> Fault:
    """So many requests are answered, and then none any more."""
    answered = [0]

    def then(request: httpx.Request, forward: Forward) -> httpx.Response:
        answered[0] += 1
        return forward() if answered[0] <= healthy else fault(request, forward)

    return then
