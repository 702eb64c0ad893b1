"""The silver and gold rules of an order source: what the shop says reaches the core as it was meant, and manners."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest

from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    NotAllowedError,
    OrderNotFoundError,
    RateLimitedError,
    ServiceError,
)
from order_sync.core.model.money import Money
from order_sync.core.ports import OrderSource
from order_sync.plugins.contracts import wire as faults
from order_sync.plugins.contracts.order_source_bench import OrderSourceBench, ShopLine, line_of, write_of
from order_sync.plugins.contracts.order_source_reading import NO_ANSWER, NO_ANSWER_ERRORS, OrderSourceRules
from order_sync.plugins.contracts.order_source_writing import FIRST, WRITES, a_write
from order_sync.plugins.contracts.ruled import at_once, error_of, raising
from order_sync.plugins.contracts.wire import Forward, Wire
from order_sync.plugins.rules import rule

_THREADS = 6
_PAUSE_S = 37


class OrderSourceTellsTheTruth(OrderSourceRules):
    """Silver and gold."""

    @rule("reads_money")
    def test_prices_are_read_exactly(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """In the shop's currency; what is spent is limited by them."""
        prices = {"CONTRACT-A": Decimal("19.99"), "CONTRACT-B": Decimal("0.10"), "CONTRACT-C": Decimal("1234.50")}
        order = source.get_order(bench.order(*(ShopLine(sku, 3, price) for sku, price in prices.items())))
        for sku, price in prices.items():
            assert line_of(order, sku).unit_price == Money(price, bench.currency)
        assert order.total is not None and order.total.currency == bench.currency
        assert order.total.amount >= sum(3 * price for price in prices.values())

    @rule("source_malformed")
    @pytest.mark.parametrize("fault", NO_ANSWER)
    def test_no_answer_to_a_question_is_an_error_and_never_nothing(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, fault: str
    ) -> None:
        """Not "no orders", "no locations" or "nothing is sold"."""
        self.broken(bench)
        name = bench.name_of(bench.order())
        wire.break_reads(NO_ANSWER[fault])
        questions: dict[str, Callable[[], object]] = {
            "changed orders": lambda: list(source.orders_changed_since(bench.clock.now())),
            "orders by name": lambda: source.find_orders_by_name(name),
            "locations": source.locations,
            "identify": source.identify,
        }
        for asked, question in questions.items():
            with raising(*NO_ANSWER_ERRORS, secrets=self.secrets(bench), meanwhile=f"{asked}: {fault}"):
                question()

    @rule("source_credentials")
    @pytest.mark.parametrize("code", [401, 403])
    def test_refused_credentials_are_told_as_such(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, code: int
    ) -> None:
        """For questions and writes; the connection pauses until they are replaced."""
        self.broken(bench)
        order_id, write = a_write(bench, source, "create_fulfillment")
        wire.break_writes(faults.instead_of(code))
        wire.break_reads(faults.instead_of(code))
        for call in (write, lambda: source.get_order(order_id), source.identify):
            with raising(AuthenticationError, secrets=self.secrets(bench), meanwhile=str(code)):
                call()
        assert not bench.fulfillments(order_id)

    @rule("source_credentials")
    def test_a_wrong_key_is_refused_by_the_shop(self, bench: OrderSourceBench, wire: Wire) -> None:
        """So the key is sent, and the fake shop looks at it."""
        self.broken(bench)
        wrong = {name: "wrong-" + value[::-1] for name, value in bench.secrets.items()}
        source = bench.build(wire, **wrong)
        with raising(AuthenticationError, secrets=tuple(wrong.values()), meanwhile="a wrong key"):
            source.identify()
        source.close()

    @rule("source_rate_limits")
    @pytest.mark.parametrize("told", ["in seconds", "as a date", "not at all"])
    @pytest.mark.parametrize("kind", ["get_order", *WRITES])
    def test_too_many_requests_are_told_with_the_pause(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, told: str, kind: str
    ) -> None:
        """Refused, so it was not carried out: it may have been asked again after the pause, never before."""
        self.broken(bench)
        order_id, write = a_write(bench, source, kind if kind in WRITES else "create_fulfillment")
        call: Callable[[], object] = write if kind in WRITES else lambda: source.get_order(order_id)
        before = [each.tracking for each in bench.fulfillments(order_id)]
        pause_s = None if told == "not at all" else _PAUSE_S
        asked_at = []

        def refuse(request: httpx.Request, forward: Forward) -> httpx.Response:
            asked_at.append(bench.clock.now())
            return faults.limited(pause_s, bench.clock.now() if told == "as a date" else None)(request, forward)

        (wire.break_writes if kind in WRITES else wire.break_reads)(refuse)
        with raising(RateLimitedError, secrets=self.secrets(bench), meanwhile=f"429, pause {told}") as caught:
            call()
        (error,) = caught
        assert isinstance(error, RateLimitedError)
        asked = error.retry_after_s
        assert asked is None or asked >= 0
        if pause_s is not None:
            assert asked is not None and pause_s - 2 <= asked <= 2 * pause_s, f"{asked} s instead of {pause_s} s"
            pauses = [(later - at).total_seconds() for at, later in itertools.pairwise(asked_at)]
            assert all(pause >= pause_s - 2 for pause in pauses), f"asked again after {min(pauses)} s"
        assert [each.tracking for each in bench.fulfillments(order_id)] == before

    @rule("names_orders")
    def test_an_order_is_found_by_exactly_its_name(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """Not by a name that is only alike."""
        orders = [bench.order() for _ in range(3)]
        for order_id in orders:
            name = bench.name_of(order_id)
            found = source.find_orders_by_name(name)
            assert [(head.order_id, head.name) for head in found] == [(order_id, name)]
            assert source.find_orders_by_name(f"{name}0") == () == source.find_orders_by_name(name[:-1])

    @rule("order_ids")
    def test_an_id_in_any_of_its_forms_means_one_order(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire
    ) -> None:
        """The ledger knows an order under one id only. Nobody is asked."""
        order_id = bench.order()
        assert source.canonical_order_id(order_id) == order_id
        for form in bench.other_ids(order_id):
            assert source.canonical_order_id(form) == order_id, f"{form!r} means another order"
        assert not wire.sent, "the shop was asked"
        for form in (order_id, *bench.other_ids(order_id)):
            assert source.get_order(form).order_id == order_id

    @rule("order_ids")
    @pytest.mark.parametrize("text", ["", "no such id", "../admin", "1 OR 1=1", "\u0660\u0661"])
    def test_what_is_no_id_of_an_order_finds_none(
        self, bench: OrderSourceBench, source: OrderSource, text: str
    ) -> None:
        """OrderNotFoundError: from the text alone, or by asking for it."""
        bench.order()
        error = error_of(lambda: source.get_order(source.canonical_order_id(text)))
        assert isinstance(error, OrderNotFoundError), f"{text!r}: {error!r}"

    @rule("source_threads")
    def test_several_threads_read_and_write_at_the_same_time(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """Each its own order, each once; nobody gets another's answer."""
        orders = [bench.order(ShopLine(f"CONTRACT-{n}", n + 1)) for n in range(_THREADS)]

        def work(number: int) -> str:
            order = source.get_order(orders[number])
            source.create_fulfillment(write_of(order, {f"CONTRACT-{number}": number + 1}, f"{FIRST}{number}"))
            (shown,) = source.get_order(orders[number]).fulfillments
            mine = order.order_id == orders[number] and [t.number for t in shown.tracking] == [f"{FIRST}{number}"]
            return "" if mine else f"{orders[number]} got the answer of another"

        at_once(_THREADS, work)
        for number, order_id in enumerate(orders):
            (made,) = bench.fulfillments(order_id)
            assert dict(made.pieces) == {f"CONTRACT-{number}": number + 1}

    # ------------------------------------------------------------------ gold

    @rule("locations")
    def test_the_shops_locations_are_listed(self, bench: OrderSourceBench, source: OrderSource) -> None:
        """Each once, with an address: orders are sent there when dropshipping is disabled."""
        assert bench.location_names, "OrderSourceBench.location_names is not given"
        found = source.locations()
        assert sorted(location.name for location in found) == sorted(bench.location_names)
        assert len({location.location_id for location in found}) == len(found)
        assert all(location.location_id and location.address.address1 for location in found)

    @rule("identifies")
    def test_the_check_says_whose_credentials_these_are(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire
    ) -> None:
        """And changes nothing."""
        found = source.identify()
        assert found.shop_id and found.name and found.domain
        assert found == source.identify() and not wire.written()

    @rule("identifies")
    def test_closing_gives_everything_back_and_may_be_done_twice(self, source: OrderSource) -> None:
        """A connection that is edited closes the old one."""
        source.close()
        source.close()

    @rule("lists_items")
    def test_what_the_shop_sells_is_listed_or_said_not_to_be(
        self, bench: OrderSourceBench, source: OrderSource
    ) -> None:
        """Whole, beyond a page; NotAllowedError from a shop that cannot be asked."""
        wanted = [f"CONTRACT-ITEM-{number}" for number in range(bench.many)]
        for sku in wanted if bench.add_item else ():
            assert bench.add_item is not None
            bench.add_item(sku)
        try:
            found = [item.sku for item in source.items()]
        except NotAllowedError:
            return
        assert bench.add_item is not None, "it lists what the shop sells: give OrderSourceBench.add_item"
        assert set(wanted) <= set(found) and all(found)

    @rule("source_bounded")
    def test_every_call_has_a_time_limit(self, bench: OrderSourceBench, source: OrderSource, wire: Wire) -> None:
        """Else a shop that does not answer stops everything."""
        self.broken(bench)
        order_id, write = a_write(bench, source, "update_tracking")
        write()
        list(source.orders_changed_since(bench.clock.now()))
        source.find_orders_by_name(bench.name_of(order_id))
        source.locations()
        source.identify()
        for request in wire.sent:
            limits = request.extensions.get("timeout", {})
            given = [limits.get(kind) for kind in ("connect", "read", "write", "pool")]
            assert None not in given, f"{request.method} {request.url.path} may wait for ever"

    @rule("source_redirects")
    @pytest.mark.parametrize("kind", WRITES)
    def test_a_redirected_write_is_not_followed(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire, kind: str
    ) -> None:
        """A redirect may drop the body, or repeat it, or lead to somebody else."""
        self.broken(bench)
        _, write = a_write(bench, source, kind)
        wire.sent.clear()
        wire.break_writes(faults.redirect)
        error = error_of(write)
        assert isinstance(error, ServiceError), f"{error!r}"
        assert len(wire.sent) == 1

    @rule("source_names_the_call")
    def test_errors_name_the_service_and_the_call(
        self, bench: OrderSourceBench, source: OrderSource, wire: Wire
    ) -> None:
        """They go into the order's history."""
        self.broken(bench)
        order_id, write = a_write(bench, source, "create_fulfillment")
        wire.break_writes(faults.status_after(503))
        wire.break_reads(faults.status(404))
        for call in (write, lambda: source.get_order(order_id)):
            error = error_of(call)
            assert isinstance(error, ServiceError)
            assert error.service and error.operation and error.status in (503, 404), repr(error.about)

    @rule("source_settings")
    def test_an_address_that_would_send_the_secrets_unencrypted_is_refused(
        self, bench: OrderSourceBench, wire: Wire
    ) -> None:
        """Plain http is for this machine only."""
        self.broken(bench)
        if "base_url" not in bench.settings:
            return
        settings, bench.settings = bench.settings, {**bench.settings, "base_url": "http://shop.example"}
        error = error_of(lambda: bench.build(wire))
        bench.settings = settings
        assert isinstance(error, (ConfigurationError, ValueError)), f"{error!r}: the key would go out unencrypted"
