"""Shopify's webhooks as the core sees them: events in, and the subscriptions that make them come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from order_sync.adapters.shopify import schemas, subscription_queries
from order_sync.adapters.shopify.events import to_event
from order_sync.adapters.shopify.questions import Questions
from order_sync.adapters.shopify.refusals import user_errors
from order_sync.adapters.shopify.signatures import ClientSecret
from order_sync.adapters.shopify.topics import BY_NAME, BY_WIRE_NAME, COMPLIANCE, SUBSCRIBED, Topic
from order_sync.core.errors import RejectedRequestError
from order_sync.core.model.shop_event import ShopEvent
from order_sync.core.ports import Clock, Subscription, Webhooks

SIGNATURE_HEADER = "x-shopify-hmac-sha256"
GONE = "does not exist"
"""In the userError for an id that is no subscription (any more): "Webhook subscription does not exist"."""


class ShopifyWebhooks(Webhooks):
    """The webhooks of one shop. Thread-safe."""

    def __init__(self, questions: Questions, client_secret: ClientSecret, clock: Clock) -> None:
        self._questions = questions
        self._client_secret = client_secret
        self._clock = clock

    def topics(self) -> tuple[str, ...]:
        """The topics to subscribe to."""
        return tuple(topic.name for topic in SUBSCRIBED)

    def topics_set_elsewhere(self) -> tuple[str, ...]:
        """The compliance topics: Shopify's API cannot subscribe to them."""
        return tuple(topic.name for topic in COMPLIANCE)

    def receive(self, headers: Mapping[str, str], body: bytes) -> ShopEvent:
        """The event in a request: its signature is checked before anything in it is read."""
        self._client_secret.check(headers.get(SIGNATURE_HEADER, ""), body)
        return to_event(headers, body, shop=self._questions.client.shop, now=self._clock.now())

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What the API was told to send, by this app, on this shop."""
        nodes = self._questions.nodes(
            subscription_queries.SUBSCRIPTIONS, schemas.SUBSCRIPTIONS, "webhook_subscriptions"
        )
        return tuple({found["id"]: to_subscription(found) for found in nodes}.values())

    def subscribe(self, topic: str, uri: str) -> Subscription:
        """Have a topic sent to an address; one that is there already is returned as it is."""
        operation = subscription_queries.SUBSCRIPTION_CREATE
        wanted = BY_NAME[topic]
        try:
            found = self._questions.change(
                operation,
                schemas.SUBSCRIPTION_CREATE,
                "webhook_subscription",
                topic=wanted.wire_name,
                wanted=subscription_input(wanted, uri),
            )
        except RejectedRequestError:
            # A reply that was lost is asked for again, and the address then is taken: by us.
            present = [each for each in self.subscriptions() if (each.topic, each.uri) == (topic, uri)]
            if not present:
                raise
            return present[0]
        return to_subscription(found)

    def repair(self, subscription: Subscription, uri: str) -> Subscription:
        """Change a subscription; one that cannot be made sound by a change is replaced."""
        operation = subscription_queries.SUBSCRIPTION_UPDATE
        wanted = BY_NAME[subscription.topic]
        try:
            told = self._questions.change(
                operation,
                schemas.SUBSCRIPTION_UPDATE,
                "webhook_subscription",
                id=subscription.subscription_id,
                wanted=subscription_input(wanted, uri),
            )
        except RejectedRequestError as exc:
            if not _is_gone(exc):
                raise
            return self.subscribe(subscription.topic, uri)
        repaired = to_subscription(told)
        if repaired.sound and repaired.uri == uri:
            return repaired
        self.unsubscribe(repaired.subscription_id)
        return self.subscribe(subscription.topic, uri)

    def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription; one that is gone already is fine."""
        operation = subscription_queries.SUBSCRIPTION_DELETE
        answer = self._questions.ask(operation, schemas.SUBSCRIPTION_DELETE, id=subscription_id)
        payload = answer["webhook_subscription_delete"]
        if payload is None:
            raise self._questions.broken(operation, "no payload")
        if payload["user_errors"]:
            refusal = user_errors(self._questions.client.call(operation), payload["user_errors"])
            if not _is_gone(refusal):
                raise refusal


def _is_gone(refusal: RejectedRequestError) -> bool:
    return any(GONE in text for _, text in refusal.reasons)


def subscription_input(topic: Topic, uri: str) -> dict[str, Any]:
    """WebhookSubscriptionInput: JSON, everything that happens, and of it the ids alone."""
    return {"uri": uri, "format": "JSON", "filter": None, "includeFields": list(topic.fields)}


def to_subscription(found: Mapping[str, Any]) -> Subscription:
    """A subscription as the core has it; a topic that is none of ours keeps Shopify's name for it."""
    topic = BY_WIRE_NAME.get(found["topic"])
    return Subscription(
        subscription_id=found["id"],
        topic=topic.name if topic else found["topic"],
        uri=found["uri"],
        sound=topic is not None and _is_sound(topic, found),
    )


def _is_sound(topic: Topic, found: Mapping[str, Any]) -> bool:
    """Whether what it sends can be read, comes every time, and has no customer's name and address in it."""
    fields = set(found["include_fields"] or ())
    ids_alone = bool(fields.intersection(topic.order_ids)) if topic.fields else not fields
    return found["format"] == "JSON" and not found["filter"] and ids_alone
