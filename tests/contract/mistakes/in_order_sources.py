"""Shops' plugins, each with one mistake that has lost an order, or told a customer something twice, somewhere."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from order_sync.core.errors import (
    OrderNotFoundError,
    OutcomeUnknownError,
    RejectedRequestError,
    ServiceError,
    ServiceUnavailableError,
)
from order_sync.core.model.order import FinancialStatus
from order_sync.plugins.contracts import OrderSourceContract
from tests.contract.mistakes.bench import before
from tests.fakes.toy_client import ToyClient
from tests.fakes.toy_shop import KEY
from tests.fakes.toy_source import ToySource, a_bench, to_head
from tests.fakes.web import Web


@pytest.fixture(scope="module")
def web():
    with Web() as made:
        yield made


class Sources(OrderSourceContract):
    made = ToySource
    only_what_catches = True

    @pytest.fixture
    def bench(self, web):
        return a_bench(web, self.made, getattr(self.made, "speaks", ToyClient))


@before(Sources)
class RightSource(ToySource):
    pass


@before(Sources, "test_an_order_that_could_not_be_read_is_not_absent")
class SourceThatTakesAnyPageForNotFound(ToySource):
    def page(self, order_id, line):
        try:
            return super().page(order_id, line)
        except ServiceError as exc:
            if exc.status != 404:
                raise
            raise OrderNotFoundError("There is no such order.", order=order_id) from exc


@before(Sources, "test_a_list_that_breaks_off_does_not_end_as_if_it_were_whole")
class SourceThatEndsAListWhenAPageFails(ToySource):
    def changed(self, query):
        try:
            return super().changed(query)
        except ServiceError:
            if "after" not in query:
                raise
            return {"orders": [], "more": False}


@before(Sources, "test_an_order_whose_pages_break_off_is_not_read_in_part")
class SourceThatReadsWhatItCan(ToySource):
    def page(self, order_id, line):
        try:
            return super().page(order_id, line)
        except ServiceError:
            if not line:
                raise
            return {"lines": [], "more": False}


@before(Sources, "test_an_order_of_more_lines_than_a_page_has_is_read_whole")
class SourceThatReadsTheFirstPage(ToySource):
    def page(self, order_id, line):
        found = super().page(order_id, line)
        return found and {**found, "more": False}


@before(Sources, "test_of_more_changed_orders_than_a_page_has_none_is_left_out")
class SourceThatGoesOnBehindTheTime(ToySource):
    def cursor(self, last, query):
        return f"{last['updated']}|~"


@before(Sources, "test_an_order_that_changes_while_the_list_is_read_hides_no_other")
class SourceThatCountsPages(ToySource):
    """By place in the list, as shops with page numbers do."""

    def orders_changed_since(self, since):
        start = 0
        while heads := list(super().orders_changed_since(since))[start : start + 20]:
            yield from heads
            start += 20


@before(Sources, "test_an_order_changed_at_the_very_moment_is_listed")
class SourceThatBeginsBehindTheMoment(ToySource):
    def orders_changed_since(self, since):
        return (head for head in super().orders_changed_since(since) if head.updated_at > since)


@before(Sources, "test_changed_orders_are_listed_oldest_change_first")
class SourceThatBeginsWithTheNewest(ToySource):
    def orders_changed_since(self, since):
        return reversed(list(super().orders_changed_since(since)))


@before(Sources, "test_an_order_that_is_not_paid_does_not_read_as_paid")
class SourceToWhichEverythingIsPaid(ToySource):
    def get_order(self, order_id):
        return replace(super().get_order(order_id), financial_status=FinancialStatus.PAID)


@before(Sources, "test_refunded_pieces_are_not_wanted_any_more")
class SourceThatSeesNoRefunds(ToySource):
    def get_order(self, order_id):
        order = super().get_order(order_id)
        return replace(order, lines=tuple(replace(line, current_quantity=line.quantity) for line in order.lines))


@before(Sources, "test_a_write_is_sent_once_whatever_comes_back")
class SourceThatWritesAgain(ToySource):
    def write(self, method, path, body):
        try:
            return super().write(method, path, body)
        except OutcomeUnknownError:
            return super().write(method, path, body)


@before(Sources, "test_a_write_whose_answer_is_lost_or_not_understood_is_in_doubt")
class SourceThatTakesALostAnswerForAFailure(ToySource):
    def write(self, method, path, body):
        try:
            return super().write(method, path, body)
        except OutcomeUnknownError as exc:
            raise ServiceUnavailableError("It failed.", service="Toy", operation=path) from exc


@before(Sources, "test_a_write_that_never_left_is_said_to_be_so")
class SourceThatIsAlwaysInDoubt(ToySource):
    def write(self, method, path, body):
        try:
            return super().write(method, path, body)
        except ServiceUnavailableError as exc:
            raise OutcomeUnknownError("It may have happened.", service="Toy", operation=path) from exc


@before(Sources, "test_more_pieces_than_there_are_left_are_refused")
class SourceThatSaysNothingOfARefusal(ToySource):
    def create_fulfillment(self, write):
        try:
            return super().create_fulfillment(write)
        except RejectedRequestError:
            return "F0"


@before(Sources, "test_the_customer_is_told_when_that_is_asked_for_and_never_else")
class SourceThatAlwaysTellsTheCustomer(ToySource):
    def write(self, method, path, body):
        return super().write(method, path, {**body, "tell": True})


class KeyInTheAddress(ToyClient):
    def send(self, method, path, **more):
        return super().send(method, path, **{**more, "params": {**more.get("params", {}), "key": KEY}})


@before(Sources, "test_no_secret_is_in_the_address_of_a_request")
class SourceThatPutsItsKeyIntoTheAddress(ToySource):
    speaks = KeyInTheAddress


@before(Sources, "test_an_order_is_found_by_exactly_its_name")
class SourceThatFindsNamesThatAreAlike(ToySource):
    def find_orders_by_name(self, name):
        found = self.client.ask("GET", "orders", params={"name": name})
        return tuple(to_head(each) for each in found["orders"])


@before(Sources, "test_several_threads_read_and_write_at_the_same_time")
class SourceWhoseThreadsShareAnAnswer(ToySource):
    def page(self, order_id, line):
        self.found = super().page(order_id, line)
        threading.Event().wait(0.05)
        return self.found
