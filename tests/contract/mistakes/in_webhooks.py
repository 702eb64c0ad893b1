"""Readers of a shop's events, each with one mistake; run by test_contracts_catch_mistakes."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import json
from dataclasses import replace

import pytest

from order_sync.core.errors import ConfigurationError, EventSignatureError, MalformedEventError, WrongShopError
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.ports import Subscription, Webhooks
from order_sync.plugins.contracts import Delivery, WebhooksBench, WebhooksContract
from tests.contract.mistakes.bench import before

SECRET = "toy-webhook-secret"
SIGNED = "x-toy-signature"


def signature(body: bytes) -> str:
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


class ToyWebhooks(Webhooks):
    """Of a shop that signs everything, and says in every body which shop and which event it is. Does it right."""

    def __init__(self, secret=SECRET):
        self.secret = secret
        self.numbers = itertools.count(1)
        self.kept = {}

    def topics(self):
        return ("orders/paid", "orders/cancelled")

    def topics_set_elsewhere(self):
        return ("customers/redact",)

    def receive(self, headers, body):
        if not self.secret:
            raise ConfigurationError("There is no secret.", next_step="Give one.")
        self.check(headers.get(SIGNED, ""), body)
        document = self.read(body)
        self.check_shop(document)
        return self.event(document)

    def check(self, given, body):
        if not hmac.compare_digest(signature(body).encode(), given.encode()):
            raise EventSignatureError("The event is not signed with our secret.")

    def read(self, body):
        document = None
        with contextlib.suppress(ValueError, RecursionError):
            document = json.loads(body)
        known = {"shop", "event", "topic", "order"}
        if not isinstance(document, dict) or not known <= set(document) or not isinstance(document["order"], str):
            raise MalformedEventError("The event cannot be understood.")
        if document["topic"] not in (*self.topics(), *self.topics_set_elsewhere()):
            raise MalformedEventError("The topic is none of ours.")
        return document

    def check_shop(self, document):
        if document["shop"] != "shop.example.com":
            raise WrongShopError("The event is of another shop.")

    def event(self, document):
        person = document["topic"] == "customers/redact"
        return ShopEvent(
            document["topic"],
            EventKind.ERASE_PERSON if person else EventKind.LOOK,
            self.key(document),
            order_id="" if person else document["order"],
            order_ids=(document["order"],) if person else (),
        )

    def key(self, document):
        return document["event"]

    def subscriptions(self):
        return tuple(self.kept.values())

    def subscribe(self, topic, uri):
        there = [each for each in self.kept.values() if (each.topic, each.uri) == (topic, uri)]
        if there:
            return there[0]
        made = Subscription(str(next(self.numbers)), topic, uri)
        self.kept[made.subscription_id] = made
        return made

    def repair(self, subscription, uri):
        if subscription.subscription_id not in self.kept:
            return self.subscribe(subscription.topic, uri)
        self.kept[subscription.subscription_id] = replace(subscription, uri=uri, sound=True)
        return self.kept[subscription.subscription_id]

    def unsubscribe(self, subscription_id):
        self.kept.pop(subscription_id, None)


class Events(WebhooksContract):
    made = ToyWebhooks
    only_what_catches = True

    @pytest.fixture
    def bench(self):
        numbers = itertools.count(1)
        webhooks = self.made()

        def sign(delivery):
            return replace(delivery, headers={**delivery.headers, SIGNED: signature(delivery.body)})

        def deliver(topic, shop="shop.example.com"):
            body = {"shop": shop, "event": str(next(numbers)), "topic": topic, "order": "1001", "to": "Dana Quill"}
            return sign(Delivery({}, json.dumps(body).encode()))

        def spoil(subscription_id):
            webhooks.kept[subscription_id] = replace(webhooks.kept[subscription_id], sound=False)

        return WebhooksBench(
            webhooks=webhooks,
            without_secret=self.made(""),
            deliver=deliver,
            order_id="1001",
            personal=("Dana", "Quill"),
            sign=sign,
            signature_header=SIGNED,
            another_shop=lambda: deliver("orders/paid", "other.example.com"),
            unknown_topic=lambda: deliver("carts/update"),
            spoil=spoil,
        )


@before(Events)
class RightWebhooks(ToyWebhooks):
    pass


@before(
    Events,
    "test_one_changed_byte_is_refused",
    "test_a_wrong_or_missing_signature_is_refused",
    "test_what_is_not_signed_is_not_even_read",
)
class WebhooksThatBelieveEverybody(ToyWebhooks):
    def check(self, given, body):
        pass


@before(Events, "test_a_wrong_or_missing_signature_is_refused")
class WebhooksThatCheckWhatIsThere(ToyWebhooks):
    def check(self, given, body):
        if given:
            super().check(given, body)


@before(Events, "test_without_a_secret_nothing_is_believed")
class WebhooksThatNeedNoSecret(ToyWebhooks):
    def receive(self, headers, body):
        self.secret = self.secret or "none"
        return super().receive(headers, body)


@before(Events, "test_an_event_of_another_shop_is_refused")
class WebhooksOfAnyShop(ToyWebhooks):
    def check_shop(self, document):
        pass


@before(Events, "test_an_unknown_topic_is_malformed")
class WebhooksOfAnyTopic(ToyWebhooks):
    def read(self, body):
        try:
            return super().read(body)
        except MalformedEventError:
            return {"topic": "orders/paid", "shop": "shop.example.com", "event": "1", "order": "1001"}


@before(Events, "test_a_signed_body_that_cannot_be_understood_is_malformed")
class WebhooksThatStumbleOverGarbage(ToyWebhooks):
    def read(self, body):
        return json.loads(body)


@before(Events, "test_an_event_of_every_topic_is_understood_and_has_nothing_personal")
class WebhooksThatKeepThePerson(ToyWebhooks):
    def event(self, document):
        return replace(super().event(document), reference=document["to"])


@before(Events, "test_a_repeated_delivery_has_the_same_key_and_another_event_another")
class WebhooksThatKnowRepeatsByOrder(ToyWebhooks):
    def key(self, document):
        return document["order"]


@before(Events, "test_a_repeated_delivery_has_the_same_key_and_another_event_another")
class WebhooksThatKnowNoRepeat(ToyWebhooks):
    def key(self, document):
        return f"{document['event']}/{next(self.numbers)}"


@before(Events, "test_an_error_about_a_body_has_nobody_in_it")
class WebhooksThatQuoteTheBody(ToyWebhooks):
    def read(self, body):
        try:
            return json.loads(body)
        except ValueError as exc:
            raise MalformedEventError("It cannot be understood.", body=exc.doc) from None


@before(Events, "test_ending_a_subscription_that_is_gone_is_fine")
class WebhooksThatEndWhatIsThere(ToyWebhooks):
    def unsubscribe(self, subscription_id):
        del self.kept[subscription_id]


@before(
    Events,
    "test_a_subscription_is_made_listed_moved_and_ended",
    "test_a_subscription_that_is_no_use_is_seen_and_repaired",
)
class WebhooksThatRepairBesides(ToyWebhooks):
    def repair(self, subscription, uri):
        made = Subscription(str(next(self.numbers)), subscription.topic, uri)
        self.kept[made.subscription_id] = made
        return made
