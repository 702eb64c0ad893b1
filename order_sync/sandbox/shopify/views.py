"""Shopify's documents of the shop's objects: field name to value, or to a function where arguments matter.

A field that Shopify has and these views lack fails with SANDBOX_NOT_SIMULATED (see engine.py), never null.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from order_sync.sandbox.shopify.connections import by_place
from order_sync.sandbox.shopify.model import (
    Hold,
    Line,
    Location,
    Parcel,
    ParcelLine,
    Refund,
    ShopOrder,
    WebhookSubscription,
    Work,
    WorkLine,
)
from order_sync.sandbox.shopify.shop import Shop
from order_sync.sandbox.shopify.works import FINISHED

View = dict[str, Any]
WITHHELD = ("firstName", "lastName", "name", "company", "address1", "address2", "phone")
PAGE_ARGUMENTS = ("first", "after", "last", "before", "reverse")


def moment(value: datetime | None) -> str | None:
    """DateTime as Shopify writes it: whole seconds, Z."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def money(amount: Decimal) -> View:
    one = {"amount": f"{amount:.2f}", "currencyCode": "USD"}
    return {"shopMoney": one, "presentmentMoney": one}


def number_of(gid: str) -> str:
    return gid.rpartition("/")[2]


def paging(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name in PAGE_ARGUMENTS}


def order_view(shop: Shop, order: ShopOrder) -> View:
    return {
        **_order_facts(order),
        **_order_money(order),
        **_order_people(shop, order),
        "risk": {"recommendation": order.risk, "assessments": []},
        "lineItems": lambda info, **page: by_place(order.lines, line_view, **paging(page)),
        "fulfillmentOrders": lambda info, **page: by_place(
            order.works, lambda work: work_view(shop, order, work), **paging(page)
        ),
        "fulfillments": lambda info, first=None, query=None: [
            parcel_view(shop, order, parcel) for parcel in order.parcels[:first]
        ],
        "refunds": lambda info, first=None: [refund_view(shop, order, refund) for refund in order.refunds[:first]],
        "metafield": lambda info, key, namespace=None: order.metafields.get(f"{namespace or 'app'}.{key}"),
    }


def _order_facts(order: ShopOrder) -> View:
    return {
        "__typename": "Order",
        "id": order.id,
        "legacyResourceId": number_of(order.id),
        "name": order.name,
        "number": order.number,
        "createdAt": moment(order.created_at),
        "processedAt": moment(order.created_at),
        "updatedAt": moment(order.updated_at),
        "cancelledAt": moment(order.cancelled_at),
        "cancelReason": order.cancel_reason,
        "closed": order.closed_at is not None,
        "closedAt": moment(order.closed_at),
        "test": order.test,
        "confirmed": True,
        "edited": order.edited,
        "sourceName": order.source_name,
        "poNumber": order.po_number,
        "note": order.note,
        "tags": list(order.tags),
        "currencyCode": "USD",
        "presentmentCurrencyCode": "USD",
        "displayFinancialStatus": order.financial_status,
        "displayFulfillmentStatus": order.fulfillment_status,
        "fullyPaid": order.financial_status in {"PAID", "PARTIALLY_REFUNDED", "REFUNDED"},
        "unpaid": order.financial_status in {"PENDING", "AUTHORIZED", "EXPIRED"},
        "requiresShipping": any(line.requires_shipping for line in order.lines),
        "paymentGatewayNames": ["bogus"] if order.test else ["shopify_payments"],
        "customAttributes": order.custom_attributes,
    }


def _order_money(order: ShopOrder) -> View:
    original = sum((line.price * line.quantity for line in order.lines), order.shipping_price or Decimal("0"))
    return {
        "totalOutstandingSet": money(order.outstanding),
        "currentTotalPriceSet": money(order.current_total),
        "originalTotalPriceSet": money(original),
        "totalPriceSet": money(original),
    }


def _order_people(shop: Shop, order: ShopOrder) -> View:
    """Customer data; withheld without Shopify's approval for protected customer data."""
    approved = shop.shop_knobs.protected_data == "approved"
    return {
        "email": order.email if approved else None,
        "phone": order.phone if approved else None,
        "shippingAddress": _address_view(shop, order),
        "shippingLine": None if order.shipping_price is None else _shipping_line(order.shipping_price),
    }


def _address_view(shop: Shop, order: ShopOrder) -> View | None:
    if order.address is None or shop.shop_knobs.protected_data == "address":
        return None
    address: View = {**order.address, "id": order.id.replace("/Order/", "/MailingAddress/")}
    address["name"] = " ".join(filter(None, (address["firstName"], address["lastName"]))) or None
    if shop.shop_knobs.protected_data == "fields":
        address |= dict.fromkeys(WITHHELD)
    return address


def _shipping_line(price: Decimal) -> View:
    return {
        "id": None,
        "title": "Standard",
        "code": "Standard",
        "source": "shopify",
        "deliveryCategory": None,
        "carrierIdentifier": None,
        "originalPriceSet": money(price),
    }


def line_view(line: Line) -> View:
    return {
        "__typename": "LineItem",
        "id": line.id,
        "name": f"{line.title} - {line.variant_title}" if line.variant_title else line.title,
        "title": line.title,
        "variantTitle": line.variant_title,
        "sku": line.sku,
        "vendor": line.vendor,
        "quantity": line.quantity,
        "currentQuantity": line.current_quantity,
        "unfulfilledQuantity": line.unfulfilled_quantity,
        "fulfillableQuantity": line.unfulfilled_quantity,
        "nonFulfillableQuantity": line.non_fulfillable_quantity,
        "refundableQuantity": line.current_quantity,
        "requiresShipping": line.requires_shipping,
        "isGiftCard": line.is_gift_card,
        "customAttributes": line.custom_attributes,
        "lineItemGroup": line.group,
        "originalUnitPriceSet": money(line.price),
        "variant": None,  # as for a custom or deleted variant, which Shopify allows
        "product": None,
    }


