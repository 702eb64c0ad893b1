"""Shopify's words into the core's, odd and empty ones too."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_sync.core.errors import MalformedResponseError
from order_sync.core.model.address import Address
from order_sync.core.model.money import Money
from order_sync.core.model.order import FinancialStatus, FulfillmentLine, FulfillmentStatus, Order, WorkStatus
from tests.unit.adapters.shopify.fake_shopify import (
    GID,
    FakeShopify,
    a_raw_address,
    a_raw_line,
    a_raw_order,
    a_raw_parcel,
    a_raw_parcel_line,
    a_raw_work,
    a_raw_work_line,
    page,
)


def read(*lines: dict[str, Any], **overrides: Any) -> Order:
    raw = a_raw_order(*lines, **overrides)
    no_refunds = {"order": {"updatedAt": raw["updatedAt"], "refunds": []}}
    return FakeShopify(OrderForSync={"order": raw}, OrderRefunds=no_refunds).source().get_order(GID)


def test_an_order_is_read_with_its_lines_prices_and_utc_times() -> None:
    order = read(createdAt="2026-03-03T07:00:00-05:00", tags=["rush"], email="a@example.com")
    (line,) = order.lines
    assert order.created_at == datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert order.created_at.tzinfo is UTC
    assert (order.order_id, order.name, order.number) == (GID, "#1001", "1001")
    assert (order.tags, order.email, order.is_test) == (("rush",), "a@example.com", False)
    assert line.title == "T-Shirt - Black / L"
    assert line.unit_price == Money(Decimal("12.50"), "USD")
    assert (line.sku, line.quantity, line.current_quantity, line.unfulfilled_quantity) == ("B00760004", 2, 2, 2)


def test_everything_that_may_be_null_may_be_null() -> None:
    line = a_raw_line(sku=None, vendor=None, name=None, originalUnitPriceSet=None)
    order = read(
        line, email=None, tags=None, number=None, displayFinancialStatus=None, shippingAddress=None, cancelledAt=None
    )
    assert order.financial_status is FinancialStatus.UNKNOWN
    assert order.shipping_address is None
    assert (order.number, order.email, order.tags) == ("1001", "", ())
    assert (order.lines[0].sku, order.lines[0].vendor, order.lines[0].unit_price) == (None, "", None)
    assert order.lines[0].title == "T-Shirt"


def test_withheld_customer_data_is_an_address_of_empty_texts() -> None:
    assert read(shippingAddress=a_raw_address()).shipping_address == Address()


def test_an_address_is_read_whole_and_unicode_survives() -> None:
    found = read(
        shippingAddress=a_raw_address(
            firstName="Zoë",
            lastName="Łukasz 😀",
            company="Ørsted & Søn",
            address1="1 Ñandú",
            address2="№ 2",
            city="München",
            province="Québec",
            provinceCode="QC",
            countryCodeV2="CA",
            zip="H2X 1Y4",
            phone="+1 555",
        )
    ).shipping_address
    assert found == Address(
        "Zoë Łukasz 😀",
        "Ørsted & Søn",
        "1 Ñandú",
        "№ 2",
        "München",
        "Québec",
        "QC",
        "CA",
        "H2X 1Y4",
        "+1 555",
    )


def test_the_name_of_an_address_goes_before_first_and_last_name() -> None:
    found = read(shippingAddress=a_raw_address(firstName="A", lastName="B", name=" Dana Quill ")).shipping_address
    assert found is not None
    assert found.name == "Dana Quill"


@pytest.mark.parametrize(("sku", "mapped"), [("", None), ("   ", None), (" B1 ", "B1"), ("ß-1", "ß-1")])
def test_a_blank_sku_is_none_and_spaces_around_one_are_dropped(sku: str, mapped: str | None) -> None:
    assert read(a_raw_line(sku=sku)).lines[0].sku == mapped


@pytest.mark.parametrize(
    ("name", "number"), [("#1001", "1001"), ("EN2-77001-A", "77001"), ("gift", ""), ("#١", "")], ids=str
)
def test_a_missing_number_is_taken_from_the_name(name: str, number: str) -> None:
    assert read(name=name, number=None).number == number


@pytest.mark.parametrize("status", list(FinancialStatus))
def test_every_financial_status_is_known(status: FinancialStatus) -> None:
    assert read(displayFinancialStatus=status.name, fulfillmentOrders=page()).financial_status is status


def test_a_new_financial_status_is_unknown() -> None:
    assert read(displayFinancialStatus="HALF_PAID").financial_status is FinancialStatus.UNKNOWN


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("SUCCESS", FulfillmentStatus.SUCCESS),
        ("OPEN", FulfillmentStatus.PENDING),
        ("PENDING", FulfillmentStatus.PENDING),
        ("CANCELLED", FulfillmentStatus.CANCELLED),
        ("ERROR", FulfillmentStatus.FAILED),
        ("FAILURE", FulfillmentStatus.FAILED),
        ("DELIVERED_BY_DRONE", FulfillmentStatus.PENDING),
        ("success", FulfillmentStatus.PENDING),
    ],
)
def test_only_success_counts_as_fulfilled(word: str, status: FulfillmentStatus) -> None:
    assert read(fulfillments=[a_raw_parcel(status=word)]).fulfillments[0].status is status


def test_a_fulfillment_has_its_lines_and_tracking() -> None:
    tracking = [
        {"company": "UPS", "number": " 1Z9 ", "url": "https://ups.example/1Z9"},
        {"company": None, "number": None, "url": None},
        {"company": None, "number": "77", "url": None},
    ]
    (found,) = read(fulfillments=[a_raw_parcel(1, a_raw_parcel_line(1, 1, 2), trackingInfo=tracking)]).fulfillments
    assert found.name == "#1001-F1"
    assert found.lines == (FulfillmentLine("gid://shopify/LineItem/1", 2),)
    assert [(t.carrier, t.number, t.url) for t in found.tracking] == [
        ("UPS", "1Z9", "https://ups.example/1Z9"),
        ("", "77", ""),
    ]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("OPEN", WorkStatus.OPEN),
        ("IN_PROGRESS", WorkStatus.OPEN),
        ("INCOMPLETE", WorkStatus.OPEN),
        ("SCHEDULED", WorkStatus.SCHEDULED),
        ("ON_HOLD", WorkStatus.ON_HOLD),
        ("CLOSED", WorkStatus.CLOSED),
        ("CANCELLED", WorkStatus.CANCELLED),
    ],
)
def test_every_status_of_work_is_known(word: str, status: WorkStatus) -> None:
    assert read(fulfillmentOrders=page(a_raw_work(status=word))).work[0].status is status


def test_work_in_an_unknown_state_is_held_with_a_reason() -> None:
    (work,) = read(fulfillmentOrders=page(a_raw_work(status="ON_THE_MOON"))).work
    assert work.status is WorkStatus.ON_HOLD
    assert work.hold_reasons == ("unknown status ON_THE_MOON",)


def test_holds_are_told_with_reason_and_notes() -> None:
    holds = [{"reason": "AWAITING_PAYMENT", "reasonNotes": "call first"}, {"reason": "OTHER", "reasonNotes": None}]
    raw = a_raw_work(1, a_raw_work_line(), status="ON_HOLD", fulfillmentHolds=holds, fulfillAt="2026-04-01T00:00:00Z")
    (work,) = read(fulfillmentOrders=page(raw)).work
    assert work.hold_reasons == ("awaiting payment: call first", "other")
    assert work.fulfill_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert (work.lines[0].line_id, work.lines[0].remaining_quantity) == ("gid://shopify/LineItem/1", 2)


def test_an_id_that_appears_twice_counts_once_and_order_is_kept() -> None:
    parcel = a_raw_parcel(1, a_raw_parcel_line(1), a_raw_parcel_line(1))
    work = a_raw_work(1, a_raw_work_line(), a_raw_work_line())
    order = read(
        a_raw_line(1),
        a_raw_line(2),
        a_raw_line(1, quantity=99),
        fulfillments=[parcel, parcel],
        fulfillmentOrders=page(work, work),
    )
    assert [(line.line_id[-1], line.quantity) for line in order.lines] == [("1", 2), ("2", 2)]
    assert len(order.fulfillments) == len(order.work) == 1
    assert len(order.fulfillments[0].lines) == len(order.work[0].lines) == 1


def test_a_fulfilled_line_of_unknown_quantity_counts_no_piece() -> None:
    (found,) = read(fulfillments=[a_raw_parcel(1, a_raw_parcel_line(quantity=None))]).fulfillments
    assert found.lines[0].quantity == 0


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({"updatedAt": "yesterday"}, "order.updatedAt"),
        ({"name": None}, "order.name"),
        ({"lineItems": None}, "order.lineItems"),
        ({"lineItems": {"nodes": [None], "pageInfo": {"hasNextPage": False}}}, "order.lineItems.nodes.0"),
        ({"lineItems": page(a_raw_line(quantity=None))}, "order.lineItems.nodes.0.quantity"),
        ({"lineItems": page(a_raw_line(quantity=1.5))}, "order.lineItems.nodes.0.quantity"),
        ({"fulfillments": {}}, "order.fulfillments"),
    ],
)
def test_an_answer_of_the_wrong_shape_names_the_place_not_the_value(broken: dict[str, Any], where: str) -> None:
    with pytest.raises(MalformedResponseError) as caught:
        read(**broken)
    assert f"({where} is missing or not as documented)" in str(caught.value)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.none()


@settings(max_examples=40)
@given(address=st.fixed_dictionaries(dict.fromkeys(a_raw_address(), texts)), sku=texts, title=texts, vendor=texts)
def test_any_text_maps(address: dict[str, Any], sku: str | None, title: str | None, vendor: str | None) -> None:
    order = read(a_raw_line(sku=sku, name=title, vendor=vendor), shippingAddress=address)
    assert order.shipping_address is not None
    assert order.shipping_address.city == (address["city"] or "").strip()
    assert order.lines[0].sku == ((sku or "").strip() or None)


@settings(max_examples=40)
@given(quantities=st.lists(st.integers(-5, 10**6), min_size=1, max_size=5))
def test_quantities_are_never_negative(quantities: list[int]) -> None:
    lines = [a_raw_line(n, quantity=q, currentQuantity=q, unfulfilledQuantity=q) for n, q in enumerate(quantities)]
    assert all(line.quantity >= 0 and line.current_quantity >= 0 for line in read(*lines).lines)


def test_the_total_is_what_the_customer_pays_now_in_the_shops_currency() -> None:
    total = {"shopMoney": {"amount": "42.10", "currencyCode": "CAD"}}
    assert read(currentTotalPriceSet=total).total == Money(Decimal("42.10"), "CAD")
    assert read(currentTotalPriceSet=None).total is None
    assert read().total is None


@pytest.mark.parametrize(
    ("raw", "risk"),
    [
        ({"recommendation": "CANCEL", "assessments": []}, "cancel"),
        ({"recommendation": "NONE", "assessments": [{"riskLevel": "LOW"}]}, "none"),
        ({"recommendation": "ACCEPT", "assessments": [{"riskLevel": "LOW"}, {"riskLevel": "PENDING"}]}, "pending"),
        ({"recommendation": "NEW_WORD"}, "new_word"),
        ({"recommendation": None, "assessments": None}, ""),
        (None, ""),
    ],
)
def test_the_risk_is_the_shops_recommendation_once_it_is_assessed(raw: Any, risk: str) -> None:
    assert read(risk=raw).risk == risk
