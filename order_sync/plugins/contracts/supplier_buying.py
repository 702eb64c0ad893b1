"""The bronze rules of a supplier: a purchase is made once, or it is known not to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from order_sync.core.errors import (
    MalformedResponseError,
    NotAllowedError,
    OutcomeUnknownError,
    RejectedRequestError,
    ServiceError,
    ServiceUnavailableError,
    TransientError,
)
from order_sync.core.model.address import Address
from order_sync.core.model.order import ShopSku
from order_sync.core.model.purchase_order import Mode, PurchaseOrder
from order_sync.core.model.supplier_order import Submission, SupplierOrder
from order_sync.core.ports import SupplierGateway
from order_sync.plugins.contracts import wire as faults
from order_sync.plugins.contracts.ruled import NetworkRules, check_secrets, does_not_apply, error_of, raising, shows
from order_sync.plugins.contracts.supplier_bench import SupplierBench, differing, pieces_of
from order_sync.plugins.contracts.wire import Fault, Wire
from order_sync.plugins.rules import rule

NEVER_ANSWERED: dict[str, Fault] = {
    "the answer is lost": faults.lost_after,
    "the connection is cut": faults.cut_after,
    "it breaks while writing": faults.broken_while_writing,
    "500": faults.status_after(500),
    "502": faults.status_after(502),
    "503": faults.status_after(503),
    "504": faults.status_after(504),
}
NOT_UNDERSTOOD: dict[str, Fault] = {
    "a page for people": faults.html_page,
    "half an answer": faults.cut_short,
    "nothing": faults.instead(""),
    "an empty object": faults.instead("{}"),
    "an empty list": faults.instead("[]"),
    "null": faults.instead("null"),
    "a text": faults.instead('"ok"'),
    "other members": faults.instead('{"status": "ok", "data": [{"id": 1}]}'),
    "a page that is XML": faults.well_formed(200, faults.XML_PAGE),
    "an error that is XML": faults.well_formed(200, faults.XML_ERROR),
}
NO_ANSWER_TO_A_QUESTION: dict[str, Fault] = {
    **faults.NO_ANSWER,
    "other members": faults.instead('{"unexpected": {"form": true}}'),
    "a list of other things": faults.instead('[{"unexpected": true}]'),
    "404, a page that is XML": faults.well_formed(404, faults.XML_PAGE),
    "404, an error that is XML": faults.well_formed(404, faults.XML_ERROR),
    "a page that is XML": faults.well_formed(200, faults.XML_PAGE),
    "an error that is XML": faults.well_formed(200, faults.XML_ERROR),
}


def submit(gateway: SupplierGateway, purchase: PurchaseOrder) -> Submission:
    """Compose and send, as the core does."""
    return gateway.submit(purchase, gateway.compose(purchase))


class SupplierRules(NetworkRules):
    """What the rules of a supplier work with.

    A subclass gives the fixture ``bench``, and ``inner`` when its fake server is reached otherwise than by HTTP on
    this machine.
    """

    @pytest.fixture
    def bench(self) -> SupplierBench:
        """The plugin beside its fake server."""
        raise NotImplementedError("give a fixture named bench that returns a SupplierBench")

    @pytest.fixture
    def gateway(self, bench: SupplierBench, wire: Wire) -> SupplierGateway:
        """The gateway under test."""
        return bench.build(wire).gateway


class SupplierBuysOnce(SupplierRules):
    """Bronze."""

    @rule("place_and_find")
    def test_a_purchase_is_placed_as_asked(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """With its pieces, under its PO number, once; the supplier's own number is told."""
        purchase = bench.purchase()
        submission = submit(gateway, purchase)
        at_server = bench.under(purchase.po_number)
        assert pieces_of(at_server) == {line.sku: line.quantity for line in purchase.lines}, "not what was asked for"
        assert [order.order_number for order in submission.orders] == [order.order_number for order in at_server]
        assert {order.po_number for order in submission.orders} == {purchase.po_number}
        assert not submission.refusals, "everything was taken, and lines are said to be refused"

    @rule("ships_to")
    def test_the_goods_go_where_they_were_asked_to_go(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """Every part of the address reaches the part of the server's address that it belongs into."""
        purchase = bench.purchase(ship_to=replace(bench.ship_to, address2="Unit 7B"))
        submit(gateway, purchase)
        places = [order.ship_to for order in bench.under(purchase.po_number)]
        assert places and None not in places, "the bench does not say where the server ships: give ServerOrder.ship_to"
        for place in places:
            wrong = differing(purchase.ship_to, place or Address())
            assert not wrong, f"{', '.join(wrong)} of the address differ at the server: {place}"

    @rule("place_and_find")
    def test_a_purchase_is_found_by_its_po_number(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """With the same numbers; another PO number finds nothing."""
        self.looks_up(gateway)
        purchase = bench.purchase()
        placed = submit(gateway, purchase)
        found = gateway.find_by_po_number(purchase.po_number)
        assert _numbers(found) == _numbers(placed.orders)
        assert {order.po_number for order in found} == {purchase.po_number}
        pieces = {line.sku: line.quantity for order in found for line in order.lines or ()}
        told = all(order.lines is not None for order in found)
        assert not told or pieces == {line.sku: line.quantity for line in purchase.lines}, "it tells other lines"
        assert gateway.find_by_po_number(bench.po_number()) == (), "a PO number that was never used finds something"

    @rule("sends_once")
    @pytest.mark.parametrize("fault", [*NEVER_ANSWERED, *NOT_UNDERSTOOD, "lost on the way", "no connection"])
    def test_a_purchase_is_sent_once_whatever_comes_back(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: str
    ) -> None:
        """No layer below sends it again: two orders would be bought."""
        self.broken(bench)
        more: dict[str, Fault] = {"lost on the way": faults.lost_before, "no connection": faults.no_connection}
        wire.break_writes({**NEVER_ANSWERED, **NOT_UNDERSTOOD, **more}[fault])
        purchase = bench.purchase()
        error_of(lambda: submit(gateway, purchase))
        assert len(wire.written()) == 1, f"{fault}: the purchase was sent {len(wire.written())} times"
        assert len({order.order_number for order in bench.under(purchase.po_number)}) <= 2

    @rule("lost_answer")
    @pytest.mark.parametrize("fault", NEVER_ANSWERED)
    def test_a_lost_answer_leaves_a_doubt_and_the_order_is_found(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: str
    ) -> None:
        """OutcomeUnknownError, never one that has it sent again."""
        self.broken(bench)
        wire.break_writes(NEVER_ANSWERED[fault])
        purchase = bench.purchase()
        with raising(OutcomeUnknownError, secrets=self.secrets(bench), meanwhile=fault):
            submit(gateway, purchase)
        wire.mend()
        at_server = bench.under(purchase.po_number)
        assert at_server, "the fake server lost the order"
        if gateway.capabilities.find_by_po:
            assert _numbers(gateway.find_by_po_number(purchase.po_number)) == [o.order_number for o in at_server]

    @rule("lost_answer")
    def test_a_purchase_lost_on_the_way_leaves_a_doubt_too(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire
    ) -> None:
        """The client cannot tell it from a lost answer. Looked up, it is not there."""
        self.broken(bench)
        wire.break_writes(faults.lost_before)
        purchase = bench.purchase()
        with raising(OutcomeUnknownError, secrets=self.secrets(bench), meanwhile="the request is lost"):
            submit(gateway, purchase)
        wire.mend()
        if gateway.capabilities.find_by_po:
            assert gateway.find_by_po_number(purchase.po_number) == ()

    @rule("malformed_answer")
    @pytest.mark.parametrize("fault", NOT_UNDERSTOOD)
    def test_an_answer_that_cannot_be_understood_leaves_a_doubt(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: str
    ) -> None:
        """Neither a success without an order nor a refusal: the order may be there."""
        self.broken(bench)
        wire.break_writes(NOT_UNDERSTOOD[fault])
        with raising(OutcomeUnknownError, secrets=self.secrets(bench), meanwhile=f"the answer is {fault}"):
            submit(gateway, bench.purchase())

    @rule("not_received")
    @pytest.mark.parametrize("fault", [faults.no_connection, faults.no_connection_in_time])
    def test_a_purchase_that_never_left_is_said_to_be_so(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: Fault
    ) -> None:
        """ServiceUnavailableError: it may be sent again without a look-up."""
        self.broken(bench)
        wire.break_writes(fault)
        purchase = bench.purchase()
        with raising(ServiceUnavailableError, secrets=self.secrets(bench), meanwhile="nobody listens") as caught:
            submit(gateway, purchase)
        assert isinstance(caught[0], TransientError) and not bench.under(purchase.po_number)

    @rule("not_absence")
    @pytest.mark.parametrize("fault", NO_ANSWER_TO_A_QUESTION)
    def test_a_look_up_that_could_not_be_asked_is_not_absence(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: str
    ) -> None:
        """An error, never an empty answer: that would have the order bought again."""
        self.broken(bench)
        self.looks_up(gateway)
        purchase = bench.purchase()
        submit(gateway, purchase)
        wire.break_reads(NO_ANSWER_TO_A_QUESTION[fault])
        with raising(
            ServiceUnavailableError, MalformedResponseError, secrets=self.secrets(bench), meanwhile=f"look-up: {fault}"
        ):
            gateway.find_by_po_number(purchase.po_number)

    @rule("not_absence")
    @pytest.mark.parametrize("fault", NO_ANSWER_TO_A_QUESTION)
    def test_items_that_could_not_be_asked_for_are_not_unknown(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: str
    ) -> None:
        """An error, never an empty answer: that would hold the order for an unknown SKU, or skip its line."""
        self.broken(bench)
        wire.break_reads(NO_ANSWER_TO_A_QUESTION[fault])
        with raising(
            ServiceUnavailableError, MalformedResponseError, secrets=self.secrets(bench), meanwhile=f"items: {fault}"
        ):
            gateway.look_up_items([ShopSku(bench.items[0])], fresh=True)

    @rule("test_orders")
    def test_a_test_purchase_is_a_test_at_the_supplier(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """Or it is refused before anything is sent."""
        purchase = bench.purchase(mode=Mode.TEST)
        if gateway.capabilities.test_orders:
            submit(gateway, purchase)
            assert [order.test for order in bench.under(purchase.po_number)] == [True], "a test became a live order"
            return
        error = error_of(lambda: submit(gateway, purchase))
        assert not bench.under(purchase.po_number), "a test became a live order"
        refused = (RejectedRequestError, NotAllowedError)
        assert isinstance(error, refused), f"it has no test orders, and raised {error!r} instead of NotAllowedError"

    @rule("test_orders")
    def test_a_live_purchase_is_live_at_the_supplier(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """A live order that went out as a test is an order that nobody sent."""
        purchase = bench.purchase(mode=Mode.LIVE)
        submit(gateway, purchase)
        assert [order.test for order in bench.under(purchase.po_number)] == [False], "a live order became a test"

    @rule("secrets")
    @pytest.mark.parametrize("echo", [faults.echo, faults.echo_json, faults.echo_xml])
    @pytest.mark.parametrize("code", [400, 401, 403, 404, 422, 429, 500])
    def test_a_service_that_repeats_what_it_was_sent_gives_no_secret_away(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, code: int, echo: Callable[[int], Fault]
    ) -> None:
        """Its words end up in errors, which people read and send around."""
        self.broken(bench)
        secrets = self.secrets(bench)
        assert secrets and all(len(secret) >= 8 for secret in secrets), "give secrets that can be searched for"
        wire.break_writes(echo(code))
        wire.break_reads(echo(code))
        purchase = bench.purchase()
        calls = (
            lambda: submit(gateway, purchase),
            lambda: gateway.find_by_po_number(purchase.po_number),
            lambda: gateway.look_up_items([ShopSku(bench.items[0])], fresh=True),
            gateway.check,
        )
        for call in calls:
            error = error_of(call)
            if error is not None:
                check_secrets(error, secrets)
            # a 404 in a document may be the service's own way to say that there is nothing
            its_own = code == 404 and echo is not faults.echo
            assert its_own or isinstance(error, ServiceError), f"{code}: {error!r} instead of a ServiceError"

    @rule("secrets")
    def test_no_secret_is_in_a_body_or_in_the_address_of_a_request(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire
    ) -> None:
        """Bodies are stored, and addresses are logged."""
        purchase = bench.purchase()
        submit(gateway, purchase)
        gateway.check()
        secrets = self.secrets(bench)
        assert not shows(gateway.compose(purchase), secrets), "the composed body holds a secret"
        assert not [r for r in wire.sent if shows(str(r.url), secrets)], "the address of a request holds a secret"

    @staticmethod
    def looks_up(gateway: SupplierGateway) -> None:
        """Skip what needs a look-up by PO number."""
        if not gateway.capabilities.find_by_po:
            does_not_apply("it does not declare find_by_po: a purchase in doubt always goes to a person")


def _numbers(orders: tuple[SupplierOrder, ...]) -> list[str]:
    return [order.order_number for order in orders]


__all__ = ["SupplierBuysOnce", "SupplierRules", "submit"]
