"""A shop's subscriptions in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from order_sync.core.errors import EventSignatureError, OrderSyncError
from order_sync.core.model.shop_event import ShopEvent
from order_sync.core.ports import Subscription, Webhooks

TOPICS = ("orders/paid", "orders/updated", "app/uninstalled")


class FakeWebhooks(Webhooks):
    """The Webhooks port over a dictionary. ``changes`` has every call that changed something.

    Program it: ``refuses[topic] = error`` for topics that the shop refuses; ``put`` for what is there already.
    """

    def __init__(self, *present: tuple[str, str, bool]) -> None:
        self.kept: dict[str, Subscription] = {}
        self.refuses: dict[str, OrderSyncError] = {}
        self.changes: list[tuple[str, str]] = []
        self._number = 0
        for topic, uri, sound in present:
            self.put(topic, uri, sound=sound)

    def put(self, topic: str, uri: str, *, sound: bool = True) -> Subscription:
        """A subscription that somebody made before."""
        self._number += 1
        made = Subscription(f"S{self._number}", topic, uri, sound)
        self.kept[made.subscription_id] = made
        return made

    def topics(self) -> tuple[str, ...]:
        return TOPICS

    def topics_set_elsewhere(self) -> tuple[str, ...]:
        return ("shop/redact",)

    def receive(self, headers: Mapping[str, str], body: bytes) -> ShopEvent:
        raise EventSignatureError("The event is not signed.")

    def subscriptions(self) -> tuple[Subscription, ...]:
        return tuple(self.kept.values())

    def subscribe(self, topic: str, uri: str) -> Subscription:
        self._change("subscribe", topic)
        assert (topic, uri) not in {(each.topic, each.uri) for each in self.kept.values()}, "taken"
        return self.put(topic, uri)

    def repair(self, subscription: Subscription, uri: str) -> Subscription:
        self._change("repair", subscription.topic)
        repaired = replace(subscription, uri=uri, sound=True)
        self.kept[subscription.subscription_id] = repaired
        return repaired

    def unsubscribe(self, subscription_id: str) -> None:
        self.changes.append(("unsubscribe", subscription_id))
        self.kept.pop(subscription_id, None)

    def _change(self, what: str, topic: str) -> None:
        if topic in self.refuses:
            raise self.refuses[topic]
        self.changes.append((what, topic))
