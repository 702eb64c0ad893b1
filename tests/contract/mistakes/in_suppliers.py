"""Suppliers' plugins, each with one mistake that has bought something twice, or nothing, somewhere."""

from __future__ import annotations

import threading
from base64 import b64encode

import pytest

from order_sync.core.errors import OrderSyncError, OutcomeUnknownError, RejectedRequestError, ServiceError
from order_sync.core.model.supplier_order import SupplierOrder, SupplierOrderStatus
from order_sync.plugins.contracts import SupplierContract
from tests.contract.mistakes.bench import before
from tests.fakes.toy_client import ToyClient
from tests.fakes.toy_supplier import KEY, ToyGateway, a_bench
from tests.fakes.web import Web


@pytest.fixture(scope="module")
def web():
    with Web() as made:
        yield made


class Suppliers(SupplierContract):
    made = ToyGateway
    only_what_catches = True

    @pytest.fixture
    def bench(self, web):
        return a_bench(web, self.made, getattr(self.made, "speaks", ToyClient))


@before(Suppliers)
class RightSupplier(ToyGateway):
    pass


@before(Suppliers, "test_a_purchase_is_sent_once_whatever_comes_back")
class SupplierThatSendsAgain(ToyGateway):
    def place(self, body):
        try:
            return super().place(body)
        except OutcomeUnknownError:
            return super().place(body)


@before(Suppliers, "test_a_look_up_that_could_not_be_asked_is_not_absence")
class SupplierThatTakesAnyPageForAbsence(ToyGateway):
    def search(self, po_number):
        try:
            return super().search(po_number)
        except ServiceError as exc:
            if exc.status != 404:
                raise
            return {"orders": []}


@before(Suppliers, "test_an_answer_that_cannot_be_understood_leaves_a_doubt")
class SupplierThatTakesNonsenseForARefusal(ToyGateway):
    def submit(self, purchase_order, body):
        try:
            return super().submit(purchase_order, body)
        except OutcomeUnknownError as exc:
            if exc.status != 200:
                raise
            raise RejectedRequestError("It said something.", service="Toy", operation="POST orders") from exc


@before(Suppliers, "test_a_lost_answer_leaves_a_doubt_and_the_order_is_found")
class SupplierThatTakesALostAnswerForARefusal(ToyGateway):
    def place(self, body):
        try:
            return super().place(body)
        except OutcomeUnknownError as exc:
            raise RejectedRequestError("It failed.", service="Toy", operation="POST orders") from exc


@before(Suppliers, "test_a_test_purchase_is_a_test_at_the_supplier")
class SupplierThatSendsTestsAsLive(ToyGateway):
    def is_test(self, purchase_order):
        return False


@before(Suppliers, "test_a_live_purchase_is_live_at_the_supplier")
class SupplierThatSendsEverythingAsTest(ToyGateway):
    def is_test(self, purchase_order):
        return True


class KeyInTheAddress(ToyClient):
    def send(self, method, path, **more):
        more["params"] = {**more.get("params", {}), "key": KEY}
        return super().send(method, path, **more)


@before(Suppliers, "test_no_secret_is_in_a_body_or_in_the_address_of_a_request")
class SupplierThatPutsItsKeyIntoTheAddress(ToyGateway):
    speaks = KeyInTheAddress


class QuotesEverything(ToyClient):
    def ask(self, method, path, **more):
        response = self.send(method, path, **{k: v for k, v in more.items() if k != "write"})
        if response.status_code >= 400:
            error = RejectedRequestError if response.status_code == 422 else OutcomeUnknownError
            raise error(f"It said {response.text}", service="Toy", operation=path, status=response.status_code)
        return response.json()


@before(Suppliers, "test_a_service_that_repeats_what_it_was_sent_gives_no_secret_away")
class SupplierThatQuotesTheAnswer(ToyGateway):
    speaks = QuotesEverything


@before(Suppliers, "test_of_an_order_with_a_line_that_cannot_be_filled_every_piece_is_told")
class SupplierThatDropsRefusedLines(ToyGateway):
    def refusals(self, found):
        return ()


@before(Suppliers, "test_a_look_up_gives_no_order_of_a_number_that_is_only_alike")
class SupplierThatFindsWhatIsAlike(ToyGateway):
    def is_of(self, order, po_number):
        return True


@before(Suppliers, "test_a_po_number_sent_twice_is_told_as_the_supplier_has_it")
class SupplierThatTellsTheFirstOrderOnly(ToyGateway):
    def find_by_po_number(self, po_number):
        return super().find_by_po_number(po_number)[:1]


