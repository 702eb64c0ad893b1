"""Who the credentials belong to, what is missing and what is worth a note."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.adapters.shopify.identity import missing_scopes
from order_sync.core.ports import ShopIdentity
from tests.unit.adapters.shopify.fake_shopify import FakeShopify

ENOUGH = ("read_all_orders", "read_locations", "read_orders", "write_merchant_managed_fulfillment_orders")


def identity(
    scopes: tuple[str, ...] = ENOUGH,
    domain: str = "demo.myshopify.com",
    development: bool = False,
    versions: tuple[tuple[str, bool], ...] = (("2026-07", True), ("2026-10", True), ("unstable", False)),
    **settings: Any,
) -> ShopIdentity:
    answer = {
        "shop": {
            "id": "gid://shopify/Shop/1",
            "name": "Demo",
            "myshopifyDomain": domain,
            "plan": {"partnerDevelopment": development},
        },
        "currentAppInstallation": {"accessScopes": [{"handle": scope} for scope in scopes]},
        "publicApiVersions": [{"handle": handle, "supported": supported} for handle, supported in versions],
    }
    return FakeShopify(ShopIdentity=answer).source(**settings).identify()


def test_sufficient_scopes_leave_nothing_to_note() -> None:
    assert identity() == ShopIdentity("gid://shopify/Shop/1", "Demo", "demo.myshopify.com", ENOUGH, (), ())


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        ((), ("read_orders", "read_locations", "write_merchant_managed_fulfillment_orders")),
        (ENOUGH, ()),
        (("write_orders", "write_locations", "write_merchant_managed_fulfillment_orders"), ()),
        (
            ("read_orders", "read_locations", "read_merchant_managed_fulfillment_orders"),
            ("write_merchant_managed_fulfillment_orders",),
        ),
        (("read_orders", "read_locations", "write_assigned_fulfillment_orders"), ()),
        (("read_orders", "read_locations", "write_third_party_fulfillment_orders"), ()),
        (("read_all_orders", "read_locations", *ENOUGH[3:]), ("read_orders",)),
    ],
)
def test_missing_scopes_are_named_and_a_write_scope_includes_reading(
    scopes: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    assert missing_scopes(scopes) == missing


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        ({"scopes": ENOUGH[1:]}, "60 days"),
        ({"scopes": (*ENOUGH[:3], "write_assigned_fulfillment_orders")}, "merchant's own locations"),
        ({"domain": "other.myshopify.com"}, "other.myshopify.com"),
        ({"development": True}, "development store"),
        ({"versions": (("2027-01", True), ("2026-10", False))}, "2026-10 is not served"),
        ({"api_version": "2025-01"}, "2025-01 is not served"),
    ],
)
def test_what_an_operator_should_know_is_noted(odd: dict[str, Any], says: str) -> None:
    (note,) = identity(**odd).notes
    assert says in note


def test_no_note_on_versions_where_none_are_told_or_unstable_is_meant() -> None:
    assert identity(versions=()).notes == ()
    assert identity(api_version="unstable").notes == ()
