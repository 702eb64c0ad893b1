"""An order's own page: what is known of it, and the buttons that its state allows."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from order_sync.core.model.sync_record import State
from order_sync.core.policies.operator_rules import ACTIONS, cancellable, is_allowed
from order_sync.sandbox import Fault
from order_sync.web.record_address import address_of, key_of
from tests.integration.web.person import Page


def one(sync):
    (record,) = sync.records("main")
    return record


def made(sync, sandbox, state: str):
    """An order in that state, through the front door."""
    shop, supplier = sandbox.shopify, sandbox.supplier
    if state == "held":
        order = shop.add_order([("B00760004", 2), ("MUG-1", 1)])
    elif state == "waiting":
        order = shop.add_order([("B00760004", 2)], financial_status="PENDING")
    else:
        order = shop.add_order([("B00760004", 2)])
    if state == "in_doubt":
        supplier.knobs.visible_after_s = 10_000
        supplier.faults.add(Fault("cut_after", method="POST", path_contains="orders"))
    sync.handle_new_order("main", order)
    return one(sync)


def path(record) -> str:
    return f"/orders/{address_of(record.key)}"


def buttons(page: Page) -> set[str]:
    return {value for form in page.forms for name, value in form.buttons if name == "do"}


STATES = ("held", "waiting", "in_doubt", "placed")


@pytest.mark.parametrize("state", STATES)
def test_the_buttons_are_what_the_state_allows(sync, person, sandbox, state):
    record = made(sync, sandbox, state)
    page = person.get(path(record))
    allowed = {action for action in ACTIONS if is_allowed(action, record)}
    if not cancellable(record):
        allowed.discard("cancel")
    assert buttons(page) == allowed and not page.faults


def test_lines_reasons_purchase_orders_history_and_cost_are_shown(sync, person, sandbox):
    record = made(sync, sandbox, "placed")
    page = person.get(path(record))
    for text in ("#1001", "B00760004", record.po_number, record.supplier_orders[0].order_number, "placed", "History"):
        assert text in page.text
    held = person.get(path(record), told="retry")
    assert "looked at again" in held.text
    assert person.get(path(record), told="<b>").status == 200


def test_the_reason_of_each_line_is_shown(sync, person, sandbox):
    record = made(sync, sandbox, "held")
    page = person.get(path(record))
    for line in record.lines:
        assert (line.sku or "") in page.text and line.reason in page.text
    assert record.reason in page.text


def test_tracking_is_shown(sync, person, sandbox):
    record = made(sync, sandbox, "placed")
    sandbox.clock.advance(3 * 86400)
    sync.handle_new_order("main", record.key.order_id, follow=True)
    numbers = [info.number for order in one(sync).supplier_orders for info in order.tracking]
    page = person.get(path(record))
    assert all(number in page.text for number in numbers)


@pytest.mark.parametrize("action", ["retry", "release", "skip"])
def test_each_action_on_a_held_order_does_what_it_says(sync, person, sandbox, action):
    record = made(sync, sandbox, "held")
    page = person.send(person.get(path(record)), action)
    assert page.status == 200 and page.url.params["told"] == action and 'class="message done"' in page.html
    after = one(sync)
    assert after.state is {"retry": State.HELD, "release": State.PLACED, "skip": after.state}[action]
    assert len(sandbox.supplier.orders) == (action == "release")
    assert after.state is not State.HELD or action == "retry"


def test_why_is_kept_with_the_order(sync, person, sandbox):
    record = made(sync, sandbox, "held")
    page = person.send(person.get(path(record)), "skip", reason="printed <b>here</b>\x00")
    assert "printed &lt;b&gt;here" in page.html and "printed <b>" not in page.html


def test_a_purchase_is_cancelled_at_the_supplier(sync, person, sandbox):
    record = made(sync, sandbox, "placed")
    page = person.send(person.get(path(record)), "cancel", reason="the customer changed his mind")
    assert page.status == 200
    assert {str(order.status) for order in one(sync).supplier_orders} == {"cancelled"}


def test_what_the_supplier_refuses_is_told(sync, person, sandbox):
    record = made(sync, sandbox, "placed")
    page = person.get(path(record))
    sandbox.clock.advance(3600)
    sandbox.supplier.knobs.cancel_minutes = 0
    page = person.send(page, "cancel")
    assert "see below what it answered" in page.text and one(sync).reason and one(sync).reason in page.text
    assert {str(order.status) for order in one(sync).supplier_orders} != {"cancelled"}


@pytest.mark.parametrize(("found", "numbers"), [("bought", ""), ("not_bought", "123"), (None, ""), ("x", "1")])
def test_a_settlement_that_says_two_things_is_refused(sync, person, sandbox, found, numbers):
    record = made(sync, sandbox, "in_doubt")
    page = person.send(person.get(path(record)), "settle", found=found, order_numbers=numbers)
    assert page.status == 409 and "Say what you found" in page.text
    assert one(sync).state is State.IN_DOUBT


def test_a_doubt_is_settled_with_the_numbers_that_a_person_found(sync, person, sandbox):
    record = made(sync, sandbox, "in_doubt")
    sandbox.supplier.knobs.visible_after_s = 0
    number = sandbox.supplier.orders[0]["orderNumber"]
    page = person.send(person.get(path(record)), "settle", found="bought", order_numbers=f" {number}, ")
    assert page.status == 200, page.text
    assert [order.order_number for order in one(sync).supplier_orders] == [number]
    assert len(sandbox.supplier.orders) == 1


@pytest.mark.parametrize("do", ["release", "settle", "retry", "explode", "", "<b>", "DELETE"])
def test_an_action_that_the_state_does_not_allow_is_told_and_not_done(sync, person, sandbox, do):
    record = made(sync, sandbox, "placed")
    pairs = [("csrf", person.csrf()), ("do", do), ("found", "not_bought")]
    answer = person.post(path(record), pairs)
    assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert one(sync) == record and len(sandbox.supplier.orders) == 1


def test_two_people_click_at_the_same_order_and_it_is_bought_once(sync, person, sandbox):
    record = made(sync, sandbox, "held")
    mine, theirs = person.get(path(record)), person.get(path(record))
    assert person.send(mine, "release").status == 200
    page = person.send(theirs, "release")
    assert page.status == 409 and len(sandbox.supplier.orders) == 1


def test_a_supplier_that_is_down_is_told_and_the_order_stays(sync, person, sandbox):
    record = made(sync, sandbox, "held")
    page = person.get(path(record))
    sandbox.shopify.faults.add(Fault("status", status=503, times=None))
    page = person.send(page, "retry")
    assert one(sync).state is State.HELD and "did not answer properly" in page.text


def test_only_shares_of_the_same_order_are_called_its_shares(sync, person, sandbox, mocker):
    record = made(sync, sandbox, "placed")
    share = replace(record, key=replace(record.key, share="fulfillment 2"))
    other = replace(record, key=replace(record.key, order_id="gid://shopify/Order/9"), order_name="#77")
    mocker.patch.object(sync, "records", return_value=(record, share, other))
    page = person.get(path(record))
    assert "Other shares of this order" in page.text and path(share) in page.links and path(other) not in page.links


def forged() -> list[str]:
    def packed(value: object) -> str:
        text = json.dumps(value)
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    return [
        "x",
        "new",
        "%00",
        "🙂",
        "a" * 8000,
        packed(["main", "1", "order"]),
        packed(["main", "gid://shopify/Order/404", "order", "live"]),
        packed(["main", "\ud800", "order", "live"]),
        packed(["main", "\x00", "\ud800", "live"]),
        packed(["\udfff", "1", "order", "live"]),
        packed(["main", 1, None, "live"]),
        packed({"main": 1, "a": 2, "b": 3, "live": 4}),
        packed([["main"], "1", "order", "nonsense"]),
        packed(None),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
        base64.urlsafe_b64encode(b"9" * 5000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
    ]


@pytest.mark.parametrize("address", forged(), ids=range(len(forged())))
def test_a_forged_address_is_not_found(person, address):
    csrf = person.csrf()
    assert person.get(f"/orders/{address}").status == 404
    assert person.post(f"/orders/{address}", [("csrf", csrf), ("do", "retry")]).status_code == 404
    answer = person.post("/orders", [("csrf", csrf), ("do", "do"), ("action", "retry"), ("record", address)])
    assert answer.status_code == 200 and 'role="alert"' in answer.text


@pytest.mark.parametrize("order_id", ["1", "ünïcode/🙂", "a\x00b", "x" * 200])
def test_an_address_gives_back_the_key_it_was_made_of(sync, sandbox, order_id):
    record = made(sync, sandbox, "placed")
    key = replace(record.key, order_id=order_id)
    assert key_of(address_of(key)) == key


def test_a_record_that_vanished_is_told(sync, person, sandbox, mocker):
    record = made(sync, sandbox, "held")
    page = person.get(path(record))
    mocker.patch.object(sync, "record", return_value=None)
    page = person.send(page, "retry")
    assert page.status == 404 and "does not exist any more" in page.text