@before(Suppliers, "test_several_threads_buy_at_the_same_time")
class SupplierWhoseThreadsShareAnAnswer(ToyGateway):
    def place(self, body):
        self.answer = super().place(body)
        threading.Event().wait(0.05)
        return self.answer


@before(Suppliers, "test_what_cannot_be_cancelled_is_not_said_to_be")
class SupplierThatAlwaysCancels(ToyGateway):
    def cancel_order(self, order_number):
        done = super().cancel_order(order_number)
        return done or SupplierOrder(order_number, "X", SupplierOrderStatus.CANCELLED)


@before(Suppliers, "test_a_cancel_whose_answer_is_lost_is_in_doubt")
class SupplierThatTakesALostCancelForNone(ToyGateway):
    def cancel_order(self, order_number):
        try:
            return super().cancel_order(order_number)
        except OrderSyncError:
            return None


@before(Suppliers, "test_composing_is_pure")
class SupplierThatComposesSomethingElseEachTime(ToyGateway):
    count = 0

    def compose(self, purchase_order):
        self.count += 1
        return super().compose(purchase_order)[:-1] + f', "count": {self.count}}}'


@before(Suppliers, "test_the_goods_go_where_they_were_asked_to_go")
class SupplierThatTakesTheStateForTheCity(ToyGateway):
    def to(self, address):
        return {**super().to(address), "city": address.province_code}


@before(Suppliers, "test_the_goods_go_where_they_were_asked_to_go")
class SupplierThatDropsTheSecondLineOfAStreet(ToyGateway):
    def to(self, address):
        return {**super().to(address), "address2": ""}


@before(Suppliers, "test_names_and_streets_of_any_kind_arrive")
class SupplierThatCutsAtAnAmpersand(ToyGateway):
    def to(self, address):
        return {name: text.partition("&")[0] for name, text in super().to(address).items()}


@before(Suppliers, "test_of_a_line_that_can_be_filled_in_part_every_piece_is_told")
class SupplierThatCountsEachRefusalTwice(ToyGateway):
    def refusals(self, found):
        return super().refusals(found) * 2


@before(Suppliers, "test_a_service_that_repeats_what_it_was_sent_gives_no_secret_away")
class SupplierWhoseErrorsHoldTheKeyInBase64(ToyGateway):
    def place(self, body):
        try:
            return super().place(body)
        except OrderSyncError as exc:
            raise type(exc)(f"as Basic {b64encode(f'12345:{KEY}'.encode()).decode()}", service="Toy") from None


@before(Suppliers, "test_no_secret_is_in_a_body_or_in_the_address_of_a_request")
class SupplierThatComposesItsKeyInBase64(ToyGateway):
    def compose(self, purchase_order):
        return super().compose(purchase_order)[:-1] + f', "auth": "{b64encode(f"12:{KEY}".encode()).decode()}"}}'


class TakesAnythingForNothing(ToyClient):
    """Reads only what it looks for, as parsers of XML do by default."""

    @staticmethod
    def parsed(response):
        found = ToyClient.parsed(response)
        if found is None and response.text.startswith("<?xml"):
            return {"orders": [], "items": [], "absent": True}
        return found


@before(
    Suppliers,
    "test_a_look_up_that_could_not_be_asked_is_not_absence",
    "test_items_that_could_not_be_asked_for_are_not_unknown",
)
class SupplierThatTakesAnotherDocumentForNothing(ToyGateway):
    speaks = TakesAnythingForNothing


class SaysItHasNoNetwork(Suppliers):
    @pytest.fixture
    def bench(self, web):
        bench = a_bench(web)
        bench.network = False
        return bench


@before(SaysItHasNoNetwork, "test_a_purchase_is_placed_as_asked")
class SupplierThatSaysItHasNoNetwork(ToyGateway):
    pass


class LeavesThingsOut(Suppliers):
    @pytest.fixture
    def bench(self, web):
        bench = a_bench(web)
        bench.split = bench.ship = bench.cancel = bench.set_stock = None
        bench.unfillable_sku = ""
        return bench


@before(
    LeavesThingsOut,
    "test_a_purchase_filled_from_two_warehouses_is_told_as_two_orders",
    "test_a_shipped_order_tells_its_tracking_number",
    "test_of_an_order_with_a_line_that_cannot_be_filled_every_piece_is_told",
)
class SupplierWhoseBenchLeavesThingsOut(ToyGateway):
    pass


class ExemptsTooMuch(Suppliers):
    exempt = {"lost_answer": "It never gets lost.", "several_orders": " ", "no_such_rule": "x"}


@before(ExemptsTooMuch, "test_what_is_exempt_may_be")
class SupplierThatIsExemptFromWhatAlwaysApplies(ToyGateway):
    pass
