"""The rules of an order source about writing: what was shipped is told to the shop once, or known not to be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from order_sync.core.errors import (
    OutcomeUnknownError,
    RejectedRequestError,
    ServiceError,
    ServiceUnavailableError,
    TransientError,
)
from order_sync.core.model.order import FulfillmentStatus, TrackingInfo
from order_sync.core.ports import OrderSource
from order_sync.plugins.contracts import wire as faults
from order_sync.plugins.contracts.order_source_bench import OrderSourceBench, line_of, pieces_by_sku, write_of
from order_sync.plugins.contracts.order_source_reading import OrderSourceRules
from order_sync.plugins.contracts.ruled import check_secrets, does_not_apply, error_of, raising
from order_sync.plugins.contracts.supplier_buying import NEVER_ANSWERED, NOT_UNDERSTOOD
from order_sync.plugins.contracts.wire import Fault, Wire
from order_sync.plugins.rules import rule

WRITES = ("create_fulfillment", "update_tracking")
IN_DOUBT: dict[str, Fault] = {**NEVER_ANSWERED, **NOT_UNDERSTOOD, "lost on the way": faults.lost_before}
"""What can come back of a write, and may mean that it was carried out."""
FIRST, SECOND, THIRD = "1Z999AA10123456784", "1Z999AA10123456785", "1Z999AA10123456786"


def a_write(bench: OrderSourceBench, source: OrderSource, kind: str) -> tuple[str, Callable[[], object]]:
    """An order that was read already, and a call that tells the shop of what was shipped."""
    order_id = bench.order()
    order = source.get_order(order_id)
    write = write_of(order, {"CONTRACT-A": 3, "CONTRACT-B": 2}, FIRST)
    if kind == "create_fulfillment":
        return order_id, lambda: source.create_fulfillment(write)
    fulfillment_id = source.create_fulfillment(write)
    return order_id, lambda: source.update_tracking(fulfillment_id, (TrackingInfo(SECOND, "UPS"),), False)


class OrderSourceWrites(OrderSourceRules):
    """Bronze and silver: writing."""

    @rule("writes_once")
    @pytest.mark.parametrize("kind", WRITES)
    @pytest.mark.parametrize("fault", [*IN_DOUBT, "no connection"])
    def test_a_write_is_sent_once_whatever_comes_back(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, fault: str, kind: str
    ) -> None:
        """No layer below sends it again: the customer would be told twice of the same pieces."""
        self.broken(bench)
        order_id, write = a_write(bench, source, kind)
        wire.sent.clear()
        wire.break_writes(IN_DOUBT.get(fault) or faults.no_connection)
        error_of(write)
        assert len(wire.written()) == 1, f"{fault}: it was sent {len(wire.written())} times"
        assert len(bench.fulfillments(order_id)) <= 1

    @rule("lost_write")
    @pytest.mark.parametrize("kind", WRITES)
    @pytest.mark.parametrize("fault", IN_DOUBT)
    def test_a_write_whose_answer_is_lost_or_not_understood_is_in_doubt(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, fault: str, kind: str
    ) -> None:
        """OutcomeUnknownError: the order is read before anything is written again, and shows it."""
        self.broken(bench)
        order_id, write = a_write(bench, source, kind)
        wire.break_writes(IN_DOUBT[fault])
        with raising(OutcomeUnknownError, secrets=self.secrets(bench), meanwhile=f"{kind}: {fault}"):
            write()
        wire.mend()
        at_shop = [each.fulfillment_id for each in bench.fulfillments(order_id)]
        assert [each.fulfillment_id for each in source.get_order(order_id).fulfillments] == at_shop
        if fault in NEVER_ANSWERED:
            assert at_shop, "the fake shop lost the fulfillment"

    @rule("source_not_received")
    @pytest.mark.parametrize("kind", WRITES)
    @pytest.mark.parametrize("fault", [faults.no_connection, faults.no_connection_in_time])
    def test_a_write_that_never_left_is_said_to_be_so(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, fault: Fault, kind: str
    ) -> None:
        """ServiceUnavailableError: it may be sent again."""
        self.broken(bench)
        _, write = a_write(bench, source, kind)
        wire.break_writes(fault)
        with raising(ServiceUnavailableError, secrets=self.secrets(bench), meanwhile="nobody listens") as caught:
            write()
        assert isinstance(caught[0], TransientError)

    @rule("source_secrets")
    @pytest.mark.parametrize("echo", [faults.echo, faults.echo_json])
    @pytest.mark.parametrize("code", [200, 400, 401, 403, 404, 422, 429, 500])
    def test_a_shop_that_repeats_what_it_was_sent_gives_no_secret_away(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, code: int, echo: Callable[[int], Fault]
    ) -> None:
        """Its words end up in errors, which people read and send around."""
        self.broken(bench)
        secrets = self.secrets(bench)
        assert secrets and all(len(secret) >= 8 for secret in secrets), "give secrets that can be searched for"
        order_id, write = a_write(bench, source, "create_fulfillment")
        wire.break_writes(echo(code))
        wire.break_reads(echo(code))
        calls: tuple[Callable[[], object], ...] = (
            write,
            lambda: source.get_order(order_id),
            lambda: list(source.orders_changed_since(bench.clock.now())),
            lambda: source.find_orders_by_name(bench.name_of(order_id)),
            source.locations,
            source.identify,
        )
        for call in calls:
            error = error_of(call)
            if error is not None:
                check_secrets(error, secrets)
            # a 404 of JSON may be the service's own way to say that there is nothing
            its_own = (code, echo) == (404, faults.echo_json)
            assert its_own or isinstance(error, ServiceError), f"{code}: {error!r} instead of a ServiceError"

    @rule("source_secrets")
    def test_no_secret_is_in_the_address_of_a_request(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire
    ) -> None:
        """Addresses are logged."""
        _, write = a_write(bench, source, "update_tracking")
        write()
        source.identify()
        for secret in self.secrets(bench):
            assert not [r for r in wire.sent if secret in str(r.url)], "the address of a request holds a secret"

    # ------------------------------------------------------------------ what was written

    @rule("shows_writes")
    def test_a_fulfillment_shows_with_its_pieces_and_tracking(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """In the shop, and when the order is read again: the core looks there before it writes more."""
        order_id = bench.order()
        fulfillment_id = source.create_fulfillment(
            write_of(source.get_order(order_id), {"CONTRACT-A": 2, "CONTRACT-B": 2}, FIRST, SECOND)
        )
        (at_shop,) = bench.fulfillments(order_id)
        assert at_shop.fulfillment_id == fulfillment_id
        assert dict(at_shop.pieces) == {"CONTRACT-A": 2, "CONTRACT-B": 2} and at_shop.tracking == (FIRST, SECOND)
        order = source.get_order(order_id)
        (shown,) = order.fulfillments
        assert (shown.fulfillment_id, shown.status) == (fulfillment_id, FulfillmentStatus.SUCCESS)
        assert pieces_by_sku(order, fulfillment_id) == {"CONTRACT-A": 2, "CONTRACT-B": 2}
        assert [info.number for info in shown.tracking] == [FIRST, SECOND]
        assert {info.carrier for info in shown.tracking} == {"UPS"}

    @rule("shows_writes")
    def test_what_is_left_is_fulfilled_later(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """Parcel by parcel, until nothing is left; each pieces once."""
        order_id = bench.order()
        source.create_fulfillment(write_of(source.get_order(order_id), {"CONTRACT-A": 2}, FIRST))
        order = source.get_order(order_id)
        assert line_of(order, "CONTRACT-A").unfulfilled_quantity == 1
        assert line_of(order, "CONTRACT-A").quantity == 3, "what was ordered does not change"
        source.create_fulfillment(write_of(order, {"CONTRACT-A": 1, "CONTRACT-B": 2}, SECOND))
        order = source.get_order(order_id)
        assert [line.unfulfilled_quantity for line in order.lines] == [0, 0]
        left = sum(part.remaining_quantity for each in order.work for part in each.lines)
        assert not left and len(order.fulfillments) == len(bench.fulfillments(order_id)) == 2

    @rule("shows_writes")
    def test_tracking_is_replaced(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """The new numbers stand instead of the old ones; pieces and other fulfillments stay."""
        order_id = bench.order()
        first = source.create_fulfillment(write_of(source.get_order(order_id), {"CONTRACT-A": 3}, FIRST))
        second = source.create_fulfillment(write_of(source.get_order(order_id), {"CONTRACT-B": 2}, SECOND))
        source.update_tracking(first, (TrackingInfo(THIRD, "UPS"),), False)
        at_shop = {each.fulfillment_id: each.tracking for each in bench.fulfillments(order_id)}
        assert at_shop == {first: (THIRD,), second: (SECOND,)}
        order = source.get_order(order_id)
        shown = {each.fulfillment_id: [info.number for info in each.tracking] for each in order.fulfillments}
        assert shown == {first: [THIRD], second: [SECOND]} and pieces_by_sku(order, first) == {"CONTRACT-A": 3}

    @rule("shows_writes")
    def test_a_written_order_is_among_the_changed_ones(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """What somebody else writes must be noticed; so this is, too."""
        order_id = bench.order()
        bench.clock.advance_s(60)
        since = bench.clock.now()
        source.create_fulfillment(write_of(source.get_order(order_id), {"CONTRACT-A": 1}, FIRST))
        assert [head.order_id for head in source.orders_changed_since(since)] == [order_id]

    @rule("notifies")
    def test_the_customer_is_told_when_that_is_asked_for_and_never_else(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """Of a fulfillment, and of new tracking."""
        told = []
        for notify in (True, False):
            order_id = bench.order()
            write = write_of(source.get_order(order_id), {"CONTRACT-A": 1}, FIRST, notify=notify)
            fulfillment_id = source.create_fulfillment(write)
            (made,) = bench.fulfillments(order_id)
            source.update_tracking(fulfillment_id, (TrackingInfo(SECOND, "UPS"),), notify)
            (changed,) = bench.fulfillments(order_id)
            told.append((made.told, changed.told))
        if (None, None) in told:
            does_not_apply("its shop does not say whom it told (ShopFulfillment.told is not given)")
        assert told == [(1, 2), (0, 0)]

    @rule("source_refusals")
    def test_more_pieces_than_there_are_left_are_refused(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """RejectedRequestError, and nothing was written: the order was fulfilled by somebody else meanwhile."""
        order_id = bench.order()
        write = write_of(source.get_order(order_id), {"CONTRACT-A": 3}, FIRST)
        source.create_fulfillment(write)
        with raising(RejectedRequestError, secrets=self.secrets(bench), meanwhile="everything is fulfilled already"):
            source.create_fulfillment(write)
        assert len(bench.fulfillments(order_id)) == 1

    @rule("source_refusals")
    def test_nothing_is_written_for_no_pieces_at_all(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """A shop may take it for all of them."""
        order_id = bench.order()
        write = write_of(source.get_order(order_id), {}, FIRST)
        with raising(RejectedRequestError, secrets=self.secrets(bench), meanwhile="a write without pieces"):
            source.create_fulfillment(write)
        assert not bench.fulfillments(order_id)

    @rule("source_refusals")
    def test_tracking_of_a_fulfillment_that_is_not_there_is_refused(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """It is not taken for done."""
        order_id = bench.order()
        fulfillment_id = source.create_fulfillment(write_of(source.get_order(order_id), {"CONTRACT-A": 1}, FIRST))
        other = fulfillment_id[:-1] + ("1" if fulfillment_id[-1] != "1" else "2")
        for absent in (other + "0", other + "99"):
            with raising(RejectedRequestError, secrets=self.secrets(bench), meanwhile="there is no such fulfillment"):
                source.update_tracking(absent, (TrackingInfo(SECOND, "UPS"),), False)
