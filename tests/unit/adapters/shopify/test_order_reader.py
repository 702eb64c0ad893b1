"""One order beyond a page, refunds, and an order that changes while it is read."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.adapters.shopify.queries import FIRST_FULFILLMENTS
from order_sync.core.errors import (
    AccessDeniedError,
    MalformedResponseError,
    OrderNotFoundError,
    ServiceUnavailableError,
)
from tests.unit.adapters.shopify.fake_shopify import (
    GID,
    T0,
    T1,
    FakeShopify,
    a_raw_line,
    a_raw_order,
    a_raw_parcel,
    a_raw_parcel_line,
    a_raw_refund,
    a_raw_work,
    a_raw_work_line,
    graphql_error,
    page,
)


def line_page(*lines: Any, more: str | None = None, at: str = T0) -> dict[str, Any]:
    return {"order": {"updatedAt": at, "lineItems": page(*lines, more=more)}}


def lines(first: int, last: int) -> list[dict[str, Any]]:
    return [a_raw_line(number) for number in range(first, last + 1)]


def test_an_ordinary_order_takes_one_request() -> None:
    shop = FakeShopify(OrderForSync={"order": a_raw_order()})
    shop.source().get_order(GID)
    assert shop.asked == [("OrderForSync", {"id": GID, "parcels": FIRST_FULFILLMENTS})]


@pytest.mark.parametrize("order_id", ["1", GID, f" {GID} ", "001"])
def test_an_order_is_found_by_either_form_of_its_id(order_id: str) -> None:
    shop = FakeShopify(OrderForSync={"order": a_raw_order()})
    source = shop.source()
    assert source.canonical_order_id(order_id) == GID
    source.get_order(order_id)
    assert shop.asked[0][1]["id"] == GID


@pytest.mark.parametrize("order_id", ["", "#1001", "gid://shopify/Product/1", f"{GID}?x", "1 2", "٣", "9" * 21, "-1"])
def test_what_is_no_order_id_is_told_without_asking(order_id: str) -> None:
    shop = FakeShopify()
    with pytest.raises(OrderNotFoundError, match="gid://shopify/Order/123"):
        shop.source().get_order(order_id)
    assert shop.requests == []


def test_an_order_that_is_not_shown_is_not_found() -> None:
    with pytest.raises(OrderNotFoundError, match="read_all_orders"):
        FakeShopify(OrderForSync={"order": None}).source().get_order(GID)


def test_three_hundred_and_ten_lines_are_read() -> None:
    shop = FakeShopify(
        OrderForSync={"order": a_raw_order(lineItems=page(*lines(1, 50), more="c50"))},
        OrderLinesPage=[line_page(*lines(51, 300), more="c300"), line_page(*lines(300, 310))],
    )
    order = shop.source().get_order(GID)
    assert [line.line_id for line in order.lines] == [f"gid://shopify/LineItem/{n}" for n in range(1, 311)]
    assert [variables["after"] for _, variables in shop.asked[1:]] == ["c50", "c300"]


@pytest.mark.parametrize("cursor", ["c50", None, ""])
def test_a_cursor_that_does_not_move_on_is_an_error_not_an_endless_loop(cursor: str | None) -> None:
    stuck = line_page(a_raw_line(2))
    stuck["order"]["lineItems"]["pageInfo"] = {"hasNextPage": True, "endCursor": cursor}
    shop = FakeShopify(OrderForSync={"order": a_raw_order(lineItems=page(more="c50"))}, OrderLinesPage=stuck)
    with pytest.raises(MalformedResponseError, match="page without an end"):
        shop.source().get_order(GID)


def test_more_work_and_more_lines_of_work_are_read() -> None:
    first = a_raw_work(1, a_raw_work_line(1), lineItems=page(a_raw_work_line(1), more="w1"))
    shop = FakeShopify(
        OrderForSync={"order": a_raw_order(fulfillmentOrders=page(first, more="f1"))},
        OrderWorkPage={"order": {"updatedAt": T0, "fulfillmentOrders": page(a_raw_work(2, a_raw_work_line(9)))}},
        WorkLinesPage={"fulfillmentOrder": {"updatedAt": T0, "lineItems": page(a_raw_work_line(2))}},
    )
    order = shop.source().get_order(GID)
    assert [[line.work_line_id[-1] for line in work.lines] for work in order.work] == [["1", "2"], ["9"]]


def test_more_lines_of_a_fulfillment_are_read() -> None:
    first = a_raw_parcel(1, fulfillmentLineItems=page(a_raw_parcel_line(1), more="p1"))
    shop = FakeShopify(
        OrderForSync={"order": a_raw_order(fulfillments=[first])},
        FulfillmentPage={"fulfillment": a_raw_parcel(1, a_raw_parcel_line(2))},
    )
    (found,) = shop.source().get_order(GID).fulfillments
    assert len(found.lines) == 2


def parcels(listed: int) -> FakeShopify:
    """A shop that shows a full first list of fulfillments, and so many when asked for all ids."""
    first = [a_raw_parcel(n) for n in range(1, FIRST_FULFILLMENTS + 1)]
    return FakeShopify(
        OrderForSync={"order": a_raw_order(fulfillments=first)},
        OrderFulfillmentIds={
            "order": {"updatedAt": T0, "fulfillments": [{"id": a_raw_parcel(n)["id"]} for n in range(1, listed + 1)]}
        },
        FulfillmentPage=[
            {"fulfillment": a_raw_parcel(n, a_raw_parcel_line(n))}
            for n in range(FIRST_FULFILLMENTS + 1, max(listed, FIRST_FULFILLMENTS + 1) + 1)
        ],
    )


def test_fulfillments_that_did_not_fit_are_read_one_by_one() -> None:
    shop = parcels(FIRST_FULFILLMENTS + 3)
    found = shop.source().get_order(GID).fulfillments
    assert [each.name for each in found] == [f"#1001-F{n}" for n in range(1, FIRST_FULFILLMENTS + 4)]
    assert shop.operations == ["OrderForSync", "OrderFulfillmentIds", *["FulfillmentPage"] * 3]


def test_a_list_that_is_just_full_is_all_of_them() -> None:
    assert len(parcels(FIRST_FULFILLMENTS).source().get_order(GID).fulfillments) == FIRST_FULFILLMENTS


def test_a_list_of_fulfillments_that_may_be_cut_is_refused_not_shortened() -> None:
    with pytest.raises(MalformedResponseError, match="250 fulfillments"):
        parcels(250).source().get_order(GID)


def test_a_fulfillment_that_vanishes_between_pages_is_a_change() -> None:
    shop = parcels(FIRST_FULFILLMENTS - 1)
    with pytest.raises(ServiceUnavailableError, match="changed 3 times"):
        shop.source().get_order(GID)


def test_refunds_are_read_only_where_there_may_be_some() -> None:
    gone = a_raw_line(1, quantity=5, currentQuantity=1)
    refunds = [
        a_raw_refund(1, (1, 2, "RETURN"), (1, 1, "CANCEL"), (2, 1, "NO_RESTOCK")),
        a_raw_refund(2, (1, 1, "LEGACY_RESTOCK")),
    ]
    shop = FakeShopify(
        OrderForSync={"order": a_raw_order(gone, a_raw_line(2))},
        OrderRefunds={"order": {"updatedAt": T0, "refunds": [*refunds, refunds[0]]}},
    )
    first, second = shop.source().get_order(GID).lines
    assert (first.refunded_quantity, first.returned_quantity) == (4, 2)
    assert (second.refunded_quantity, second.returned_quantity) == (1, 0)
    assert shop.operations == ["OrderForSync", "OrderRefunds"]


@pytest.mark.parametrize("status", ["PARTIALLY_REFUNDED", "REFUNDED"])
def test_a_refunded_order_has_its_refunds_read(status: str) -> None:
    shop = FakeShopify(
        OrderForSync={"order": a_raw_order(displayFinancialStatus=status)},
        OrderRefunds={"order": {"updatedAt": T0, "refunds": []}},
    )
    shop.source().get_order(GID)
    assert shop.operations == ["OrderForSync", "OrderRefunds"]


@pytest.mark.parametrize(
    "cut", [[a_raw_refund(1, more="r1")], [a_raw_refund(n) for n in range(20)]], ids=["lines", "refunds"]
)
def test_refunds_that_may_be_cut_are_asked_for_again_in_full(cut: list[Any]) -> None:
    whole = [a_raw_refund(1, (1, 2, "RETURN"))]
    shop = FakeShopify(
        OrderForSync={"order": a_raw_order(displayFinancialStatus="REFUNDED")},
        OrderRefunds=[{"order": {"updatedAt": T0, "refunds": refunds}} for refunds in (cut, whole)],
    )
    assert shop.source().get_order(GID).lines[0].refunded_quantity == 2
    assert [variables["refunds"] for _, variables in shop.asked[1:]] == [20, 100]


def test_refunds_that_cannot_be_read_in_full_are_an_error() -> None:
    shop = FakeShopify(
        OrderForSync={"order": a_raw_order(displayFinancialStatus="REFUNDED")},
        OrderRefunds={"order": {"updatedAt": T0, "refunds": [a_raw_refund(1, more="r1")]}},
    )
    with pytest.raises(MalformedResponseError, match="perhaps more"):
        shop.source().get_order(GID)


def test_an_order_that_changes_between_pages_is_read_again() -> None:
    first = [{"order": a_raw_order(lineItems=page(a_raw_line(1), more="c1"), updatedAt=at)} for at in (T0, T1)]
    shop = FakeShopify(OrderForSync=first, OrderLinesPage=line_page(a_raw_line(2), at=T1))
    order = shop.source().get_order(GID)
    assert len(order.lines) == 2
    assert shop.operations == ["OrderForSync", "OrderLinesPage"] * 2


def test_an_order_that_never_rests_is_left_for_later() -> None:
    shop = FakeShopify(
        OrderForSync={"order": a_raw_order(lineItems=page(a_raw_line(1), more="c1"))},
        OrderLinesPage=line_page(a_raw_line(2), at=T1),
    )
    with pytest.raises(ServiceUnavailableError, match="changed 3 times"):
        shop.source().get_order(GID)
    assert len(shop.requests) == 6


@pytest.mark.parametrize("answer", [{"order": None}, line_page(at=T1)])
def test_a_page_of_another_moment_does_not_count(answer: Any) -> None:
    shop = FakeShopify(
        OrderForSync=[
            {"order": a_raw_order(lineItems=page(a_raw_line(1), more="c1"))},
            {"order": a_raw_order()},
        ],
        OrderLinesPage=answer,
    )
    assert len(shop.source().get_order(GID).lines) == 1


def test_a_fulfillment_that_is_gone_when_it_is_read_is_a_change() -> None:
    shop = parcels(FIRST_FULFILLMENTS + 1)
    shop.answers("FulfillmentPage", {"fulfillment": None})
    with pytest.raises(ServiceUnavailableError, match="changed 3 times"):
        shop.source().get_order(GID)


def test_an_app_that_may_not_see_the_risk_reads_orders_without_it_from_then_on() -> None:
    refused = {**graphql_error("ACCESS_DENIED", "Access denied for risk.", ["order", "risk"]), "data": {"order": None}}
    shop = FakeShopify(OrderForSync=refused, OrderForSyncWithoutRisk={"order": a_raw_order()})
    source = shop.source()
    assert source.get_order(GID).risk == "" and source.get_order(GID).name == "#1001"
    assert shop.operations == ["OrderForSync", "OrderForSyncWithoutRisk", "OrderForSyncWithoutRisk"]


def test_an_order_that_is_refused_for_another_reason_is_not_read_without_its_risk() -> None:
    shop = FakeShopify(OrderForSync=graphql_error("ACCESS_DENIED", "Access denied for order.", ["order"]))
    with pytest.raises(AccessDeniedError):
        shop.source().get_order(GID)
    assert shop.operations == ["OrderForSync"]
