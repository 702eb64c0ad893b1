"""Lists of orders, locations and what is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.adapters.shopify.order_source import quoted
from order_sync.core.errors import MalformedResponseError, OutcomeUnknownError, ServiceUnavailableError
from order_sync.core.model.address import Address
from order_sync.core.model.order import TrackingInfo
from tests.unit.adapters.shopify.fake_shopify import T0, T1, FakeShopify, a_raw_address, a_raw_head, page

SINCE = datetime(2026, 3, 3, 12, tzinfo=UTC)


def heads(*nodes: Any, more: str | None = None) -> dict[str, Any]:
    return {"orders": page(*nodes, more=more)}


def test_changed_orders_are_searched_by_quoted_utc_time() -> None:
    shop = FakeShopify(OrdersChanged=heads(a_raw_head(1)))
    since = datetime(2026, 3, 3, 7, 0, 0, 900_000, tzinfo=timezone(timedelta(hours=-5)))
    (head,) = shop.source().orders_changed_since(since)
    assert (head.order_id, head.name, head.updated_at) == ("gid://shopify/Order/1", "#1001", SINCE)
    assert shop.asked == [("OrdersChanged", {"query": "updated_at:>='2026-03-03T12:00:00Z'", "after": None})]


def test_pages_are_asked_for_only_when_they_are_needed() -> None:
    shop = FakeShopify(OrdersChanged=[heads(a_raw_head(1), more="c1"), heads(a_raw_head(2))])
    found = shop.source().orders_changed_since(SINCE)
    assert shop.requests == []
    assert next(found).name == "#1001"
    assert len(shop.requests) == 1
    assert [head.name for head in found] == ["#1002"]
    assert shop.asked[1][1]["after"] == "c1"


def test_orders_before_the_moment_are_left_out_even_if_the_search_gives_them() -> None:
    shop = FakeShopify(OrdersChanged=heads(a_raw_head(1, "2026-03-03T11:59:59Z"), a_raw_head(2, T0)))
    assert [head.name for head in shop.source().orders_changed_since(SINCE)] == ["#1002"]


def test_a_repeated_head_is_told_once_and_a_changed_one_again() -> None:
    shop = FakeShopify(
        OrdersChanged=[heads(a_raw_head(1), more="c1"), heads(a_raw_head(1), a_raw_head(2), a_raw_head(1, T1))]
    )
    assert [head.name for head in shop.source().orders_changed_since(SINCE)] == ["#1001", "#1002", "#1001"]


def test_an_error_in_a_later_page_is_raised_after_the_heads_before_it() -> None:
    shop = FakeShopify(OrdersChanged=[heads(a_raw_head(1), more="c1"), httpx.Response(500)])
    found = shop.source().orders_changed_since(SINCE)
    assert next(found).name == "#1001"
    with pytest.raises(ServiceUnavailableError):
        next(found)


def test_a_page_without_a_cursor_is_an_error() -> None:
    broken = {"orders": {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}}
    with pytest.raises(MalformedResponseError):
        list(FakeShopify(OrdersChanged=broken).source().orders_changed_since(SINCE))


def test_a_moment_without_time_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="aware"):
        FakeShopify().source().orders_changed_since(datetime(2026, 3, 3))


def test_a_number_is_looked_for_with_and_without_its_sign() -> None:
    like = a_raw_head(7, name="#10012")
    newer = a_raw_head(2, name="1001", createdAt=T1)
    shop = FakeShopify(OrdersByName=[heads(like, newer), heads(a_raw_head(1), like)])
    found = shop.source().find_orders_by_name(" 1001 ")
    assert [head.name for head in found] == ["1001", "#1001"]
    assert [variables["query"] for _, variables in shop.asked] == ["name:'1001'", "name:'#1001'"]


def test_a_name_with_its_sign_is_looked_for_once_and_exactly() -> None:
    shop = FakeShopify(OrdersByName=heads(a_raw_head(1), a_raw_head(3, name="#1001-A"), a_raw_head(1)))
    assert [head.name for head in shop.source().find_orders_by_name("#1001")] == ["#1001"]
    assert len(shop.requests) == 1


def test_no_name_finds_nothing_without_asking() -> None:
    shop = FakeShopify()
    assert shop.source().find_orders_by_name("  ") == ()
    assert shop.requests == []


def test_a_search_for_a_name_that_resembles_everything_comes_to_an_end() -> None:
    others = [a_raw_head(n, name="#1001-X") for n in range(50)]
    shop = FakeShopify(OrdersByName=[heads(*others, more=f"c{n}") for n in range(9)])
    assert shop.source().find_orders_by_name("#1001") == ()
    assert len(shop.requests) == 5


def test_quotes_and_backslashes_in_a_name_stay_inside_the_search_text() -> None:
    assert quoted("#1' OR name:'*\\") == "'#1\\' OR name:\\'*\\\\'"


@given(st.text(max_size=30))
def test_a_quoted_text_has_no_quote_that_ends_it_early(text: str) -> None:
    inner = quoted(text)[1:-1]
    plain, escaped = "", False
    for char in inner:
        if escaped or char != "\\":
            assert escaped or char != "'"
            plain, escaped = plain + char, False
        else:
            escaped = True
    assert not escaped
    assert plain == text


def a_raw_location(number: int, name: str, active: bool = True, **overrides: Any) -> dict[str, Any]:
    address = {**a_raw_address(**overrides), "countryCode": "US", "address1": "1 Main"}
    return {"id": f"gid://shopify/Location/{number}", "name": name, "isActive": active, "address": address}


def test_locations_of_all_pages_come_active_first_under_their_name() -> None:
    shop = FakeShopify(
        Locations=[
            {"locations": page(a_raw_location(1, "Closed", False), a_raw_location(2, "Warehouse"), more="c")},
            {"locations": page(a_raw_location(3, "alpha"), a_raw_location(2, "Warehouse"))},
        ]
    )
    found = shop.source().locations()
    assert [(location.name, location.active) for location in found] == [
        ("alpha", True),
        ("Warehouse", True),
        ("Closed", False),
    ]
    assert found[0].address == Address(name="alpha", address1="1 Main", country_code="US")


def test_a_location_without_address_is_still_listed() -> None:
    raw = {**a_raw_location(1, "Pop-up"), "address": None}
    assert FakeShopify(Locations={"locations": page(raw)}).source().locations()[0].address == Address(name="Pop-up")


def test_tracking_is_replaced_and_the_customer_told() -> None:
    payload = {"fulfillment": {"id": "gid://shopify/Fulfillment/1"}, "userErrors": []}
    shop = FakeShopify(FulfillmentTrackingUpdate={"fulfillmentTrackingInfoUpdate": payload})
    shop.source().update_tracking("gid://shopify/Fulfillment/1", (TrackingInfo("1Z", "ups"),), True)
    assert shop.asked[0][1] == {
        "fulfillmentId": "gid://shopify/Fulfillment/1",
        "tracking": {"company": "UPS", "number": "1Z"},
        "notify": True,
    }


def test_a_tracking_update_that_is_cut_off_is_in_doubt() -> None:
    shop = FakeShopify(FulfillmentTrackingUpdate=httpx.ReadTimeout("x"))
    with pytest.raises(OutcomeUnknownError):
        shop.source().update_tracking("gid://shopify/Fulfillment/1", (TrackingInfo("1Z"),), False)
    assert len(shop.requests) == 1


def test_closing_twice_does_no_harm() -> None:
    source = FakeShopify().source()
    source.close()
    source.close()
