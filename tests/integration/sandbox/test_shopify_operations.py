"""Every operation of the catalogue runs against the simulated shop without an error."""

import pytest


@pytest.fixture
def shop(sandbox):
    return sandbox.shopify


def run(gql, operation, name, **variables):
    answer = gql(operation(name), **variables)
    assert "errors" not in answer, answer["errors"]
    (result,) = answer["data"].values() if len(answer["data"]) == 1 else (answer["data"],)
    if isinstance(result, dict):
        assert result.get("userErrors", []) == []
    return result


def test_identity_and_places(gql, operation, shop):
    assert run(gql, operation, "ShopIdentity")["shop"]["myshopifyDomain"] == "demo.myshopify.com"
    assert run(gql, operation, "ShopAddress")["shopAddress"]["countryCodeV2"] == "US"
    place = run(gql, operation, "Locations")["nodes"][0]
    assert run(gql, operation, "LocationById", id=place["id"])["name"] == place["name"]


def test_the_order_reads(gql, operation, shop):
    group = {"id": "gid://shopify/LineItemGroup/1", "title": "Pack", "quantity": 1, "variantSku": "PACK"}
    lines = [{"sku": "B00760004", "quantity": 2, "group": group}, ("B00760003", 1)]
    order_id = shop.add_order(lines, note="ring twice", custom_attributes=[{"key": "gift", "value": "yes"}])
    shop.refund(order_id, {shop.orders[order_id].lines[1].id: 1})
    parcel_id = shop.fulfill(order_id, tracking={"company": "UPS", "numbers": ["1Z1"]})
    assert len(run(gql, operation, "OrdersChanged", query="updated_at:>='2026-01-01T00:00:00Z'")["nodes"]) == 1
    order = run(gql, operation, "OrderForSync", id=order_id)
    assert (order["note"], order["name"], order["fullyPaid"]) == ("ring twice", "#1001", True)
    assert order["lineItems"]["nodes"][0]["lineItemGroup"]["title"] == "Pack"
    assert order["lineItems"]["nodes"][0]["originalUnitPriceSet"]["shopMoney"]["amount"] == "20.00"
    work = order["fulfillmentOrders"]["nodes"][0]
    assert run(gql, operation, "WorkLinesPage", id=work["id"])["lineItems"]["nodes"][0]["totalQuantity"] == 2
    parcel = run(gql, operation, "FulfillmentById", id=parcel_id)
    assert parcel["order"]["id"] == order_id
    assert parcel["trackingInfo"][0]["number"] == "1Z1"
    refund = run(gql, operation, "OrderRefunds", id=order_id)["refunds"][0]["refundLineItems"]["nodes"][0]
    assert (refund["quantity"], refund["restockType"], refund["restocked"]) == (1, "CANCEL", True)
    assert run(gql, operation, "OrdersByName", query="name:#1001")["nodes"][0]["id"] == order_id


def test_notes_on_an_order(gql, operation, shop, clock):
    order_id = shop.add_order([("B00760004", 1)], tags=["old"])
    clock.advance(5)
    run(gql, operation, "OrderTagsAdd", id=order_id, tags=["sent", "OLD"])
    assert sorted(tag.lower() for tag in shop.orders[order_id].tags) == ["old", "sent"]
    run(gql, operation, "OrderTagsRemove", id=order_id, tags=["Sent"])
    assert len(shop.orders[order_id].tags) == 1
    order = run(gql, operation, "OrderNoteSet", input={"id": order_id, "note": "hello"})["order"]
    assert (order["note"], order["updatedAt"]) == ("hello", "2026-03-03T15:00:05Z")


def test_metafields_are_compared_before_they_are_set(gql, operation, shop):
    order_id = shop.add_order([("B00760004", 1)])
    row = {"ownerId": order_id, "key": "po", "value": "A", "compareDigest": None}
    first = run(gql, operation, "OrderMetafieldsSet", metafields=[row])["metafields"][0]
    again = gql(operation("OrderMetafieldsSet"), metafields=[row])["data"]["metafieldsSet"]
    assert again["userErrors"][0]["code"] == "STALE_OBJECT"
    row |= {"value": "B", "compareDigest": first["compareDigest"]}
    second = run(gql, operation, "OrderMetafieldsSet", metafields=[row])["metafields"][0]
    assert (second["id"], second["value"]) == (first["id"], "B")


def test_webhook_subscriptions_are_made_listed_changed_and_deleted(gql, operation, shop):
    def make(uri):
        return gql(operation("WebhookSubscriptionCreate"), topic="ORDERS_PAID", webhookSubscription={"uri": uri})[
            "data"
        ]["webhookSubscriptionCreate"]

    made = make("https://example.com/hook")["webhookSubscription"]
    assert make("https://example.com/hook")["userErrors"][0]["message"].endswith("already been taken")
    assert make("ftp://example.com")["userErrors"][0]["message"] == "Address is not allowed"
    change = {"uri": "https://example.com/other", "filter": "test:false"}
    run(gql, operation, "WebhookSubscriptionUpdate", id=made["id"], webhookSubscription=change)
    (listed,) = run(gql, operation, "WebhookSubscriptions")["nodes"]
    assert (listed["uri"], listed["filter"], listed["apiVersion"]["handle"]) == (*change.values(), "2026-10")
    assert run(gql, operation, "WebhookSubscriptionDelete", id=made["id"])["deletedWebhookSubscriptionId"] == made["id"]
    gone = gql(operation("WebhookSubscriptionDelete"), id=made["id"])["data"]["webhookSubscriptionDelete"]
    assert gone["userErrors"][0]["field"] == ["id"]


def test_many_subscriptions_fill_several_pages(gql, operation, shop):
    for index in range(5):
        hook = {"uri": f"https://example.com/{index}"}
        run(gql, operation, "WebhookSubscriptionCreate", topic="ORDERS_PAID", webhookSubscription=hook)
    page = run(gql, operation, "WebhookSubscriptions", first=3)
    rest = run(gql, operation, "WebhookSubscriptions", first=3, after=page["pageInfo"]["endCursor"])
    assert [len(part["nodes"]) for part in (page, rest)] == [3, 2]
