"""Events that a shop sends by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from order_sync.core.model.shop_event import ShopEvent


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic that the shop sends to an address. ``sound`` is False when it would send something we cannot use."""

    subscription_id: str
    topic: str
    uri: str
    sound: bool = True


class Webhooks(Protocol):
    """Reads the events of one shop, and arranges that they come. Thread-safe."""

    def topics(self) -> tuple[str, ...]:
        """The topics to subscribe to, in the shop's words ("orders/paid")."""
        ...

    def topics_set_elsewhere(self) -> tuple[str, ...]:
        """Topics that are received, too, and cannot be subscribed to: the app's own settings hold their address."""
        ...

    def receive(self, headers: Mapping[str, str], body: bytes) -> ShopEvent:
        """The event in a request; asks nobody.

        Args:
            headers: names in lower case.
            body: exactly as received: the signature covers the raw bytes.

        Raises:
            EventSignatureError: unsigned, or not signed with our secret.
            WrongShopError: signed, but of another shop.
            MalformedEventError: signed, but it cannot be understood, or its topic is none of ours.
            ConfigurationError: no secret is stored, so nothing can be verified.
        """
        ...

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What the shop sends to anybody of our app now.

        Raises:
            AuthenticationError, ServiceUnavailableError, RateLimitedError, MalformedResponseError.
        """
        ...

    def subscribe(self, topic: str, uri: str) -> Subscription:
        """Have a topic sent to an address. Raises as `subscriptions`, and RejectedRequestError."""
        ...

    def repair(self, subscription: Subscription, uri: str) -> Subscription:
        """Change a subscription so that it sends what we use, to that address. Raises as `subscribe`."""
        ...

    def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription; one that is gone already is fine. Raises as `subscribe`."""
        ...
