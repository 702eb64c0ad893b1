"""The silver rules of a supplier: what it says reaches the core as it was meant."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedRequestError,
    ServiceError,
)
from order_sync.core.model.order import ShopSku
from order_sync.core.model.purchase_order import PoNumber
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.ports import SupplierGateway
from order_sync.plugins.contracts import wire as faults
from order_sync.plugins.contracts.ruled import at_once, does_not_apply, error_of, missing, raising
from order_sync.plugins.contracts.supplier_bench import SupplierBench, differing, pieces_of
from order_sync.plugins.contracts.supplier_buying import SupplierRules, submit
from order_sync.plugins.contracts.wire import Wire
from order_sync.plugins.rules import rule

_THREADS = 6
_PAUSE_S = 37


class SupplierTellsTheTruth(SupplierRules):
    """Silver."""

    @rule("composes")
    def test_composing_is_pure(self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire) -> None:
        """The same purchase, the same text; nobody is asked. It is stored before it is sent, and compared later."""
        purchase = bench.purchase()
        body = gateway.compose(purchase)
        assert body == gateway.compose(purchase) and isinstance(body, str)
        assert bench.po_in_address or purchase.po_number in body, "the body does not name the PO number"
        assert not wire.sent, "composing asked the supplier"

    @rule("composes")
    def test_what_was_composed_is_what_is_sent(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire
    ) -> None:
        """The ledger says what was sent: so that must be it."""
        self.broken(bench)
        purchase = bench.purchase()
        body = gateway.compose(purchase)
        gateway.submit(purchase, body)
        (request,) = wire.written()
        assert body in request.content.decode(), "something else was sent than was composed"
        told = f"{request.url}\n{request.content.decode()}"
        assert purchase.po_number in told, "the PO number is neither in the address nor in the body of the request"

    @rule("refusals")
    def test_a_refused_purchase_says_why_and_nothing_is_bought(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """RejectedRequestError, with the supplier's words."""
        sku = bench.unfillable_sku or bench.unknown_sku
        purchase = bench.purchase({sku: 4})
        with raising(RejectedRequestError, secrets=self.secrets(bench), meanwhile="a refused order") as caught:
            submit(gateway, purchase)
        (error,) = caught
        assert isinstance(error, RejectedRequestError)
        assert error.reasons and all(text for _, text in error.reasons), "it does not say why"
        assert not bench.under(purchase.po_number)

    @rule("unknown_items")
    def test_an_unknown_item_is_left_out_of_a_look_up(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """The core then holds the order, or skips the line."""
        asked = [ShopSku(sku) for sku in (*bench.items, bench.unknown_sku)]
        found = gateway.look_up_items(asked)
        assert set(found) == set(asked[:2])
        assert [found[sku].sku for sku in asked[:2]] == list(bench.items)
        assert gateway.look_up_items([ShopSku(bench.unknown_sku)]) == {}
        assert gateway.look_up_items([]) == {}, "no question needs no answer"

    @rule("unknown_items")
    def test_an_unknown_item_in_an_order_is_refused_by_name(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """The line at fault is found by the SKU in the reason."""
        purchase = bench.purchase({bench.items[0]: 1, bench.unknown_sku: 2})
        with raising(RejectedRequestError, secrets=self.secrets(bench), meanwhile="an unknown item") as caught:
            submit(gateway, purchase)
        assert not bench.under(purchase.po_number)
        assert isinstance(caught[0], RejectedRequestError)
        reasons = " ".join(f"{field} {text}" for field, text in caught[0].reasons)
        assert bench.unknown_sku.casefold() in reasons.casefold(), f"{bench.unknown_sku} is not named: {reasons}"

    @rule("partial_lines")
    def test_of_an_order_with_a_line_that_cannot_be_filled_every_piece_is_told(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """With reject_line_errors off: bought or refused, none dropped, and what is said is what the server has."""
        self._needs_unfillable(bench)
        options = replace(bench.options, reject_line_errors=False)
        purchase = bench.purchase({bench.items[0]: 2, bench.unfillable_sku: 3}, options=options)
        try:
            submission = submit(gateway, purchase)
        except RejectedRequestError as exc:  # a supplier that takes all or nothing
            assert not bench.under(purchase.po_number), f"{exc}: and yet something was bought"
            return
        at_server = pieces_of(bench.under(purchase.po_number))
        told = {line.sku: line.quantity for order in submission.orders for line in order.lines or ()}
        lines_told = all(order.lines is not None for order in submission.orders)
        assert not lines_told or told == at_server, f"it tells {told}, the supplier has {at_server}"
        missing = 3 - at_server.get(bench.unfillable_sku, 0)
        refused = [refusal for refusal in submission.refusals if refusal.sku in ("", bench.unfillable_sku)]
        assert not missing or refused, f"{missing} pieces of {bench.unfillable_sku} are neither bought nor refused"
        assert all(refusal.message for refusal in refused), "a refusal says nothing"

    @rule("partial_lines")
    def test_of_a_line_that_can_be_filled_in_part_every_piece_is_told(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """Two pieces are there and five are wanted: what is bought and what is refused make five, each once."""
        if bench.set_stock is None:
            missing("SupplierBench.set_stock", "partial_lines")
        bench.set_stock(bench.items[0], 2)
        options = replace(bench.options, reject_line_errors=False)
        purchase = bench.purchase({bench.items[0]: 5, bench.items[1]: 1}, options=options)
        try:
            submission = submit(gateway, purchase)
        except RejectedRequestError as exc:
            assert not bench.under(purchase.po_number), f"{exc}: and yet something was bought"
            return
        bought = pieces_of(bench.under(purchase.po_number)).get(bench.items[0], 0)
        refused = [refusal.quantity for refusal in submission.refusals if refusal.sku == bench.items[0]]
        if bought < 5:
            assert refused, f"{5 - bought} pieces of {bench.items[0]} are neither bought nor refused"
            untold = None in refused  # the supplier names the line, and no number
            assert untold or bought + sum(n or 0 for n in refused) == 5, f"5 wanted, {bought} bought, {refused} refused"

    @rule("partial_lines")
    def test_with_reject_line_errors_the_whole_order_is_refused(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """All or nothing, as the operator chose."""
        self._needs_unfillable(bench)
        options = replace(bench.options, reject_line_errors=True)
        purchase = bench.purchase({bench.items[0]: 2, bench.unfillable_sku: 3}, options=options)
        with raising(RejectedRequestError, secrets=self.secrets(bench), meanwhile="a line that cannot be filled"):
            submit(gateway, purchase)
        assert not bench.under(purchase.po_number)

    @rule("several_orders")
    def test_a_purchase_filled_from_two_warehouses_is_told_as_two_orders(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """In the answer and in the look-up, with every piece once."""
        if bench.split is None:
            missing("SupplierBench.split", "several_orders")
        bench.split()
        purchase = bench.purchase()
        placed = submit(gateway, purchase)
        at_server = bench.under(purchase.po_number)
        assert len(at_server) > 1, "the fake server did not split the order"
        numbers = [order.order_number for order in at_server]
        assert sorted(order.order_number for order in placed.orders) == sorted(numbers)
        if gateway.capabilities.find_by_po:
            found = gateway.find_by_po_number(purchase.po_number)
            assert sorted(order.order_number for order in found) == sorted(numbers)
            if all(order.lines is not None for order in found):
                pieces = sum(line.quantity for order in found for line in order.lines or ())
                assert pieces == sum(line.quantity for line in purchase.lines)

    @rule("rate_limits")
    @pytest.mark.parametrize("told", ["in seconds", "as a date", "not at all"])
    def test_too_many_requests_are_told_with_the_pause(
        self, bench: SupplierBench, wire: Wire, gateway: SupplierGateway, told: str
    ) -> None:
        """For a purchase and for a question; refused, so nothing was bought."""
        self.broken(bench)
        pause_s = None if told == "not at all" else _PAUSE_S
        fault = faults.limited(pause_s, bench.clock.now() if told == "as a date" else None)
        if bench.throttled is not None:
            if told == "as a date":
                does_not_apply("its server says it in its own way (SupplierBench.throttled)")
            status, headers, body = bench.throttled(pause_s)
            fault = faults.answering(status, body, headers)
        purchase = bench.purchase()
        for send in (True, False):
            wire.mend()
            (wire.break_writes if send else wire.break_reads)(fault)
            fresh = bench.build(wire).gateway  # the pause of the first would be kept before the second
            with raising(RateLimitedError, secrets=self.secrets(bench), meanwhile=f"429, pause {told}") as caught:
                submit(fresh, purchase) if send else fresh.look_up_items([ShopSku(bench.items[0])], fresh=True)
            (error,) = caught
            assert isinstance(error, RateLimitedError)
            asked = error.retry_after_s
            assert asked is None or asked >= 0
            if pause_s is not None:
                assert asked is not None and pause_s - 2 <= asked <= 2 * pause_s, f"{asked} s instead of {pause_s} s"
        assert not bench.under(purchase.po_number)

    @rule("credentials")
    @pytest.mark.parametrize("code", [401, 403])
    def test_refused_credentials_are_told_as_such(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, code: int
    ) -> None:
        """The connection pauses until they are replaced; a purchase was not made."""
        self.broken(bench)
        wire.break_writes(faults.instead_of(code))
        wire.break_reads(faults.instead_of(code))
        calls = (lambda: submit(gateway, bench.purchase()), gateway.check)
        for call in calls:
            with raising(AuthenticationError, secrets=self.secrets(bench), meanwhile=str(code)):
                call()

    @rule("credentials")
    def test_a_wrong_key_is_refused_by_the_server(self, bench: SupplierBench, wire: Wire) -> None:
        """So the key is sent, and the fake server looks at it."""
        self.broken(bench)
        wrong = {name: "wrong-" + value[::-1] for name, value in bench.secrets.items()}
        gateway = bench.build(wire, **wrong).gateway
        with raising(AuthenticationError, secrets=tuple(wrong.values()), meanwhile="a wrong key"):
            gateway.check()

    @rule("duplicate_po")
    def test_a_po_number_sent_twice_is_told_as_the_supplier_has_it(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """Two orders are two in the look-up: the alarm of reconcile depends on it."""
        purchase = bench.purchase()
        told: list[list[str]] = []
        for again in (False, True):
            error = error_of(lambda: told.append([o.order_number for o in submit(gateway, purchase).orders]))
            assert again or error is None, f"{error!r}"
        expected = (RejectedRequestError, OutcomeUnknownError, type(None))
        assert isinstance(error, expected), f"a PO number that is there already: {error!r}"
        at_server = bench.under(purchase.po_number)
        there = {order.order_number for order in at_server}
        assert there, "the fake server lost the order"
        assert set(itertools.chain(*told)) <= there, "it tells of an order that is not there"
        if gateway.capabilities.find_by_po:
            found = gateway.find_by_po_number(purchase.po_number)
            assert sorted(o.order_number for o in found) == sorted(o.order_number for o in at_server)

    @rule("exact_po")
    def test_a_look_up_gives_no_order_of_a_number_that_is_only_alike(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """X-1 is not X-10, nor x-1."""
        self._looks_up(gateway)
        purchase = bench.purchase()
        longer = replace(bench.purchase(), po_number=PoNumber(f"{purchase.po_number}0"))
        submit(gateway, longer)
        for alike in (purchase.po_number, longer.po_number.lower(), longer.po_number[:-1]):
            found = [o.po_number for o in _found(gateway, alike)]
            assert set(found) <= {alike}, f"asked for {alike}, got {found}"

    @rule("odd_characters")
    def test_names_and_streets_of_any_kind_arrive(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """With what XML, JSON and addresses of requests take for their own."""
        name, street = "Zoë O'Neil & Sons <2nd>", '5/7 "Quill" & Larch St'
        odd = replace(bench.ship_to, name=name, address1=street, address2="Apt #4%")
        if gateway.address_problems(odd, bench.options):
            does_not_apply("its supplier takes no such address, and it says so")
        purchase = bench.purchase(ship_to=odd)
        submit(gateway, purchase)
        for order in bench.under(purchase.po_number):
            assert order.ship_to is not None, "the bench does not say where the server ships: give ServerOrder.ship_to"
            wrong = differing(odd, order.ship_to)
            assert not wrong, f"{', '.join(wrong)} of the address differ at the server: {order.ship_to}"

    @rule("shipments")
    def test_a_shipped_order_tells_its_tracking_number(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """That is what goes back to the shop."""
        self._looks_up(gateway)
        if bench.ship is None:
            missing("SupplierBench.ship", "shipments")
        purchase = bench.purchase(mode=None)
        (order, *_) = submit(gateway, purchase).orders
        assert order.status in (SupplierOrderStatus.IN_PROGRESS, SupplierOrderStatus.UNKNOWN) and not order.tracking
        bench.ship(order.order_number, "1Z999AA10123456784")
        (shipped, *_) = gateway.find_by_po_number(purchase.po_number)
        assert shipped.status in (SupplierOrderStatus.SHIPPED, SupplierOrderStatus.COMPLETED)
        numbers = [info.number for info in shipped.tracking]
        assert numbers == ["1Z999AA10123456784"], f"shipped under 1Z999AA10123456784, and it tells {numbers}"

    @rule("threads")
    def test_several_threads_buy_at_the_same_time(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """Each its own purchase, each once; nobody gets another's answer."""
        purchases = [bench.purchase({bench.items[n % 2]: n + 1}) for n in range(_THREADS)]

        def buy(number: int) -> str:
            purchase = purchases[number]
            placed = submit(gateway, purchase).orders
            found = _found(gateway, purchase.po_number) if gateway.capabilities.find_by_po else placed
            mine = {purchase.po_number}
            others = {o.po_number for o in placed} != mine or {o.po_number for o in found} != mine
            return f"{purchase.po_number} got the answer of another" if others else ""

        at_once(_THREADS, buy)
        for purchase in purchases:
            (line,) = purchase.lines
            assert pieces_of(bench.under(purchase.po_number)) == {line.sku: line.quantity}

    @rule("declares")
    def test_what_is_declared_is_what_is_there(self, bench: SupplierBench, wire: Wire) -> None:
        """The core, the page and the command line believe it."""
        declared = bench.plugin.capabilities
        assert declared is not None, "SupplierPlugin.capabilities is not given"
        supplier = bench.build(wire)
        gateway = supplier.gateway
        assert declared.declared() == gateway.capabilities.declared(), "the gateway says otherwise"
        given = supplier.payment_profiles is not None
        assert given is declared.payment_profiles, "a PaymentProfileProvider exactly when payment_profiles is declared"
        methods = {
            "find_by_po": "find_by_po_number",
            "find_many": "find_by_po_numbers",
            "list_orders": "recent_orders",
            "cancel": "cancel_order",
            "prices": "item_prices",
            "catalogue": "suggest_items",
        }
        missing = [name for flag, name in methods.items() if flag in declared.declared() and not hasattr(gateway, name)]
        assert not missing, f"declared, and there is no method {missing[0]}"
        assert "account" in {field.name for field in bench.plugin.fields}, "PO numbers are unique inside an account"

    @staticmethod
    def _needs_unfillable(bench: SupplierBench) -> None:
        if not bench.unfillable_sku:
            missing("SupplierBench.unfillable_sku", "partial_lines")

    @staticmethod
    def _looks_up(gateway: SupplierGateway) -> None:
        if not gateway.capabilities.find_by_po:
            does_not_apply("it does not declare find_by_po")


def _found(gateway: SupplierGateway, po_number: str) -> tuple[SupplierOrder, ...]:
    """What a look-up gives; nothing when it refuses to ask for such a number."""
    try:
        return gateway.find_by_po_number(PoNumber(po_number))
    except (ServiceError, ConfigurationError):
        return ()