def work_view(shop: Shop, order: ShopOrder, work: Work) -> View:
    location = shop.locations[work.location_id]
    return {
        "__typename": "FulfillmentOrder",
        "id": work.id,
        "status": work.status,
        "requestStatus": "UNSUBMITTED",
        "createdAt": moment(work.created_at),
        "updatedAt": moment(work.updated_at),
        "fulfillAt": moment(work.created_at),
        "orderId": order.id,
        "orderName": order.name,
        "order": lambda info: order_view(shop, order),
        "supportedActions": [{"action": action, "externalUrl": None} for action in _actions(work)],
        "fulfillmentHolds": [_hold_view(hold) for hold in work.holds],
        "deliveryMethod": {
            "id": work.id.replace("/FulfillmentOrder/", "/DeliveryMethod/"),
            "methodType": work.method,
            "presentedName": "Standard" if work.method == "SHIPPING" else None,
        },
        "assignedLocation": {
            "name": location.name,
            "address1": location.address["address1"],
            "location": location_view(location),
        },
        "lineItems": lambda info, **page: by_place(work.lines, work_line_view, **paging(page)),
        "fulfillments": lambda info, **page: by_place(
            [parcel for parcel in order.parcels if any(item.work_line in work.lines for item in parcel.lines)],
            lambda parcel: parcel_view(shop, order, parcel),
            **paging(page),
        ),
    }


def _hold_view(hold: Hold) -> View:
    return {
        "__typename": "FulfillmentHold",
        "id": hold.id,
        "handle": hold.handle or None,
        "reason": hold.reason,
        "reasonNotes": hold.notes,
        "heldByRequestingApp": hold.by_app,
    }


def _actions(work: Work) -> list[str]:
    if work.status == "ON_HOLD":
        return ["RELEASE_HOLD"]
    return [] if work.status in FINISHED else ["CREATE_FULFILLMENT", "HOLD"]


def work_line_view(item: WorkLine) -> View:
    return {
        "__typename": "FulfillmentOrderLineItem",
        "id": item.id,
        "totalQuantity": item.total,
        "remainingQuantity": item.remaining,
        "sku": item.line.sku,
        "vendor": item.line.vendor,
        "productTitle": item.line.title,
        "variantTitle": item.line.variant_title,
        "requiresShipping": item.line.requires_shipping,
        "lineItem": lambda info: line_view(item.line),
    }


def parcel_view(shop: Shop, order: ShopOrder, parcel: Parcel) -> View:
    gone = parcel.status == "CANCELLED"
    service = "GIFT_CARD" if parcel.by_gift_card_service else "MANUAL"
    return {
        "__typename": "Fulfillment",
        "id": parcel.id,
        "legacyResourceId": number_of(parcel.id),
        "name": parcel.name,
        "status": parcel.status,
        "displayStatus": "CANCELED" if gone else "FULFILLED",
        "createdAt": moment(parcel.created_at),
        "updatedAt": moment(parcel.updated_at),
        "totalQuantity": sum(item.quantity for item in parcel.lines),
        "requiresShipping": any(item.line.requires_shipping for item in parcel.lines),
        "location": lambda info: location_view(shop.locations[parcel.location_id]),
        "service": {
            "id": f"gid://shopify/FulfillmentService/{service.lower()}",
            "type": service,
            "handle": service.lower(),
            "serviceName": service.title(),
        },
        "order": lambda info: order_view(shop, order),
        "trackingInfo": lambda info, first=None: parcel.tracking[:first],
        "fulfillmentLineItems": lambda info, **page: by_place(parcel.lines, _parcel_line, **paging(page)),
    }


def _parcel_line(item: ParcelLine) -> View:
    return {
        "__typename": "FulfillmentLineItem",
        "id": item.id,
        "quantity": item.quantity,
        "lineItem": lambda info: line_view(item.line),
    }


def refund_view(shop: Shop, order: ShopOrder, refund: Refund) -> View:
    return {
        "__typename": "Refund",
        "id": refund.id,
        "createdAt": moment(refund.created_at),
        "updatedAt": moment(refund.created_at),
        "note": refund.note,
        "order": lambda info: order_view(shop, order),
        "refundLineItems": lambda info, **page: by_place(
            refund.lines,
            lambda row: {
                "id": None,
                "quantity": row[1],
                "restockType": row[2],
                "restocked": row[2] != "NO_RESTOCK",
                "lineItem": line_view(row[0]),
            },
            **paging(page),
        ),
    }


def location_view(location: Location) -> View:
    return {
        "__typename": "Location",
        "id": location.id,
        "legacyResourceId": number_of(location.id),
        "name": location.name,
        "isActive": location.is_active,
        "isFulfillmentService": location.is_fulfillment_service,
        "fulfillsOnlineOrders": location.fulfills_online_orders,
        "updatedAt": moment(location.updated_at),
        "address": dict(location.address),
    }


def subscription_view(item: WebhookSubscription, api_version: str) -> View:
    return {
        "__typename": "WebhookSubscription",
        "id": item.id,
        "legacyResourceId": number_of(item.id),
        "topic": item.topic,
        "uri": item.uri,
        "callbackUrl": item.uri,
        "format": item.format,
        "filter": item.filter,
        "includeFields": item.include_fields,
        "name": item.name,
        "apiVersion": {"handle": api_version, "displayName": api_version, "supported": True},
        "createdAt": moment(item.created_at),
        "updatedAt": moment(item.updated_at),
    }
