"""Fulfillments made by an app: created, refused, tracked, put back, held."""

import pytest


@pytest.fixture
def shop(sandbox):
    return sandbox.shopify


@pytest.fixture
def create(gql, operation):
    def one(work, quantities=None, **more):
        lines = None if quantities is None else [{"id": key, "quantity": n} for key, n in quantities.items()]
        group = {"fulfillmentOrderId": work.id, "fulfillmentOrderLineItems": lines}
        given = {"lineItemsByFulfillmentOrder": [group], **more}
        return gql(operation("FulfillmentCreate"), fulfillment=given)["data"]["fulfillmentCreate"]

    return one


@pytest.fixture
def order(shop):
    return shop.orders[shop.add_order([("B00760004", 3), ("B00760003", 1)])]


def test_a_fulfillment_closes_the_work_and_marks_the_order(shop, order, create, clock):
    clock.advance(60)
    made = create(order.works[0], trackingInfo={"company": "UPS", "numbers": ["1Z1", "1Z2"]})
    assert made["userErrors"] == []
    assert [row["number"] for row in made["fulfillment"]["trackingInfo"]] == ["1Z1", "1Z2"]
    assert made["fulfillment"]["trackingInfo"][0]["url"].startswith("https://www.ups.com/")
    assert (order.works[0].status, order.fulfillment_status) == ("CLOSED", "FULFILLED")
    assert order.updated_at == shop.fulfillments(order.id)[0].created_at == shop.now()


def test_part_of_the_work_leaves_the_rest_open(order, create):
    line = order.works[0].lines[0]
    assert create(order.works[0], {line.id: 2})["userErrors"] == []
    assert (line.remaining, order.works[0].status) == (1, "IN_PROGRESS")
    assert order.fulfillment_status == "PARTIALLY_FULFILLED"
    assert create(order.works[0])["userErrors"] == []
    assert order.fulfillment_status == "FULFILLED"


@pytest.mark.parametrize("quantity", [0, 4])
def test_more_than_remaining_or_nothing_is_refused_without_effect(order, create, quantity):
    line = order.works[0].lines[0]
    made = create(order.works[0], {line.id: quantity})
    assert made["fulfillment"] is None
    assert made["userErrors"][0]["message"] == "Invalid fulfillment order line item quantity requested."
    assert line.remaining == 3


def test_the_same_fulfillment_twice_is_refused_because_the_work_is_closed(order, create):
    create(order.works[0])
    assert "unfulfillable status= closed" in create(order.works[0])["userErrors"][0]["message"]


def test_a_cancelled_or_held_or_unknown_work_is_refused(shop, order, create):
    shop.hold(order.id)
    assert "on_hold" in create(order.works[0])["userErrors"][0]["message"]
    shop.cancel(order.id)
    assert "cancelled" in create(order.works[0])["userErrors"][0]["message"]
    unknown = type(order.works[0])("gid://shopify/FulfillmentOrder/2", "", "SHIPPING", [], shop.now(), shop.now())
    assert create(unknown)["userErrors"][0]["message"] == "Fulfillment order does not exist."


def test_works_of_two_locations_cannot_share_a_fulfillment(shop, gql, operation):
    other = list(shop.locations)[1]
    order = shop.orders[shop.add_order([("B00760004", 1), {"sku": "X", "quantity": 1, "location": other}])]
    groups = [{"fulfillmentOrderId": work.id} for work in order.works]
    answer = gql(operation("FulfillmentCreate"), fulfillment={"lineItemsByFulfillmentOrder": groups})
    assert "same location" in answer["data"]["fulfillmentCreate"]["userErrors"][0]["message"]
    assert shop.fulfill(order.id)
    assert len(shop.fulfillments(order.id)) == 2


def test_tracking_is_replaced_and_a_fulfillment_put_back(shop, order, create, gql, operation):
    parcel_id = create(order.works[0])["fulfillment"]["id"]
    tracking = {"company": "Other", "number": "T-1", "url": "https://example.com/t/1"}
    update = gql(
        operation("FulfillmentTrackingUpdate"),
        fulfillmentId=parcel_id, trackingInfoInput=tracking, notifyCustomer=False,
    )["data"]["fulfillmentTrackingInfoUpdate"]  # fmt: skip
    assert update["fulfillment"]["trackingInfo"] == [
        {"company": "Other", "number": "T-1", "url": "https://example.com/t/1"}
    ]
    gone = gql(operation("FulfillmentCancel"), id=parcel_id)["data"]["fulfillmentCancel"]
    assert gone["fulfillment"]["status"] == "CANCELLED"
    assert [work.status for work in order.works] == ["CLOSED", "OPEN"]
    assert order.works[1].remaining == 4
    assert order.fulfillment_status == "UNFULFILLED"
    again = gql(operation("FulfillmentCancel"), id=parcel_id)["data"]["fulfillmentCancel"]
    assert again["userErrors"]


def test_a_hold_of_the_app_is_set_and_released(order, gql, operation):
    work = order.works[0]
    hold = {"reason": "OTHER", "handle": "order-sync", "reasonNotes": "sold out"}
    made = gql(operation("WorkHold"), id=work.id, hold=hold)["data"]["fulfillmentOrderHold"]
    assert (made["userErrors"], made["fulfillmentOrder"]["status"]) == ([], "ON_HOLD")
    again = gql(operation("WorkHold"), id=work.id, hold=hold)["data"]["fulfillmentOrderHold"]
    assert again["userErrors"][0]["code"] == "DUPLICATE_FULFILLMENT_HOLD_HANDLE"
    released = gql(operation("WorkReleaseHold"), id=work.id, holdIds=[made["fulfillmentHold"]["id"]])
    assert released["data"]["fulfillmentOrderReleaseHold"]["fulfillmentOrder"]["status"] == "OPEN"


def test_the_idempotent_directive_is_accepted(order, gql):
    text = """mutation($given: FulfillmentInput!, $key: String!) {
      fulfillmentCreate(fulfillment: $given) @idempotent(key: $key) { userErrors { message } } }"""
    given = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": order.works[0].id}]}
    assert gql(text, given=given, key="k-1")["data"]["fulfillmentCreate"]["userErrors"] == []
