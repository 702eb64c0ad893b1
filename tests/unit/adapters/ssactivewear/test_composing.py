"""The exact body of an order."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.adapters.ssactivewear.composing import composed, merged_lines
from order_sync.adapters.ssactivewear.options import SHIPPING_METHODS, problems_of
from order_sync.core.errors import ConfigurationError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.purchase_order import Mode, PurchaseOptions, PurchaseOrderLine
from tests.builders import an_address
from tests.unit.adapters.ssactivewear.fake_ssactivewear import a_purchase, documents

DOCUMENTED = {
    name for entry in documents().values() if entry["kind"] == "order.post.request" for name in entry["request"]["body"]
}


def test_what_is_not_chosen_is_left_to_the_account():
    assert json.loads(composed(a_purchase(), "US")) == {
        "shippingAddress": {
            "customer": "Dana Quill",
            "attn": "Dana Quill",
            "address": "418 Larch Ave",
            "city": "Duluth",
            "state": "MN",
            "zip": "55805",
        },
        "poNumber": "QA-1001",
        "testOrder": True,
        "autoselectWarehouse": True,
        "rejectLineErrors": True,
        "lines": [{"identifier": "B00760004", "qty": 2}],
    }


def test_every_choice_becomes_a_documented_member():
    options = PurchaseOptions("54", "fastest", True, False, "orders@example.com", reject_line_errors=False)
    profile = PaymentProfile("buyer@example.com", "900100200")
    body = json.loads(composed(a_purchase(mode=Mode.LIVE, options=options, payment_profile=profile), "US"))
    assert set(body) <= DOCUMENTED
    assert body["testOrder"] is False
    assert body["shippingAddress"]["residential"] is False
    assert (body["shippingMethod"], body["shipBlind"]) == ("54", True)
    assert body["AutoSelectWarehouse_Preference"] == "fastest"
    assert (body["emailConfirmation"], body["rejectLineErrors"]) == ("orders@example.com", False)
    assert body["paymentProfile"] == {"email": "buyer@example.com", "profileID": 900100200}


def test_the_same_order_always_gives_the_same_ascii_text():
    purchase = a_purchase(ship_to=an_address(name="Zoë 鵬\ud800"))
    assert composed(purchase, "US") == composed(purchase, "US")
    assert composed(purchase, "US").isascii()


@pytest.mark.parametrize("profile_id", ["", "visa", "1.5", "-3", "１２"])
def test_a_profile_id_that_is_no_number_is_refused_before_anything_is_sent(profile_id):
    with pytest.raises(ConfigurationError, match="payment profile"):
        composed(a_purchase(payment_profile=PaymentProfile("a@b.c", profile_id)), "US")


@pytest.mark.parametrize("po_number", ["", "1001", "A 1", "A,1", "A/1", "#1001", "Ä1", "A1\n", "--"])
def test_a_po_number_that_could_not_be_found_again_is_refused(po_number):
    with pytest.raises(ConfigurationError, match="PO number"):
        composed(a_purchase(po_number=po_number), "US")


@given(st.lists(st.tuples(st.sampled_from(["A", "B", "a"]), st.integers(1, 9)), max_size=12))
def test_merging_keeps_every_piece_and_names_each_sku_once(pairs):
    merged = merged_lines(tuple(PurchaseOrderLine(sku, quantity) for sku, quantity in pairs))
    assert len({line["identifier"] for line in merged}) == len(merged)
    for sku in ("A", "B", "a"):
        wanted = sum(quantity for name, quantity in pairs if name == sku)
        assert sum(line["qty"] for line in merged if line["identifier"] == sku) == wanted


@pytest.mark.parametrize("country", ["US", "CA"])
def test_every_documented_method_is_understood_in_its_country(country):
    for method in SHIPPING_METHODS[country]:
        assert problems_of(PurchaseOptions(shipping_method=method), country) == ()


def test_options_of_another_country_or_spelling_are_told_with_what_is_allowed():
    problems = problems_of(PurchaseOptions("81", "Fewest"), "US")
    assert len(problems) == 2
    assert "40 (UPS Ground)" in problems[0] and "fewest, fastest" in problems[1]
