"""The rarer turns: what cannot be read, what was replaced, what a person may do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidTransitionError,
    MalformedResponseError,
    NotAllowedError,
    OrderNotFoundError,
    RejectedRequestError,
    ServiceUnavailableError,
    StorageLockedError,
)
from order_sync.core.model.address import Address
from order_sync.core.model.money import Money
from order_sync.core.model.settings import Connection, PluginSettings
from order_sync.core.model.supplier_order import (
    Capabilities,
)
from order_sync.core.model.sync_record import State
from order_sync.core.policies.po_number import default_prefix
from order_sync.core.policies.settings_text import parse_setting, parse_settings, split_pair
from tests.builders import NOW, a_fulfillment, a_line, an_address, an_order
from tests.fakes.bench import Bench
from tests.fakes.supplier import FlakySupplier, lost

ORDER = "gid://shopify/Order/1"


# ---------------------------------------------------------------------- settings as text


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("enabled", "true", True),
        ("enabled", "Off", False),
        ("ship_blind", "none", None),
        ("ship_blind", "yes", True),
        ("shipping_method", "54", "54"),
        ("shipping_method", "none", None),
        ("payment_profile", "none", None),
        ("po_template", "PO{order_number}", "PO{order_number}"),
    ],
)
def test_a_setting_is_read_from_text(name, text, value):
    assert parse_setting(name, text) == value
    assert parse_settings([(name, text)]) == {name: value}


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("enabled", "perhaps", "true, false"),
        ("ship_blind", "perhaps", "or none"),
        ("payment_profile", "7", "order-sync profiles"),
        ("store_address", "7", "order-sync locations"),
        ("colour", "red", "The settings are"),
    ],
)
def test_a_setting_that_cannot_be_read_says_what_would_do(name, text, words):
    with pytest.raises(ConfigurationError) as caught:
        parse_setting(name, text)
    assert words in str(caught.value)


def test_a_pair_is_split_at_its_first_equals_sign():
    assert split_pair(" a = b=c ") == ("a", "b=c")
    for bad in ("nothing", "=x"):
        with pytest.raises(ConfigurationError, match="KEY=VALUE"):
            split_pair(bad)


@pytest.mark.parametrize(
    ("shop", "taken", "prefix"),
    [
        ("demo.myshopify.com", [], "DEMO"),
        ("https://my-shop.myshopify.com", ["MYSHOP"], "MYSHOP2"),
        ("123.myshopify.com", [], "S123"),
        ("a-very-long-shop-name.myshopify.com", [], "AVERYLONGSHO"),
    ],
)
def test_a_prefix_comes_from_the_shops_name_and_is_unlike_the_others(shop, taken, prefix):
    assert default_prefix(shop, taken) == prefix


def test_a_connection_needs_a_usable_name():
    with pytest.raises(ConfigurationError, match="cannot name"):
        Connection("a b", PluginSettings("x"), PluginSettings("y"))


def test_addresses_and_amounts_are_shown_in_words():
    assert an_address(company="Quill").one_line() == "Dana Quill, Quill, 418 Larch Ave, Duluth, MN 55805, US"
    assert Address().one_line() == ""
    assert str(Money(Decimal("1.50"), "USD")) == "1.50 USD"


# ---------------------------------------------------------------------- what cannot be read


def test_an_order_whose_answer_makes_no_sense_is_held_and_named(mocker):
    bench = Bench(an_order())
    mocker.patch.object(bench.shop, "get_order", side_effect=MalformedResponseError("an HTML page"))
    record = bench.sync().records[0]
    assert (record.state, record.reason_code, record.order_name) == (State.HELD, "malformed_response", "#1001")
    mocker.stopall()
    assert bench.operator.retry(bench.ctx, record).state == "placed"


def test_refused_shop_credentials_end_the_look_and_leave_a_record(mocker):
    bench = Bench(an_order())
    mocker.patch.object(bench.shop, "get_order", side_effect=AuthenticationError("401"))
    with pytest.raises(AuthenticationError):
        bench.sync()
    assert (bench.record().state, bench.record().reason_code) == (State.RECEIVED, "authentication")


def test_an_order_nobody_heard_of_is_an_error():
    with pytest.raises(OrderNotFoundError):
        Bench().handle("gid://shopify/Order/404")


def test_an_order_that_is_gone_from_the_shop_says_so():
    bench = Bench(an_order(shipping_address=None))
    bench.handle()
    del bench.shop.orders[ORDER]
    assert bench.handle().records[0].reason_code == "not_in_shop"


def test_an_order_that_vanishes_while_it_is_listed_is_told_and_stops_nothing(mocker):
    bench = Bench(an_order(), an_order(order_id="2", name="#2", number="2"))
    whole = bench.shop.get_order

    def gone(order_id):
        if order_id == ORDER:
            raise OrderNotFoundError("The shop has no order 1.")
        return whole(order_id)

    mocker.patch.object(bench.shop, "get_order", side_effect=gone)
    look = bench.sync()
    assert look.problems == ["The shop has no order 1."]
    assert [record.state for record in look.records] == ["placed"]


@pytest.mark.parametrize("skipped", [True, False])
def test_a_skipped_order_stays_skipped_while_it_cannot_be_read(mocker, skipped):
    bench = Bench(an_order(shipping_address=None))
    bench.handle()
    if skipped:
        bench.operator.skip(bench.record(), "")
    mocker.patch.object(bench.shop, "get_order", side_effect=ServiceUnavailableError("down"))
    bench.handle()
    assert (bench.record().reason_code == "skipped") is skipped


def test_items_the_supplier_answers_nonsense_about_hold_the_order():
    bench = Bench(an_order())
    bench.supplier.before_look_up = [MalformedResponseError("an HTML page")]
    assert bench.handle().records[0].reason_code == "malformed_response"


def test_wrong_supplier_credentials_are_found_by_the_look_up_of_items_too():
    bench = Bench(an_order())
    bench.supplier.before_look_up = [AuthenticationError("401")]
    with pytest.raises(AuthenticationError):
        bench.handle()
    assert bench.record().reason_code == "authentication"


def test_a_look_up_with_refused_credentials_is_raised_and_stays_in_doubt():
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    bench.handle()
    bench.supplier.before_find = [AuthenticationError("401")]
    with pytest.raises(AuthenticationError):
        bench.handle()
    assert bench.record().state is State.IN_DOUBT


# ---------------------------------------------------------------------- holds


def test_options_the_supplier_does_not_know_hold_the_order(mocker):
    bench = Bench(an_order(), shipping_method="X")
    mocker.patch.object(bench.supplier, "option_problems", return_value=("shipping_method X is unknown.",))
    assert bench.handle().records[0].reason_code == "settings"


def test_a_supplier_without_test_orders_is_never_sent_one():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities(test_orders=False)), test_order=True)
    assert bench.handle().records[0].reason_code == "no_test_orders"
    assert bench.supplier.bodies == []


def test_a_share_that_was_refused_and_then_replaced_says_so():
    bench = Bench(an_order())
    bench.supplier.before_submit = [RejectedRequestError("no")]
    bench.handle()
    bench.set(auto_fulfillment=False)
    bench.shop.put(an_order(fulfillments=(a_fulfillment(),)))
    bench.handle()
    assert bench.record().reason_code == "superseded"
    assert bench.supplier.bought == ["DEMO-1001-2"]


def test_a_held_fulfillment_is_still_bought_after_auto_mode_was_turned_on():
    line = a_line("L1", "MUG", 2, unfulfilled_quantity=0)
    bench = Bench(an_order(line, fulfillments=(a_fulfillment(),)), auto_fulfillment=False)
    bench.handle()
    bench.set(auto_fulfillment=True)
    bench.supplier.catalogue["MUG"] = 9
    bench.handle()
    assert bench.record(share="fulfillment-1").state is State.PLACED
    assert len(bench.ledger.find()) == 1


def test_an_operator_cannot_change_an_order_that_is_being_worked_on():
    bench = Bench(an_order(shipping_address=None))
    bench.handle()
    record = bench.record()
    bench.ledger.claim("main", ORDER, now=bench.clock.now(), lease_s=60)
    with pytest.raises(StorageLockedError, match="another process"):
        bench.operator.skip(record, "")


def test_a_purchase_nobody_can_look_up_can_be_closed_by_hand():
    bench = Bench(an_order(), supplier=FlakySupplier(capabilities=Capabilities(find_by_po=False)))
    bench.supplier.after_submit = [lost()]
    bench.handle()
    bench.handle()
    assert bench.operator.skip(bench.record(), "found at the supplier").state is State.IGNORED
    bench.handle(explicit=True)
    assert len(bench.supplier.bodies) == 1


def test_an_order_in_doubt_can_be_looked_up_now():
    bench = Bench(an_order())
    bench.supplier.after_submit = [lost()]
    bench.handle()
    assert bench.operator.retry(bench.ctx, bench.record()).state == "placed"


def test_only_a_held_order_is_released():
    bench = Bench(an_order(financial_status="pending"))
    bench.handle()
    with pytest.raises(NotAllowedError, match="held"):
        bench.operator.release(bench.ctx, bench.record())


def test_an_illegal_move_names_the_order_and_both_states():
    bench = Bench(an_order())
    bench.handle()
    with pytest.raises(InvalidTransitionError, match=r"#1001.*placed to planned"):
        bench.record().move(State.PLANNED)


def test_a_record_that_is_due_is_looked_at_even_when_its_order_did_not_change():
    bench = Bench(an_order(updated_at=NOW - timedelta(days=3), created_at=NOW - timedelta(hours=1)))
    bench.supplier.before_submit = [ServiceUnavailableError("down")]
    bench.handle()
    look = bench.sync()
    assert look.looked_at == 0
    assert [record.state for record in look.records] == ["placed"]


def test_pieces_outside_the_fulfillment_are_explained_on_a_line_that_is_bought_in_part():
    bench = Bench(an_order(fulfillments=(a_fulfillment(1, {"L1": 1}),)), auto_fulfillment=False)
    (line,) = bench.handle().records[0].lines
    assert (line.outcome, line.ordered, line.quantity) == ("bought", 2, 1)
    assert "1 of 2 not part of fulfillment #1001.1" in line.reason


def test_a_refusal_is_stored_in_one_step_so_that_no_crash_leaves_it_to_nobody(mocker):
    bench = Bench(an_order())
    bench.supplier.before_submit = [RejectedRequestError("no")]
    saved = mocker.spy(bench.ledger, "save")
    bench.handle()
    states = [call.args[1].state for call in saved.call_args_list]
    assert states == [State.PLANNED, State.SUBMITTING, State.HELD]
    assert [attempt.outcome for attempt in bench.ledger.attempts(bench.record().key)] == ["rejected"]
