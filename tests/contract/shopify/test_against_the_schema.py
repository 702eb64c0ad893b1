"""Our questions and our reading of answers, against Shopify's own schema of 2026-10."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import parse, validate
from graphql.language import FieldNode, InlineFragmentNode, Visitor, visit
from graphql.utilities import TypeInfo, TypeInfoVisitor

from order_sync.adapters.shopify import mapping, queries, subscription_queries, topics
from order_sync.adapters.shopify.plugin import build
from order_sync.core.model.order import FinancialStatus, TrackingInfo
from order_sync.core.ports import FulfillmentWrite, OrderSource
from order_sync.plugins.registry import OrderSourceContext
from tests.contract.shopify.schema_server import SchemaServer, admin_schema
from tests.fakes.clock import ManualClock

GID = "gid://shopify/Order/1"
T0 = "2026-03-03T12:00:00Z"
OPERATIONS = (*queries.ALL, *subscription_queries.ALL)


def source_over(server: SchemaServer) -> OrderSource:
    secrets = {"token": "shpat_x"}
    return build(OrderSourceContext("main", {"shop": "demo"}, secrets.get, ManualClock(), server.transport))


def lines(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"gid://shopify/LineItem/{n}",
            "name": f"Shirt {n}",
            "title": "Shirt",
            "sku": None if n % 7 == 0 else f"B{n}",
            "vendor": None,
            "quantity": 2,
            "currentQuantity": 1 if n == 3 else 2,
            "unfulfilledQuantity": 1,
            "requiresShipping": True,
            "isGiftCard": False,
            "originalUnitPriceSet": {"shopMoney": {"amount": "9.99", "currencyCode": "USD"}},
        }
        for n in range(1, count + 1)
    ]


def works(count: int, lines_each: int) -> dict[str, Any]:
    return {
        f"gid://shopify/FulfillmentOrder/{w}": {
            "id": f"gid://shopify/FulfillmentOrder/{w}",
            "status": "ON_HOLD",
            "fulfillAt": None,
            "updatedAt": T0,
            "fulfillmentHolds": [{"reason": "OTHER", "reasonNotes": None}],
            "assignedLocation": {"name": "Main store", "address1": "12 Main St"},
            "lineItems": [
                {"id": f"WL{w}-{n}", "remainingQuantity": 1, "lineItem": {"id": f"gid://shopify/LineItem/{n}"}}
                for n in range(1, lines_each + 1)
            ],
        }
        for w in range(1, count + 1)
    }


def parcels(count: int, lines_each: int) -> dict[str, Any]:
    return {
        f"gid://shopify/Fulfillment/{p}": {
            "id": f"gid://shopify/Fulfillment/{p}",
            "name": f"#1001-F{p}",
            "status": "SUCCESS",
            "createdAt": T0,
            "updatedAt": T0,
            "trackingInfo": [{"company": "UPS", "number": f"1Z{p}", "url": None}],
            "fulfillmentLineItems": [
                {"id": f"FL{p}-{n}", "quantity": 1, "lineItem": {"id": f"gid://shopify/LineItem/{n}"}}
                for n in range(1, lines_each + 1)
            ],
        }
        for p in range(1, count + 1)
    }


def a_shop(order_lines: int = 1, work: Any = None, fulfilled: Any = None, refunds: Any = ()) -> SchemaServer:
    work, fulfilled = work or {}, fulfilled or {}
    order = {
        "id": GID,
        "name": "#1001",
        "number": 1001,
        "createdAt": T0,
        "updatedAt": T0,
        "cancelledAt": None,
        "test": False,
        "tags": ["ünïcode"],
        "email": None,
        "displayFinancialStatus": "PARTIALLY_REFUNDED" if refunds else "PAID",
        "currentTotalPriceSet": {"shopMoney": {"amount": "21.50", "currencyCode": "USD"}},
        "risk": {"recommendation": "INVESTIGATE", "assessments": [{"riskLevel": "MEDIUM"}]},
        "shippingAddress": {},
        "lineItems": lines(order_lines),
        "fulfillmentOrders": list(work.values()),
        "fulfillments": list(fulfilled.values()),
        "refunds": list(refunds),
    }
    return SchemaServer({"order": {GID: order}, "fulfillmentOrder": work, "fulfillment": fulfilled, "orders": [order]})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_question_is_valid_and_uses_nothing_deprecated(operation: queries.Operation) -> None:
    document = parse(operation.text)
    assert validate(admin_schema(), document) == []
    assert [d.name.value for d in document.definitions if d.kind == "operation_definition"] == [operation.name]
    info, deprecated = TypeInfo(admin_schema()), []

    class Look(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            field = info.get_field_def()
            if field is not None and field.deprecation_reason is not None:
                deprecated.append(node.name.value)

    visit(document, TypeInfoVisitor(info, Look()))
    assert deprecated == []


def points(node: Any, grows: Callable[[int], float], given: dict[str, int]) -> float:
    """What a selection costs: a point for each object, for a list as many times as ``grows`` says of its length."""
    if node.selection_set is None:
        return 0.0
    inside = sum(points(child, grows, given) for child in node.selection_set.selections)
    for argument in getattr(node, "arguments", None) or ():
        if argument.name.value == "first":
            value = argument.value
            length = given[value.name.value] if value.kind == "variable" else int(value.value)
            return grows(length) * (inside + 1)
    return inside if node.kind == "inline_fragment" or node.name.value in ("nodes", "pageInfo") else inside + 1


def without_fragments(text: str) -> Any:
    """The operation with its fragments written out."""
    document = parse(text)
    fragments = {d.name.value: d.selection_set for d in document.definitions if d.kind == "fragment_definition"}

    class WriteOut(Visitor):
        def enter_fragment_spread(self, node: Any, *_: Any) -> Any:
            return visit(InlineFragmentNode(selection_set=fragments[node.name.value], directives=()), self)

    return visit(document.definitions[0], WriteOut())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_no_question_comes_near_the_limit_for_one_however_lists_are_counted(operation: queries.Operation) -> None:
    document = without_fragments(operation.text)
    parcels = (
        queries.FIRST_FULFILLMENTS
        if operation in (queries.ORDER, queries.ORDER_WITHOUT_RISK)
        else queries.MOST_FULFILLMENTS
    )
    refunds, refund_lines = queries.REFUND_SIZES[0]
    given = {"parcels": parcels, "refunds": refunds, "lines": refund_lines}
    by_logarithm = points(document, lambda length: 2 * math.log(length), given)
    assert points(document, float, given) < 900
    assert by_logarithm < 150


def test_all_operations_are_listed_under_different_names() -> None:
    assert len(queries.ALL) == 15
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS) == 19


def test_the_total_and_the_risk_of_an_order_are_read() -> None:
    order = source_over(a_shop()).get_order(GID)
    assert (str(order.total), order.risk) == ("21.50 USD", "investigate")


def test_every_recommendation_of_the_schema_is_known_to_the_guard() -> None:
    names = set(admin_schema().type_map["OrderRiskRecommendationResult"].values)  # type: ignore[attr-defined]
    assert names == {"ACCEPT", "CANCEL", "INVESTIGATE", "NONE"}
    assert "PENDING" in admin_schema().type_map["RiskAssessmentResult"].values  # type: ignore[attr-defined]


def test_every_status_of_the_schema_is_mapped() -> None:
    def names(of: str) -> set[str]:
        return set(admin_schema().type_map[of].values)  # type: ignore[attr-defined]

    assert names("FulfillmentStatus") == set(mapping.FULFILLMENT_STATUS)
    assert names("FulfillmentOrderStatus") == set(mapping.WORK_STATUS)
    assert names("OrderDisplayFinancialStatus") == {status.name for status in FinancialStatus} - {"UNKNOWN"}
    assert mapping.RETURNED in names("RefundLineItemRestockType")


@pytest.mark.parametrize("count", [1, 24, 25, 26, 275, 276, 620])
def test_an_order_of_any_length_is_read_whole(count: int) -> None:
    server = a_shop(count, refunds=[{"id": "R1", "refundLineItems": []}])
    order = source_over(server).get_order("1")
    assert [line.line_id for line in order.lines] == [f"gid://shopify/LineItem/{n}" for n in range(1, count + 1)]
    assert order.shipping_address is not None
    assert order.tags == ("ünïcode",)


def test_work_beyond_every_first_page_is_read_whole() -> None:
    order = source_over(a_shop(work=works(17, 60))).get_order(GID)
    assert [len(work.lines) for work in order.work] == [60] * 17
    assert order.work[0].hold_reasons == ("other",)


def test_fulfillments_beyond_every_first_page_are_read_whole() -> None:
    order = source_over(a_shop(fulfilled=parcels(12, 300))).get_order(GID)
    assert [len(parcel.lines) for parcel in order.fulfillments] == [300] * 12
    assert [parcel.tracking[0].number for parcel in order.fulfillments] == [f"1Z{n}" for n in range(1, 13)]


def test_many_refunds_with_many_lines_add_up() -> None:
    part = {"quantity": 1, "lineItem": {"id": "gid://shopify/LineItem/1"}}
    refunds = [
        {"id": f"R{n}", "refundLineItems": [{**part, "restockType": "RETURN"}, {**part, "restockType": "CANCEL"}] * 15}
        for n in range(30)
    ]
    (line,) = source_over(a_shop(refunds=refunds)).get_order(GID).lines
    assert (line.refunded_quantity, line.returned_quantity) == (900, 450)


def test_orders_are_found_by_name_and_by_change() -> None:
    server = a_shop()
    assert [head.name for head in source_over(server).find_orders_by_name("#1001")] == ["#1001"]
    assert [head.name for head in source_over(server).orders_changed_since(datetime(2026, 3, 3, tzinfo=UTC))] == [
        "#1001"
    ]


def test_locations_and_identity_are_read() -> None:
    location = {"id": "gid://shopify/Location/1", "name": "Main", "isActive": True, "address": {"countryCode": "US"}}
    server = SchemaServer(
        {
            "locations": [{**location, "id": f"gid://shopify/Location/{n}"} for n in range(120)],
            "shop": {
                "id": "S",
                "name": "D",
                "myshopifyDomain": "demo.myshopify.com",
                "plan": {"partnerDevelopment": True},
            },
            "currentAppInstallation": {"accessScopes": [{"handle": "read_orders"}]},
            "publicApiVersions": [{"handle": "2026-10", "supported": True}],
        }
    )
    assert len(source_over(server).locations()) == 120
    assert source_over(server).identify().missing_scopes == (
        "read_locations",
        "write_merchant_managed_fulfillment_orders",
    )


def test_writes_are_inputs_that_the_schema_accepts() -> None:
    done = {"fulfillment": {"id": "gid://shopify/Fulfillment/1"}, "userErrors": []}
    server = SchemaServer({"fulfillmentCreate": done, "fulfillmentTrackingInfoUpdate": done})
    one = (TrackingInfo("1Z", "UPS", "https://ups.example/1Z"),)
    two = (*one, TrackingInfo("2Z", "UPS", "https://ups.example/2Z"))
    source = source_over(server)
    for tracking in ((), one, two):
        write = FulfillmentWrite({"gid://shopify/FulfillmentOrder/1": {"WL1": 2}}, tracking, notify_customer=True)
        assert source.create_fulfillment(write) == "gid://shopify/Fulfillment/1"
    source.update_tracking("gid://shopify/Fulfillment/1", two, notify_customer=False)
    assert server.asked == [*["FulfillmentCreate"] * 3, "FulfillmentTrackingUpdate"]


def test_every_topic_is_one_that_the_schema_has_and_no_compliance_topic_is() -> None:
    known = set(admin_schema().type_map["WebhookSubscriptionTopic"].values)  # type: ignore[attr-defined]
    assert {topic.wire_name for topic in topics.SUBSCRIBED} <= known
    assert not {topic.wire_name for topic in topics.COMPLIANCE} & known


def a_subscription(number: int, **overrides: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/WebhookSubscription/{number}",
        "topic": "ORDERS_PAID",
        "uri": "https://orders.example.com/webhooks/main",
        "format": "JSON",
        "filter": None,
        "includeFields": ["id"],
        **overrides,
    }


def test_subscriptions_beyond_a_page_are_read() -> None:
    server = SchemaServer({"webhookSubscriptions": [a_subscription(n) for n in range(1, 251)]})
    webhooks = source_over(server).webhooks
    assert webhooks is not None and len(webhooks.subscriptions()) == 250
    assert server.asked == ["WebhookSubscriptions"] * 3


def test_subscribing_repairing_and_ending_are_inputs_that_the_schema_accepts() -> None:
    payload = {"webhookSubscription": a_subscription(1), "userErrors": []}
    server = SchemaServer(
        {
            "webhookSubscriptionCreate": payload,
            "webhookSubscriptionUpdate": {a_subscription(1)["id"]: payload},
            "webhookSubscriptionDelete": {
                a_subscription(1)["id"]: {"deletedWebhookSubscriptionId": "x", "userErrors": []}
            },
        }
    )
    webhooks = source_over(server).webhooks
    assert webhooks is not None
    for topic in webhooks.topics():
        webhooks.subscribe(topic, "https://orders.example.com/webhooks/main")
    made = webhooks.subscribe("orders/paid", "https://orders.example.com/webhooks/main")
    assert (made.topic, made.sound) == ("orders/paid", True)
    webhooks.repair(made, made.uri)
    webhooks.unsubscribe(made.subscription_id)
    assert server.asked[-2:] == ["WebhookSubscriptionUpdate", "WebhookSubscriptionDelete"]
