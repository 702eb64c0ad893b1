"""ManageWebhooks: what a shop sends to us, compared with what it should, and made so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from order_sync.core.errors import AccessDeniedError, MalformedResponseError, OrderSyncError, RejectedRequestError
from order_sync.core.ports import Subscription, Webhooks

PATH = "/webhooks/"
"""Followed by the connection's name; whatever host is before it, such an address is this connection's endpoint."""


@dataclass(frozen=True, slots=True)
class WebhooksStatus:
    """What is subscribed for one connection.

    Attributes:
        uri: where events should go.
        subscribed: as they should be, one a topic.
        missing: topics that nothing is subscribed to.
        drifted: ours, and to be repaired: another host, or something we cannot use.
        surplus: ours, and to be removed: repeats, and topics that we do not use.
        foreign: other endpoints of the same app; left alone.
        set_elsewhere: topics whose address is set in the app's own settings.
    """

    uri: str
    subscribed: tuple[Subscription, ...] = ()
    missing: tuple[str, ...] = ()
    drifted: tuple[Subscription, ...] = ()
    surplus: tuple[Subscription, ...] = ()
    foreign: tuple[Subscription, ...] = ()
    set_elsewhere: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every event comes."""
        return not self.missing and not self.drifted


@dataclass(frozen=True, slots=True)
class WebhooksRegistered:
    """What `register` did, by topic. ``refused``: topics that the shop does not let us have, each with its reason."""

    uri: str
    unchanged: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    set_elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebhooksRemoved:
    """What `remove` ended, and what was left because it is not ours."""

    removed: tuple[Subscription, ...] = ()
    foreign: tuple[Subscription, ...] = ()


class ManageWebhooks:
    """Looks at the subscriptions of one connection, makes them right, or ends them. Keeps nothing.

    ``uri`` is the connection's endpoint, ``https://HOST/webhooks/NAME``. Every method raises what
    Webhooks.subscriptions does.
    """

    def status(self, webhooks: Webhooks, uri: str) -> WebhooksStatus:
        """What is subscribed, missing, drifted, surplus and foreign. Changes nothing."""
        ours, foreign = _split(webhooks, uri)
        topics = webhooks.topics()
        surplus = [each for each in ours if each.topic not in topics]
        subscribed, missing, drifted = [], [], []
        for topic in topics:
            candidates = _best_first(uri, (each for each in ours if each.topic == topic))
            surplus += candidates[1:]
            if not candidates:
                missing.append(topic)
            elif _is_right(candidates[0], uri):
                subscribed.append(candidates[0])
            else:
                drifted.append(candidates[0])
        return WebhooksStatus(
            uri=uri,
            subscribed=tuple(subscribed),
            missing=tuple(missing),
            drifted=tuple(drifted),
            surplus=tuple(surplus),
            foreign=foreign,
            set_elsewhere=webhooks.topics_set_elsewhere(),
        )

    def register(self, webhooks: Webhooks, uri: str) -> WebhooksRegistered:
        """Make it right: what is right already is left alone, so that a second run changes nothing.

        One topic that the shop refuses does not keep the others from being subscribed.

        Raises:
            RejectedRequestError, AccessDeniedError, MalformedResponseError: the shop refuses every topic.
        """
        status = self.status(webhooks, uri)
        for repeat in status.surplus:  # first: a shop may not take an address twice for a topic
            webhooks.unsubscribe(repeat.subscription_id)
        changes: dict[str, Callable[[], Subscription]] = {
            each.topic: partial(webhooks.repair, each, uri) for each in status.drifted
        }
        changes |= {topic: partial(webhooks.subscribe, topic, uri) for topic in status.missing}
        refused = _carried_out(changes)
        if refused and len(refused) == len(changes) and not status.subscribed:
            raise next(iter(refused.values()))
        return WebhooksRegistered(
            uri=uri,
            unchanged=tuple(each.topic for each in status.subscribed),
            added=tuple(topic for topic in status.missing if topic not in refused),
            repaired=tuple(each.topic for each in status.drifted if each.topic not in refused),
            removed=tuple(each.topic for each in status.surplus),
            refused=tuple((topic, str(exc)) for topic, exc in refused.items()),
            set_elsewhere=status.set_elsewhere,
        )

    def remove(self, webhooks: Webhooks, uri: str) -> WebhooksRemoved:
        """End what is sent to this connection's endpoint, on any host; ``uri`` may be the path alone."""
        ours, foreign = _split(webhooks, uri)
        for each in ours:
            webhooks.unsubscribe(each.subscription_id)
        return WebhooksRemoved(ours, foreign)


def _carried_out(changes: Mapping[str, Callable[[], Subscription]]) -> dict[str, OrderSyncError]:
    """The refusals of the changes that the shop refused; the others are made."""
    refused: dict[str, OrderSyncError] = {}
    for topic, change in changes.items():
        try:
            change()
        except (RejectedRequestError, AccessDeniedError, MalformedResponseError) as exc:
            refused[topic] = exc
    return refused


def endpoint(address: str, connection: str) -> str:
    """Where the events of a connection go; the path alone when the address is empty."""
    return f"{address.rstrip('/')}{PATH}{connection}"


def _split(webhooks: Webhooks, uri: str) -> tuple[tuple[Subscription, ...], tuple[Subscription, ...]]:
    """Those of the endpoint, and all others."""
    tail = endpoint("", uri.rpartition(PATH)[2])
    found = webhooks.subscriptions()
    ours = tuple(each for each in found if _path(each.uri).endswith(tail))
    return ours, tuple(each for each in found if each not in ours)


def _path(uri: str) -> str:
    return uri.partition("#")[0].partition("?")[0].rstrip("/")


def _is_right(subscription: Subscription, uri: str) -> bool:
    return subscription.sound and subscription.uri == uri


def _best_first(uri: str, candidates: Iterable[Subscription]) -> list[Subscription]:
    """Which of several subscriptions of one topic is kept: one that is right, then one with the right address."""
    return sorted(candidates, key=lambda each: (not _is_right(each, uri), each.uri != uri))
