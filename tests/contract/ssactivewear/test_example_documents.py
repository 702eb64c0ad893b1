"""Every example document of S&S's API goes through the adapter and comes out as it should."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from order_sync.adapters.ssactivewear.composing import composed
from order_sync.core.errors import (
    AuthenticationError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedRequestError,
    ServiceError,
    ServiceUnavailableError,
)
from order_sync.core.model.address import Address
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.purchase_order import Mode, PurchaseOptions, PurchaseOrder, PurchaseOrderLine
from tests.unit.adapters.ssactivewear.fake_ssactivewear import (
    FakeSupplier,
    a_gateway,
    a_purchase,
    as_reply,
    documents,
    profiles,
)

DOCUMENTS = documents()
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOT_SPOKEN = {"tracking", "product", "crossref", "daysintransit", "sequence"}
"""Kinds of document that the adapter does not ask for."""
HANDLED = {
    "order.post.request",
    "order.post.response",
    "error",
    "order.get",
    "order.delete",
    "inventory",
    "paymentprofiles",
}

ERRORS_ON_POST = {
    "error-401": AuthenticationError,
    "error-403-firewall": ServiceUnavailableError,
    "error-429": RateLimitedError,
    "error-500": OutcomeUnknownError,
    "error-html-page": OutcomeUnknownError,
}


def of_kind(kind: str) -> list[str]:
    return [name for name, entry in DOCUMENTS.items() if entry["kind"] == kind]


def test_every_kind_of_document_is_handled_or_known_not_to_be():
    assert {entry["kind"] for entry in DOCUMENTS.values()} == HANDLED | NOT_SPOKEN


@pytest.mark.parametrize("name", of_kind("order.post.request"))
def test_a_purchase_order_gives_the_documented_request(name):
    wanted = DOCUMENTS[name]["request"]["body"]
    address = wanted["shippingAddress"]
    country = "CA" if "canada" in name else "US"
    profile = wanted.get("paymentProfile")
    purchase = PurchaseOrder(
        po_number=wanted["poNumber"],
        mode=Mode.TEST if wanted["testOrder"] else Mode.LIVE,
        lines=tuple(PurchaseOrderLine(line["identifier"], line["qty"]) for line in wanted["lines"]),
        ship_to=Address(
            name=address["attn"] or address["customer"],
            company=address["customer"] if address["attn"] != address["customer"] else "",
            address1=address["address"],
            city=address["city"],
            province_code=address["state"],
            country_code=country,
            postal_code=address["zip"],
        ),
        payment_profile=profile and PaymentProfile(profile["email"], str(profile["profileID"])),
        options=PurchaseOptions(
            shipping_method=wanted["shippingMethod"],
            warehouse_preference=wanted.get("AutoSelectWarehouse_Preference"),
            ship_blind=wanted["shipBlind"],
            residential=address["residential"],
            email_confirmation=wanted["emailConfirmation"] or None,
        ),
    )
    body = json.loads(composed(purchase, country))
    not_compared = {"autoselectWarehouse", "rejectLineErrors"}  # always explicit
    for member in set(body) - not_compared - {"lines", "shippingAddress"}:
        assert body[member] == wanted[member], member
    for member in set(body["shippingAddress"]) - {"attn"}:
        assert body["shippingAddress"][member] == address[member], member
    assert body["lines"] == [{"identifier": li["identifier"], "qty": li["qty"]} for li in wanted["lines"]]


@pytest.mark.parametrize("name", of_kind("order.post.response"))
def test_a_reply_to_an_order_is_understood(name):
    entry = DOCUMENTS[name]
    body = entry["response"]["body"]
    rows = body["orders"] if isinstance(body, dict) else body
    gateway = a_gateway(FakeSupplier(as_reply(entry)))
    if not rows:
        with pytest.raises(RejectedRequestError) as caught:
            gateway.submit(a_purchase(), "{}")
        assert [sku for sku, _ in caught.value.reasons] == [li["identifier"] for li in body["lineErrors"]]
        return
    submission = gateway.submit(a_purchase(po_number=rows[0]["poNumber"]), "{}")
    assert [order.order_number for order in submission.orders] == [row["orderNumber"] for row in rows]
    assert [str(order.total.amount) for order in submission.orders] == [str(row["total"]) for row in rows]
    pieces = sum(line.quantity for order in submission.orders for line in order.lines)
    assert pieces == sum(line["qtyOrdered"] for row in rows for line in row["lines"])
    refused = body["lineErrors"] if isinstance(body, dict) else []
    assert [(li.sku, li.quantity, li.message) for li in submission.refusals] == [
        (entry["identifier"], entry["qty"], entry["message"]) for entry in refused
    ]


@pytest.mark.parametrize("name", of_kind("error"))
def test_an_error_to_an_order_is_of_the_right_class_and_keeps_every_reason(name):
    entry = DOCUMENTS[name]
    with pytest.raises(ServiceError) as caught:
        a_gateway(FakeSupplier(as_reply(entry))).submit(a_purchase(), "{}")
    assert type(caught.value) is ERRORS_ON_POST.get(name, RejectedRequestError)
    listed = (entry["response"].get("body") or {}).get("errors", [])
    if listed:
        wanted = tuple((error["field"], " ".join(error["message"].split())) for error in listed)
        assert caught.value.reasons == wanted


@pytest.mark.parametrize("name", [name for name in of_kind("order.get") if name != "get-orders-empty"])
def test_an_order_that_is_looked_up_is_understood(name):
    entry = DOCUMENTS[name]
    for po_number in {row["poNumber"] for row in entry["response"]["body"]}:
        wanted = [
            row["orderNumber"]
            for row in entry["response"]["body"]
            if row["poNumber"] == po_number and "Credit" not in (row.get("orderType"), row.get("orderStatus"))
        ]
        orders = a_gateway(FakeSupplier(as_reply(entry))).find_by_po_number(po_number)
        assert [order.order_number for order in orders] == wanted


@pytest.mark.parametrize("name", of_kind("order.get"))
def test_a_list_of_orders_is_understood(name):
    entry = DOCUMENTS[name]
    if not all("orderNumber" in row and "orderType" in row for row in entry["response"]["body"]):
        return  # restricted to other fields, which a list for comparing never is
    wanted = {row["orderNumber"]: row for row in entry["response"]["body"] if row["orderType"] != "Credit"}
    orders = a_gateway(FakeSupplier(as_reply(entry))).recent_orders(LONG_AGO)
    assert [(order.order_number, order.po_number) for order in orders] == [
        (number, row["poNumber"]) for number, row in wanted.items()
    ]
    for order in orders:
        address = wanted[order.order_number]["shippingAddress"]
        assert (order.ship_to.address1, order.ship_to.postal_code) == (address["address"], address["zip"])


@pytest.mark.parametrize("name", of_kind("order.delete"))
def test_only_a_cancelled_order_in_the_reply_is_believed(name):
    order = a_gateway(FakeSupplier(as_reply(DOCUMENTS[name]))).cancel_order("71000101")
    assert (order is not None) == (name == "delete-order")


def test_each_box_has_its_own_tracking_number():
    entry = DOCUMENTS["get-order-two-boxes"]
    (order,) = a_gateway(FakeSupplier(as_reply(entry))).find_by_po_number("QA-1008")
    boxes = entry["response"]["body"][0]["boxes"]
    assert [parcel.number for parcel in order.tracking] == [box["trackingNumber"] for box in boxes]
    assert {parcel.carrier for parcel in order.tracking} == {"UPS"}


def test_a_short_shipment_shows_what_is_missing():
    (order,) = a_gateway(FakeSupplier(as_reply(DOCUMENTS["get-order-short-shipped"]))).find_by_po_number("QA-1009")
    assert [(line.quantity, line.shipped_quantity) for line in order.lines] == [(3, 2)]


def test_no_order_is_absence():
    assert a_gateway(FakeSupplier(as_reply(DOCUMENTS["get-orders-empty"]))).find_by_po_number("QA-1") == ()


@pytest.mark.parametrize("name", of_kind("inventory"))
def test_stock_is_understood(name):
    entry = DOCUMENTS[name]
    asked = urlsplit(entry["request"]["path"]).path.rpartition("/")[2].split(",")
    found = a_gateway(FakeSupplier(as_reply(entry))).look_up_items(asked)
    assert {sku: dict(item.stock) for sku, item in found.items()} == {
        row["sku"]: {place["warehouseAbbr"]: place["qty"] for place in row["warehouses"]}
        for row in entry["response"]["body"]
    }


@pytest.mark.parametrize("name", of_kind("paymentprofiles"))
def test_payment_profiles_are_understood(name):
    entry = DOCUMENTS[name]
    email = parse_qs(urlsplit(entry["request"]["path"]).query)["email"][0]
    found = profiles(FakeSupplier(as_reply(entry))).fetch_profiles(email)
    assert bool(found) == (name != "payment-profiles-none")
    assert all(profile.email == email and profile.profile_id.isdigit() for profile in found)
