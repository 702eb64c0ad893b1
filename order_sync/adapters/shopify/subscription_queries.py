"""The questions about webhook subscriptions, as text. Checked by a test against Shopify's schema.

None is marked as a write, although three change something: said twice they leave what one leaves, so a lost reply
is asked for again. A second create is refused as taken, which `webhooks` takes for done when it finds it so.
Source: Shopify Admin API 2026-10, webhookSubscriptions and the webhookSubscription mutations; only subscriptions made
through the API by this app on this shop are listed.
"""

from __future__ import annotations

from order_sync.adapters.shopify.queries import Operation

_SUBSCRIPTION = """
fragment Subscription on WebhookSubscription { id topic uri format filter includeFields }
"""

SUBSCRIPTIONS = Operation(
    "WebhookSubscriptions",
    """
query WebhookSubscriptions($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    nodes { ...Subscription }
    pageInfo { hasNextPage endCursor }
  }
}
"""
    + _SUBSCRIPTION,
)

SUBSCRIPTION_CREATE = Operation(
    "WebhookSubscriptionCreate",
    """
mutation WebhookSubscriptionCreate($topic: WebhookSubscriptionTopic!, $wanted: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $wanted) {
    webhookSubscription { ...Subscription }
    userErrors { field message }
  }
}
"""
    + _SUBSCRIPTION,
)

SUBSCRIPTION_UPDATE = Operation(
    "WebhookSubscriptionUpdate",
    """
mutation WebhookSubscriptionUpdate($id: ID!, $wanted: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $wanted) {
    webhookSubscription { ...Subscription }
    userErrors { field message }
  }
}
"""
    + _SUBSCRIPTION,
)

SUBSCRIPTION_DELETE = Operation(
    "WebhookSubscriptionDelete",
    """
mutation WebhookSubscriptionDelete($id: ID!) {
  webhookSubscriptionDelete(id: $id) {
    deletedWebhookSubscriptionId
    userErrors { field message }
  }
}
""",
)

ALL = (SUBSCRIPTIONS, SUBSCRIPTION_CREATE, SUBSCRIPTION_UPDATE, SUBSCRIPTION_DELETE)
"""Every operation of this file."""
