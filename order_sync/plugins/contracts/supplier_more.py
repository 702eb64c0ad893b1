"""The gold rules of a supplier: everything that it declares, and manners."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from order_sync.core.errors import ConfigurationError, OutcomeUnknownError, ServiceError
from order_sync.core.model.order import ShopItem, ShopSku
from order_sync.core.model.purchase_order import PurchaseOptions
from order_sync.core.model.purchase_order import SupplierSku as Sku
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.core.ports import PaymentProfileProvider, SupplierGateway
from order_sync.plugins.contracts import wire as faults
from order_sync.plugins.contracts.builders import an_address
from order_sync.plugins.contracts.payment_profile_provider import BreakQuestions, PaymentProfileProviderContract
from order_sync.plugins.contracts.ruled import error_of, missing, needs, raising
from order_sync.plugins.contracts.supplier_bench import SupplierBench
from order_sync.plugins.contracts.supplier_buying import (
    NEVER_ANSWERED,
    NO_ANSWER_TO_A_QUESTION,
    SupplierRules,
    submit,
)
from order_sync.plugins.contracts.wire import Wire
from order_sync.plugins.rules import rule


class SupplierDoesMore(SupplierRules, PaymentProfileProviderContract):
    """Gold."""

    @pytest.fixture
    def payment_profiles(self, bench: SupplierBench, wire: Wire) -> PaymentProfileProvider:
        """The supplier's own."""
        supplier = bench.build(wire)
        needs(supplier.gateway.capabilities, "payment_profiles")
        assert bench.profile_email, "SupplierBench.profile_email is not given"
        assert supplier.payment_profiles is not None
        return supplier.payment_profiles

    @pytest.fixture
    def profile_email(self, bench: SupplierBench) -> str:
        """As the bench has it."""
        return bench.profile_email

    @pytest.fixture
    def profile_secrets(self, bench: SupplierBench) -> tuple[str, ...]:
        """The supplier's."""
        return self.secrets(bench)

    @pytest.fixture
    def break_questions(self, bench: SupplierBench, wire: Wire) -> BreakQuestions:
        """On the wire."""
        self.broken(bench)
        return wire.break_reads

    # ------------------------------------------------------------------ cancel

    @rule("cancels")
    def test_an_open_order_is_cancelled(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """And shown as cancelled; it stays findable."""
        needs(gateway.capabilities, "cancel")
        purchase = bench.purchase()
        (order, *_) = submit(gateway, purchase).orders
        gone = gateway.cancel_order(order.order_number)
        assert gone is not None and gone.status is SupplierOrderStatus.CANCELLED
        at_server = {each.order_number: each.cancelled for each in bench.under(purchase.po_number)}
        assert at_server[order.order_number], "it is said to be cancelled, and is not"
        if gateway.capabilities.find_by_po:
            found = {each.order_number: each.status for each in gateway.find_by_po_number(purchase.po_number)}
            assert found[order.order_number] is SupplierOrderStatus.CANCELLED, "a cancelled order is not absence"

    @rule("cancels")
    def test_what_cannot_be_cancelled_is_not_said_to_be(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """A number that does not exist, and an order that has shipped: None."""
        needs(gateway.capabilities, "cancel")
        assert gateway.cancel_order("999999999") is None
        if bench.ship is not None:
            purchase = bench.purchase()
            (order, *_) = submit(gateway, purchase).orders
            bench.ship(order.order_number, "1Z999AA10123456784")
            if gateway.cancel_order(order.order_number) is not None:
                assert all(each.cancelled for each in bench.under(purchase.po_number)), "not cancelled, and told so"

    @rule("cancels")
    @pytest.mark.parametrize("fault", NEVER_ANSWERED)
    def test_a_cancel_whose_answer_is_lost_is_in_doubt(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: str
    ) -> None:
        """It is looked up then."""
        needs(gateway.capabilities, "cancel")
        self.broken(bench)
        (order, *_) = submit(gateway, bench.purchase()).orders
        wire.break_writes(NEVER_ANSWERED[fault])
        with raising(OutcomeUnknownError, secrets=self.secrets(bench), meanwhile=fault):
            gateway.cancel_order(order.order_number)

    @rule("cancels")
    def test_an_order_that_the_supplier_cancelled_is_found_as_cancelled(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """Else its pieces would be waited for, for ever."""
        needs(gateway.capabilities, "find_by_po")
        if bench.cancel is None:
            missing("SupplierBench.cancel", "cancels")
        purchase = bench.purchase()
        (order, *_) = submit(gateway, purchase).orders
        bench.cancel(order.order_number)
        found = {each.order_number: each.status for each in gateway.find_by_po_number(purchase.po_number)}
        assert found[order.order_number] is SupplierOrderStatus.CANCELLED

    # ------------------------------------------------------------------ what it tells

    @rule("payment_profiles")
    def test_the_chosen_profile_pays(self, bench: SupplierBench, wire: Wire) -> None:
        """It is in what is sent: a setting that nobody reads would have another card pay."""
        supplier = bench.build(wire)
        needs(supplier.gateway.capabilities, "payment_profiles")
        assert supplier.payment_profiles is not None
        (profile, *_) = supplier.payment_profiles.fetch_profiles(bench.profile_email)
        with_it = supplier.gateway.compose(bench.purchase(payment_profile=profile))
        assert profile.profile_id in with_it and profile.profile_id not in supplier.gateway.compose(bench.purchase())
        assert submit(supplier.gateway, bench.purchase(payment_profile=profile)).orders

    @rule("stock")
    def test_the_stock_is_told_as_it_is(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """And asked anew when it decides what is bought: nothing that was kept from before."""
        needs(gateway.capabilities, "stock")
        assert bench.stock_of and bench.set_stock, "SupplierBench.stock_of and set_stock are not given"
        sku = ShopSku(bench.items[0])
        told, there = gateway.look_up_items([sku])[sku].in_stock, bench.stock_of(sku)
        assert told == there, f"it tells {told} pieces, and the server has {there}"
        bench.set_stock(sku, 7)
        told, there = gateway.look_up_items([sku], fresh=True)[sku].in_stock, bench.stock_of(sku)
        assert told == there, f"asked afresh it tells {told} pieces, and the server has {there}"

    @rule("lists_orders")
    def test_recent_orders_are_listed(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """All of them, cancelled ones too: reconcile takes what is missing for lost."""
        needs(gateway.capabilities, "list_orders")
        purchases = [bench.purchase() for _ in range(3)]
        numbers = {order.order_number for purchase in purchases for order in submit(gateway, purchase).orders}
        if gateway.capabilities.cancel:
            gateway.cancel_order(min(numbers))
        listed = gateway.recent_orders(bench.clock.now() - timedelta(days=2))
        assert numbers <= {order.order_number for order in listed}, "orders are missing in the list"
        assert {purchase.po_number for purchase in purchases} <= {order.po_number for order in listed}

    @rule("lists_orders")
    @pytest.mark.parametrize("fault", NO_ANSWER_TO_A_QUESTION)
    def test_orders_that_could_not_be_listed_are_not_none(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: str
    ) -> None:
        """An error, never an empty list."""
        needs(gateway.capabilities, "list_orders")
        self.broken(bench)
        wire.break_reads(NO_ANSWER_TO_A_QUESTION[fault])
        with raising(ServiceError, secrets=self.secrets(bench), meanwhile=f"list: {fault}"):
            gateway.recent_orders(bench.clock.now() - timedelta(days=2))

    @rule("lists_orders")
    def test_an_address_that_was_sent_does_not_differ_from_itself(
        self, bench: SupplierBench, gateway: SupplierGateway
    ) -> None:
        """Upper and lower case are no difference, another street is."""
        needs(gateway.capabilities, "list_orders")
        body = gateway.compose(bench.purchase())
        assert gateway.address_differences(body, bench.ship_to) == ()
        assert gateway.address_differences(body, an_address(address1="1 Other Street", city="Elsewhere"))

    @rule("finds_many")
    def test_many_po_numbers_are_found_with_one_question(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """Each with its own orders; one that does not exist with none."""
        needs(gateway.capabilities, "find_many")
        placed = {each.po_number: each for each in (bench.purchase() for _ in range(3))}
        numbers = {po: _numbers(submit(gateway, purchase).orders) for po, purchase in placed.items()}
        nobody = bench.po_number()
        found = gateway.find_by_po_numbers([*placed, nobody])
        assert {po: _numbers(orders) for po, orders in found.items() if po != nobody} == numbers
        assert found.get(nobody, ()) == ()

    @rule("finds_many")
    @pytest.mark.parametrize("fault", NO_ANSWER_TO_A_QUESTION)
    def test_many_that_could_not_be_asked_for_are_not_absent(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire, fault: str
    ) -> None:
        """An error, or the number is missing from the answer; never nothing under a number that has an order."""
        needs(gateway.capabilities, "find_many")
        self.broken(bench)
        purchase = bench.purchase()
        submit(gateway, purchase)
        wire.break_reads(NO_ANSWER_TO_A_QUESTION[fault])
        try:
            found = gateway.find_by_po_numbers([purchase.po_number])
        except ServiceError:
            return
        assert found.get(purchase.po_number) != (), f"{fault}: taken for absence"

    @rule("prices")
    def test_prices_are_told(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """Of the items that it has."""
        needs(gateway.capabilities, "prices")
        prices = gateway.item_prices([Sku(sku) for sku in (*bench.items, bench.unknown_sku)])
        assert set(prices) == set(bench.items) and all(price.amount > 0 for price in prices.values())

    @rule("catalogue")
    def test_items_that_may_be_meant_are_suggested(self, bench: SupplierBench, gateway: SupplierGateway) -> None:
        """For a SKU that is written with other separators."""
        needs(gateway.capabilities, "catalogue")
        sku = bench.items[0]
        suggested = gateway.suggest_items(ShopItem(ShopSku(f"{sku[:3]}-{sku[3:]}".lower()), "A shirt"))
        assert sku in {item.sku for item in suggested}

    # ------------------------------------------------------------------ manners

    @rule("redirects")
    def test_a_redirected_purchase_is_not_followed(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire
    ) -> None:
        """A redirect may drop the body, or repeat it."""
        self.broken(bench)
        wire.break_writes(faults.redirect)
        error = error_of(lambda: submit(gateway, bench.purchase()))
        assert isinstance(error, ServiceError), f"{error!r}"
        assert len(wire.sent) == 1, f"redirected once, and {len(wire.sent)} requests were sent"

    @rule("bounded")
    def test_every_call_has_a_time_limit(self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire) -> None:
        """And a send none that is longer than timeout_s: an order's claim is reckoned from it."""
        self.broken(bench)
        assert gateway.timeout_s > 0 and gateway.settle_s >= 0
        submit(gateway, bench.purchase())
        gateway.look_up_items([ShopSku(bench.items[0])], fresh=True)
        for request in wire.sent:
            limits = request.extensions.get("timeout", {})
            given = [limits.get(kind) for kind in ("connect", "read", "write", "pool")]
            assert None not in given, f"{request.method} {request.url.path} may wait for ever"
            too_long = wire.writes(request) and max(given) > gateway.timeout_s * 1.01 + 0.01
            assert not too_long, f"a send may wait {max(given)} s, and timeout_s says {gateway.timeout_s} s"

    @rule("names_the_call")
    def test_errors_name_the_service_and_the_call(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire
    ) -> None:
        """They go into the order's history."""
        self.broken(bench)
        wire.break_writes(faults.status_after(503))
        wire.break_reads(faults.status(404))
        for call in (lambda: submit(gateway, bench.purchase()), lambda: gateway.look_up_items([ShopSku("X")])):
            error = error_of(call)
            assert isinstance(error, ServiceError)
            assert error.service and error.operation and error.status in (503, 404), repr(error.about)

    @rule("asks_nobody")
    def test_options_and_addresses_are_checked_without_asking(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire
    ) -> None:
        """They are checked while somebody types."""
        began = time.monotonic()
        assert gateway.option_problems(bench.options) == ()
        assert gateway.address_problems(bench.ship_to, bench.options) == ()
        wrong = gateway.option_problems(PurchaseOptions(shipping_method="by-carrier-pigeon"))
        assert all(isinstance(text, str) and text for text in wrong)
        problems = gateway.address_problems(an_address(city="", address1="", postal_code=""), bench.options)
        assert all(each.code and each.message and each.next_step for each in problems)
        assert not wire.sent and time.monotonic() - began < 1

    @rule("settings_checked")
    def test_a_setting_that_cannot_work_is_refused(self, bench: SupplierBench, wire: Wire) -> None:
        """A missing account, and an address that would send the key unencrypted."""
        names = {field.name for field in bench.plugin.fields if field.required}
        assert "account" in names, "the field account must be required"
        if "base_url" not in bench.settings:
            return
        settings, bench.settings = bench.settings, {**bench.settings, "base_url": "http://supplier.example"}
        error = error_of(lambda: bench.build(wire))
        bench.settings = settings
        refused = isinstance(error, (ConfigurationError, ValueError))
        assert refused, f"base_url http://supplier.example: {error!r}; the key would go out unencrypted"

    @rule("tells_the_account")
    def test_the_check_says_whose_credentials_these_are(
        self, bench: SupplierBench, gateway: SupplierGateway, wire: Wire
    ) -> None:
        """And changes nothing."""
        before = list(bench.orders())
        assert gateway.check().strip()
        assert list(bench.orders()) == before and not wire.written()

    @rule("tells_the_account")
    def test_closing_gives_everything_back_and_may_be_done_twice(self, gateway: SupplierGateway) -> None:
        """A connection that is edited closes the old one."""
        gateway.close()
        gateway.close()


def _numbers(orders: tuple[SupplierOrder, ...]) -> list[str]:
    return sorted(order.order_number for order in orders)
