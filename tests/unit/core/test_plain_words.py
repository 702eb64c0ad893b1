"""What the review says of the next paid order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.model.supplier_order import Capabilities
from order_sync.core.policies.plain_words import limits_of, next_order
from tests.builders import a_location

ON = OrderSyncSettings(enabled=True, auto_fulfillment=True, test_order=False)


def words(settings: OrderSyncSettings, **capabilities: bool) -> str:
    return " ".join(
        next_order(settings, "Acme", Capabilities(**{"payment_profiles": True, "stock": True, **capabilities}))
    )


def test_while_it_is_off_nothing_is_bought_and_nothing_else_is_said():
    assert words(replace(ON, enabled=False)).startswith("Order Sync is off")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "it is bought at Acme for real money"),
        ({"auto_fulfillment": False}, "mark it, or a part of it, as fulfilled"),
        ({"test_order": True}, "as a test order: nothing is shipped"),
        ({"disable_dropshipping": True, "store_address": a_location()}, "ships it to your store address"),
        ({"payment_profile": PaymentProfile("b@example.com", "7", "Visa 4242")}, "Visa 4242 of b@example.com"),
        ({"unknown_sku": "skip"}, "is left out"),
        ({"short_stock": "hold"}, "the order is held"),
        ({"short_stock": "partial"}, "what there is is bought"),
        ({"hold_above": Decimal(250)}, "above 250"),
        ({"hold_countries": ("CA",)}, "ships to CA"),
        ({"hold_tags": ("big", "odd")}, "big or odd"),
        ({"hold_older_than_days": 3}, "older than 3 days"),
        ({"hold_risk": "cancel"}, "because of its risk"),
        ({"hold_risk": "investigate"}, "or to look into it"),
        ({"order_limit": Decimal(90)}, "more than 90"),
        ({"daily_limit": Decimal(500)}, "more than 500"),
        ({"fulfill_when": "placed"}, "marked as fulfilled in the shop at once"),
        ({"notify_customer": False}, "does not mail the customer"),
    ],
)
def test_every_setting_that_changes_what_happens_is_said(change, said):
    assert said in words(replace(ON, **change))
    assert not change or words(replace(ON, **change)) != words(ON)


@pytest.mark.parametrize(
    ("lacks", "settings", "said"),
    [
        ("test_orders", {"test_order": True}, "it is held: Acme takes no test orders"),
        ("find_by_po", {}, "If the answer to the purchase is lost, it waits for you: Acme cannot be asked"),
        ("stock", {"short_stock": "hold"}, "If too little is in stock, Acme decides."),
        (
            "payment_profiles",
            {"payment_profile": PaymentProfile("b@example.com", "7", "Visa 4242")},
            "It is held: a payment profile is selected, and Acme has none.",
        ),
    ],
)
def test_what_the_supplier_cannot_do_is_said_of_the_next_order(lacks, settings, said):
    assert said in words(replace(ON, **settings), **{lacks: False})
    assert said not in words(replace(ON, **settings))


@pytest.mark.parametrize("lacks", ["find_by_po", "test_orders", "payment_profiles", "stock", "cancel"])
def test_what_a_supplier_does_not_declare_is_said_in_a_sentence_of_its_own(lacks):
    everything = Capabilities(cancel=True, payment_profiles=True, stock=True)
    assert limits_of(everything, "Acme") == ()
    (sentence,) = limits_of(replace(everything, **{lacks: False}), "Acme")
    assert sentence.startswith("Acme ") and sentence.endswith(".")


def test_a_supplier_without_test_orders_holds_them():
    assert "it is held: Acme takes no test orders" in words(replace(ON, test_order=True), test_orders=False)
