"""What the review says of the next paid order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.model.supplier_order import Capabilities
from order_sync.core.policies.plain_words import next_order
from tests.builders import a_location

ON = OrderSyncSettings(enabled=True, auto_fulfillment=True, test_order=False)


def words(settings: OrderSyncSettings, **capabilities: bool) -> str:
    return " ".join(next_order(settings, "Acme", Capabilities(**capabilities)))


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


def test_a_supplier_without_test_orders_holds_them():
    assert "it is held: Acme takes no test orders" in words(replace(ON, test_order=True), test_orders=False)
