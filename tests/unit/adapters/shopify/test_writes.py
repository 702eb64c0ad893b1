"""The input of mutations."""

from __future__ import annotations

import pytest

from order_sync.adapters.shopify.writes import fulfillment_input, tracking_input
from order_sync.core.errors import RejectedRequestError
from order_sync.core.model.order import TrackingInfo
from order_sync.core.ports import FulfillmentWrite
from tests.unit.adapters.shopify.fake_shopify import FakeShopify


def test_pieces_are_listed_by_work_and_no_tracking_is_left_out() -> None:
    write = FulfillmentWrite({"W1": {"L1": 2, "L2": 1}, "W2": {"L3": 4}}, (), notify_customer=False)
    assert fulfillment_input(write) == {
        "lineItemsByFulfillmentOrder": [
            {
                "fulfillmentOrderId": "W1",
                "fulfillmentOrderLineItems": [{"id": "L1", "quantity": 2}, {"id": "L2", "quantity": 1}],
            },
            {"fulfillmentOrderId": "W2", "fulfillmentOrderLineItems": [{"id": "L3", "quantity": 4}]},
        ],
        "notifyCustomer": False,
    }


def test_work_without_pieces_is_left_out_because_shopify_would_fulfil_all_of_it() -> None:
    write = FulfillmentWrite({"W1": {}, "W2": {"L1": 0}, "W3": {"L2": 1}}, (), notify_customer=True)
    assert [entry["fulfillmentOrderId"] for entry in fulfillment_input(write)["lineItemsByFulfillmentOrder"]] == ["W3"]


def test_a_write_without_any_pieces_is_never_sent() -> None:
    shop = FakeShopify()
    try:
        shop.source().create_fulfillment(FulfillmentWrite({"W1": {}}, (), notify_customer=True))
    except RejectedRequestError as exc:
        assert "no pieces" in str(exc)
    assert shop.requests == []


def test_one_parcel_has_one_number_and_one_url() -> None:
    write = FulfillmentWrite({"W": {"L": 1}}, (TrackingInfo("1Z", "UPS", "https://u.example/1Z"),), True)
    assert fulfillment_input(write)["trackingInfo"] == {
        "company": "UPS",
        "number": "1Z",
        "url": "https://u.example/1Z",
    }


def test_several_parcels_have_numbers_and_urls_in_the_same_order() -> None:
    tracking = (TrackingInfo("1", "FedEx", "https://f.example/1"), TrackingInfo("2", "fedex", "https://f.example/2"))
    assert tracking_input(tracking) == {
        "company": "FedEx",
        "numbers": ["1", "2"],
        "urls": ["https://f.example/1", "https://f.example/2"],
    }


def test_urls_that_would_shift_against_the_numbers_are_left_out() -> None:
    tracking = (TrackingInfo("1", "UPS"), TrackingInfo("2", "UPS", "https://u.example/2"))
    assert tracking_input(tracking) == {"company": "UPS", "numbers": ["1", "2"]}


def test_a_company_is_given_only_where_all_parcels_agree() -> None:
    assert "company" not in tracking_input((TrackingInfo("1", "UPS"), TrackingInfo("2", "USPS")))
    assert "company" not in tracking_input((TrackingInfo("1", "UPS"), TrackingInfo("2")))
    assert tracking_input((TrackingInfo("1", " Bob's Vans "),)) == {"company": "Bob's Vans", "number": "1"}


def test_numbers_are_trimmed_told_once_and_blank_ones_dropped() -> None:
    assert tracking_input((TrackingInfo(" 1 "), TrackingInfo("1", "UPS"), TrackingInfo("  "))) == {"number": "1"}
    assert tracking_input((TrackingInfo(""),)) == {}


@pytest.mark.parametrize(
    ("theirs", "shopifys"),
    [
        ("UPS Ground", "UPS"),
        ("ups surepost", "UPS"),
        ("United Parcel Service", "UPS"),
        ("USPS First Class", "USPS"),
        ("U.S. Postal Service", "USPS"),
        ("FEDEX HOME DELIVERY", "FedEx"),
        ("Fed Ex", "FedEx"),
        ("FED-EX_GROUND", "FedEx"),
        ("UPS_GROUND", "UPS"),
        ("Purolator Express 10:30am", "Purolator"),
        ("DHL eCommerce Plus", "DHL eCommerce"),
        ("Upstate Logistics", "Upstate Logistics"),
        ("Echo Logistics", "Echo Logistics"),
    ],
)
def test_a_service_is_given_under_the_name_of_its_carrier_that_shopify_knows(theirs: str, shopifys: str) -> None:
    assert tracking_input((TrackingInfo("1Z1", theirs),))["company"] == shopifys
