"""Every question we ask, as text. Checked by a test against Shopify's schema.

First pages are small, so that the cost of a nested question stays far below the limit for one question (1,000
points); what does not fit is completed by page questions. `fulfillments` and `refunds` of an order are lists
without a cursor. Source: Shopify Admin API 2026-10, Order.lineItems, .fulfillmentOrders, .fulfillments, .refunds.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_FULFILLMENTS = 4
MOST_FULFILLMENTS = 250
REFUND_SIZES = ((20, 20), (100, 250))
"""Refunds of an order, and lines of each: asked for with the second pair where the first may be cut."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One named question; ``write`` when it changes something that must not be changed twice."""

    name: str
    text: str
    write: bool = False


_LINE = """
fragment Line on LineItem {
  id name title sku vendor quantity currentQuantity unfulfilledQuantity requiresShipping isGiftCard
  originalUnitPriceSet { shopMoney { amount currencyCode } }
}
"""
_WORK_LINES = """
fragment WorkLines on FulfillmentOrderLineItemConnection {
  nodes { id remainingQuantity lineItem { id } }
  pageInfo { hasNextPage endCursor }
}
"""
_WORK = (
    """
fragment Work on FulfillmentOrder {
  id status fulfillAt updatedAt
  fulfillmentHolds { reason reasonNotes }
  assignedLocation { name address1 }
  lineItems(first: 20) { ...WorkLines }
}
"""
    + _WORK_LINES
)
_PARCEL_LINES = """
fragment ParcelLines on FulfillmentLineItemConnection {
  nodes { id quantity lineItem { id } }
  pageInfo { hasNextPage endCursor }
}
"""
_PARCEL = """
fragment Parcel on Fulfillment {
  id name status createdAt updatedAt
  trackingInfo { company number url }
}
"""
_ADDRESS = """
fragment Address on MailingAddress {
  firstName lastName name company address1 address2 city province provinceCode countryCodeV2 zip phone
}
"""
_HEAD = """
fragment Head on Order { id name createdAt updatedAt }
"""

SHOP_IDENTITY = Operation(
    "ShopIdentity",
    """
query ShopIdentity {
  shop { id name myshopifyDomain plan { partnerDevelopment } }
  currentAppInstallation { accessScopes { handle } }
  publicApiVersions { handle supported }
}
""",
)

LOCATIONS = Operation(
    "Locations",
    """
query Locations($after: String) {
  locations(first: 50, after: $after, sortKey: NAME) {
    nodes {
      id name isActive
      address { address1 address2 city province provinceCode countryCode zip phone }
    }
    pageInfo { hasNextPage endCursor }
  }
}
""",
)

VARIANTS = Operation(
    "ProductVariants",
    """
query ProductVariants($after: String) {
  productVariants(first: 250, after: $after) {
    nodes { id sku barcode displayName }
    pageInfo { hasNextPage endCursor }
  }
}
""",
)

ORDERS_CHANGED = Operation(
    "OrdersChanged",
    """
query OrdersChanged($query: String!, $after: String) {
  orders(first: 50, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ...Head }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + _HEAD,
)

ORDERS_BY_NAME = Operation(
    "OrdersByName",
    """
query OrdersByName($query: String!, $after: String) {
  orders(first: 50, after: $after, query: $query, sortKey: CREATED_AT, reverse: true) {
    nodes { ...Head }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + _HEAD,
)

_RISK = "risk { recommendation assessments { riskLevel } }"
_ORDER = (
    """
query OrderForSync($id: ID!, $parcels: Int!) {
  order(id: $id) {
    ...Head
    number cancelledAt test tags email displayFinancialStatus
    currentTotalPriceSet { shopMoney { amount currencyCode } }
    risk { recommendation assessments { riskLevel } }
    shippingAddress { ...Address }
    lineItems(first: 25) {
      nodes { ...Line }
      pageInfo { hasNextPage endCursor }
    }
    fulfillmentOrders(first: 3) {
      nodes { ...Work }
      pageInfo { hasNextPage endCursor }
    }
    fulfillments(first: $parcels) {
      ...Parcel
      fulfillmentLineItems(first: 20) { ...ParcelLines }
    }
  }
}
"""
    + _HEAD
    + _ADDRESS
    + _LINE
    + _WORK
    + _PARCEL
    + _PARCEL_LINES
)
ORDER = Operation("OrderForSync", _ORDER)
ORDER_WITHOUT_RISK = Operation(
    "OrderForSyncWithoutRisk", _ORDER.replace(_RISK, "").replace("query OrderForSync", "query OrderForSyncWithoutRisk")
)
"""For an app that may not see the risk of an order: one refused member refuses the whole answer."""

ORDER_LINES = Operation(
    "OrderLinesPage",
    """
query OrderLinesPage($id: ID!, $after: String!) {
  order(id: $id) {
    updatedAt
    lineItems(first: 250, after: $after) {
      nodes { ...Line }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
    + _LINE,
)

ORDER_WORK = Operation(
    "OrderWorkPage",
    """
query OrderWorkPage($id: ID!, $after: String!) {
  order(id: $id) {
    updatedAt
    fulfillmentOrders(first: 10, after: $after) {
      nodes { ...Work }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
    + _WORK,
)

WORK_LINES = Operation(
    "WorkLinesPage",
    """
query WorkLinesPage($id: ID!, $after: String!) {
  fulfillmentOrder(id: $id) {
    updatedAt
    lineItems(first: 250, after: $after) { ...WorkLines }
  }
}
"""
    + _WORK_LINES,
)

FULFILLMENT_IDS = Operation(
    "OrderFulfillmentIds",
    """
query OrderFulfillmentIds($id: ID!, $parcels: Int!) {
  order(id: $id) {
    updatedAt
    fulfillments(first: $parcels) { id }
  }
}
""",
)

FULFILLMENT = Operation(
    "FulfillmentPage",
    """
query FulfillmentPage($id: ID!, $after: String) {
  fulfillment(id: $id) {
    ...Parcel
    fulfillmentLineItems(first: 250, after: $after) { ...ParcelLines }
  }
}
"""
    + _PARCEL
    + _PARCEL_LINES,
)

REFUNDS = Operation(
    "OrderRefunds",
    """
query OrderRefunds($id: ID!, $refunds: Int!, $lines: Int!) {
  order(id: $id) {
    updatedAt
    refunds(first: $refunds) {
      id
      refundLineItems(first: $lines) {
        nodes { quantity restockType lineItem { id } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
""",
)

FULFILLMENT_CREATE = Operation(
    "FulfillmentCreate",
    """
mutation FulfillmentCreate($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { id }
    userErrors { field message }
  }
}
""",
    write=True,
)

TRACKING_UPDATE = Operation(
    "FulfillmentTrackingUpdate",
    """
mutation FulfillmentTrackingUpdate($fulfillmentId: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean!) {
  fulfillmentTrackingInfoUpdate(
    fulfillmentId: $fulfillmentId, trackingInfoInput: $tracking, notifyCustomer: $notify
  ) {
    fulfillment { id }
    userErrors { field message }
  }
}
""",
    write=True,
)

ALL = tuple(value for value in list(globals().values()) if isinstance(value, Operation))
"""Every operation of this file."""
