"""What merchant and customer do to an order, and the quantities that follow."""

import pytest

READ = """query($id: ID!) { order(id: $id) {
  displayFinancialStatus displayFulfillmentStatus updatedAt cancelledAt cancelReason edited test tags
  currentTotalPriceSet { shopMoney { amount currencyCode } }
  shippingAddress { name address1 provinceCode countryCodeV2 }
  lineItems(first: 10) { nodes {
    id sku quantity currentQuantity unfulfilledQuantity nonFulfillableQuantity isGiftCard requiresShipping } }
  fulfillmentOrders(first: 10) { nodes { status deliveryMethod { methodType }
    lineItems(first: 10) { nodes { totalQuantity remainingQuantity lineItem { sku } } } } }
  fulfillments(first: 10) { status service { type } }
} }"""


@pytest.fixture
def shop(sandbox):
    return sandbox.shopify


@pytest.fixture
def read(gql):
    return lambda order_id: gql(READ, id=order_id)["data"]["order"]


def counts(order, index=0):
    line = order["lineItems"]["nodes"][index]
    return tuple(
        line[name] for name in ("quantity", "currentQuantity", "unfulfilledQuantity", "nonFulfillableQuantity")
    )


def remaining(order):
    return [
        (item["totalQuantity"], item["remainingQuantity"])
        for work in order["fulfillmentOrders"]["nodes"]
        for item in work["lineItems"]["nodes"]
    ]


def test_a_new_order_has_all_its_work_before_it(shop, read):
    order = read(shop.add_order([("B00760004", 3)], tags=["b", "a"], test=True))
    assert counts(order) == (3, 3, 3, 0)
    assert remaining(order) == [(3, 3)]
    assert (order["displayFinancialStatus"], order["displayFulfillmentStatus"]) == ("PAID", "UNFULFILLED")
    assert (order["tags"], order["test"]) == (["a", "b"], True)
    assert order["currentTotalPriceSet"]["shopMoney"] == {"amount": "65.00", "currencyCode": "USD"}


@pytest.mark.parametrize(
    ("restock", "line", "work"),
    [
        ("CANCEL", (3, 2, 2, 1), (2, 2)),
        ("RETURN", (3, 2, 3, 0), (3, 3)),
        ("NO_RESTOCK", (3, 2, 3, 0), (3, 3)),
    ],
)
def test_a_refund_changes_the_quantities_by_its_kind(shop, read, restock, line, work):
    order_id = shop.add_order([("B00760004", 3)])
    shop.refund(order_id, {shop.orders[order_id].lines[0].id: 1}, restock)
    order = read(order_id)
    assert counts(order) == line
    assert remaining(order) == [work]
    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"


def test_a_refund_of_everything_is_refunded_and_one_of_too_much_refused(shop, read):
    order_id = shop.add_order([("B00760004", 3)])
    line_id = shop.orders[order_id].lines[0].id
    with pytest.raises(ValueError, match="cannot take off"):
        shop.refund(order_id, {line_id: 4})
    shop.refund(order_id, {line_id: 3})
    order = read(order_id)
    assert (order["displayFinancialStatus"], order["fulfillmentOrders"]["nodes"][0]["status"]) == (
        "REFUNDED",
        "CLOSED",
    )


def test_a_gift_card_is_not_in_the_shipping_work_and_is_fulfilled_on_payment(shop, read):
    gift_card = {"sku": "GIFT", "quantity": 1, "is_gift_card": True}
    order_id = shop.add_order([("B00760004", 1), gift_card], financial_status="PENDING")
    order = read(order_id)
    methods = {
        work["lineItems"]["nodes"][0]["lineItem"]["sku"]: work["deliveryMethod"]["methodType"]
        for work in order["fulfillmentOrders"]["nodes"]
    }
    assert methods == {"B00760004": "SHIPPING", "GIFT": "NONE"}
    assert order["fulfillments"] == []
    shop.pay(order_id)
    order = read(order_id)
    assert order["fulfillments"] == [{"status": "SUCCESS", "service": {"type": "GIFT_CARD"}}]
    assert order["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert counts(order)[2] == 1


def test_a_tip_is_in_no_work_at_all(shop, read):
    tip = {"title": "Tip", "quantity": 1, "is_tip": True}
    order = read(shop.add_order([("B00760004", 1), tip]))
    assert counts(order, 1) == (1, 1, 0, 1)
    assert len(remaining(order)) == 1


def test_paying_makes_a_pending_order_paid_and_bumps_it(shop, read, clock):
    order_id = shop.add_order([("B00760004", 1)], financial_status="PENDING")
    clock.advance(90)
    shop.pay(order_id)
    order = read(order_id)
    assert (order["displayFinancialStatus"], order["updatedAt"]) == ("PAID", "2026-03-03T15:01:30Z")


@pytest.mark.parametrize(("paid", "becomes"), [("PAID", "REFUNDED"), ("PENDING", "VOIDED")])
def test_a_cancelled_order_has_no_work_left(shop, read, paid, becomes):
    order_id = shop.add_order([("B00760004", 2)], financial_status=paid)
    shop.cancel(order_id, reason="CUSTOMER")
    order = read(order_id)
    assert (order["displayFinancialStatus"], order["cancelReason"]) == (becomes, "CUSTOMER")
    assert order["fulfillmentOrders"]["nodes"][0]["status"] == "CANCELLED"
    assert counts(order) == (2, 0, 0, 2)
    assert order["cancelledAt"]


def test_an_edit_removes_lines_and_changes_the_address(shop, read):
    order_id = shop.add_order([("B00760004", 2), ("B00760003", 1)])
    shop.remove_lines(order_id, {shop.orders[order_id].lines[1].id: 1})
    shop.edit_address(order_id, address1="9 Elm St")
    order = read(order_id)
    assert (order["edited"], order["shippingAddress"]["address1"]) == (True, "9 Elm St")
    assert counts(order, 1) == (1, 0, 0, 1)
    assert order["displayFinancialStatus"] == "PAID"


def test_the_merchant_fulfills_in_part_and_then_the_rest(shop, read):
    order_id = shop.add_order([("B00760004", 2), ("B00760003", 1)])
    shop.fulfill(order_id, {shop.orders[order_id].lines[0].id: 1})
    assert read(order_id)["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    shop.fulfill(order_id)
    assert read(order_id)["displayFulfillmentStatus"] == "FULFILLED"
    with pytest.raises(ValueError, match="not so much left"):
        shop.fulfill(order_id)


def test_a_hold_shows_on_the_order(shop, read):
    order_id = shop.add_order([("B00760004", 2)])
    assert len(shop.hold(order_id, reason="HIGH_RISK_OF_FRAUD")) == 1
    assert read(order_id)["displayFulfillmentStatus"] == "ON_HOLD"


def test_an_order_may_have_no_address_or_nothing_to_ship(shop, read, gql):
    assert read(shop.add_order([("B00760004", 1)], address=None))["shippingAddress"] is None
    order = read(shop.add_order([("EBOOK", 1)], shipping=False))
    assert order["lineItems"]["nodes"][0]["requiresShipping"] is False
    assert order["fulfillmentOrders"]["nodes"][0]["deliveryMethod"]["methodType"] == "NONE"
