"""What the webhooks of every shop promise: only what the shop signed is believed, and nothing personal is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from order_sync.core.errors import (
    ConfigurationError,
    EventSignatureError,
    MalformedEventError,
    ServiceError,
    WrongShopError,
)
from order_sync.core.model.shop_event import EventKind
from order_sync.core.ports import Webhooks
from order_sync.plugins.contracts import wire as faults
from order_sync.plugins.contracts.order_source_reading import NO_ANSWER
from order_sync.plugins.contracts.ruled import does_not_apply
from order_sync.plugins.contracts.webhooks_bench import Delivery, WebhooksBench
from order_sync.plugins.contracts.wire import Wire

GARBAGE = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"id": "\xff"}',
    "a list": b"[]",
    "null": b"null",
    "other members": b'{"hello": "there"}',
    "an odd id": b'{"id": {"a": 1}, "order_id": {"a": 1}, "order": {"id": []}}',
    "very deep": b"[" * 100_000,
}


class WebhooksContract:
    """Subclass it and give the fixture ``bench``: a WebhooksBench, new for every test."""

    @pytest.fixture
    def bench(self) -> WebhooksBench:
        """The webhooks beside their fake shop."""
        raise NotImplementedError("give a fixture named bench that returns a WebhooksBench")

    @pytest.fixture
    def webhooks(self, bench: WebhooksBench) -> Webhooks:
        """The webhooks under test."""
        return bench.webhooks

    @pytest.fixture
    def topic(self, webhooks: Webhooks) -> str:
        """The first topic to subscribe to: one about orders."""
        return webhooks.topics()[0]

    # ------------------------------------------------------------------ what comes in

    def test_topics_are_named_once(self, webhooks: Webhooks) -> None:
        """Those to subscribe to, and those that are set elsewhere."""
        topics = [*webhooks.topics(), *webhooks.topics_set_elsewhere()]
        assert webhooks.topics() and all(topics) and len(set(topics)) == len(topics)

    def test_an_event_of_every_topic_is_understood_and_has_nothing_personal(
        self, bench: WebhooksBench, webhooks: Webhooks
    ) -> None:
        """Ids alone: it is stored."""
        for topic in (*webhooks.topics(), *webhooks.topics_set_elsewhere()):
            event = webhooks.receive(*_parts(bench.deliver(topic)))
            assert event.topic == topic and event.delivery_key
            if event.kind is EventKind.LOOK:
                assert event.order_id == bench.order_id
            if event.kind in (EventKind.EXPORT_PERSON, EventKind.ERASE_PERSON):
                assert event.order_ids == (bench.order_id,) and not event.order_id
            assert not [word for word in bench.personal if word in repr(event)], "the event has a person in it"

    def test_a_repeated_delivery_has_the_same_key_and_another_event_another(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str
    ) -> None:
        """By that repeats are dropped, and nothing else is."""
        first, second = bench.deliver(topic), bench.deliver(topic)
        keys = [webhooks.receive(*_parts(each)).delivery_key for each in (first, first, second)]
        assert keys[0] == keys[1] != keys[2]

    def test_one_changed_byte_is_refused(self, bench: WebhooksBench, webhooks: Webhooks, topic: str) -> None:
        """Anywhere in the body, and one more or less of it."""
        genuine = bench.deliver(topic)
        body = genuine.body
        places = {0, len(body) // 2, len(body) - 1}
        changed = [body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :] for place in places]
        for forged in (*changed, body + b" ", body[:-1], b""):
            with pytest.raises(EventSignatureError):
                webhooks.receive(genuine.headers, forged)
        assert webhooks.receive(*_parts(genuine)).order_id == bench.order_id

    @pytest.mark.parametrize("signature", [None, "", "x", "AAAA", "é", "=" * 10_000, "of another body"])
    def test_a_wrong_or_missing_signature_is_refused(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str, signature: str | None
    ) -> None:
        """Whatever is in its place."""
        genuine, other = bench.deliver(topic), bench.deliver(topic)
        headers = {name: value for name, value in genuine.headers.items() if name != bench.signature_header}
        if signature == "of another body":
            headers[bench.signature_header] = bench.sign(replace(other, body=b"{}")).headers[bench.signature_header]
        elif signature is not None:
            headers[bench.signature_header] = signature
        with pytest.raises(EventSignatureError):
            webhooks.receive(headers, genuine.body)

    @pytest.mark.parametrize("garbage", GARBAGE)
    def test_what_is_not_signed_is_not_even_read(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str, garbage: str
    ) -> None:
        """Anybody can send it."""
        with pytest.raises(EventSignatureError):
            webhooks.receive(bench.deliver(topic).headers, GARBAGE[garbage])

    @pytest.mark.parametrize("garbage", GARBAGE)
    def test_a_signed_body_that_cannot_be_understood_is_malformed(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str, garbage: str
    ) -> None:
        """Never an event about no order."""
        signed = bench.sign(replace(bench.deliver(topic), body=GARBAGE[garbage]))
        with pytest.raises(MalformedEventError):
            webhooks.receive(*_parts(signed))

    def test_an_error_about_a_body_has_nobody_in_it(self, bench: WebhooksBench, webhooks: Webhooks, topic: str) -> None:
        """Errors are logged, with their causes."""
        body = bench.deliver(topic).body[:-1] + b" Dana Quill"
        with pytest.raises(MalformedEventError) as caught:
            webhooks.receive(*_parts(bench.sign(replace(bench.deliver(topic), body=body))))
        assert "Dana Quill" not in "".join(map(repr, (caught.value, caught.value.about, caught.value.__cause__)))
        assert "Dana Quill" not in repr(caught.value.__context__)

    def test_an_unknown_topic_is_malformed(self, bench: WebhooksBench, webhooks: Webhooks) -> None:
        """It asks nothing of us."""
        with pytest.raises(MalformedEventError):
            webhooks.receive(*_parts(bench.unknown_topic()))

    def test_an_event_of_another_shop_is_refused(self, bench: WebhooksBench, webhooks: Webhooks) -> None:
        """An app has one secret for all of its shops."""
        with pytest.raises(WrongShopError):
            webhooks.receive(*_parts(bench.another_shop()))

    def test_without_a_secret_nothing_is_believed(self, bench: WebhooksBench, topic: str) -> None:
        """ConfigurationError, with what to do; not even when it is signed with an empty one."""
        with pytest.raises(ConfigurationError) as caught:
            bench.without_secret.receive(*_parts(bench.deliver(topic)))
        assert caught.value.next_step

    # ------------------------------------------------------------------ subscriptions

    def test_a_subscription_is_made_listed_moved_and_ended(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str
    ) -> None:
        """From none to none."""
        assert webhooks.subscriptions() == ()
        made = webhooks.subscribe(topic, bench.address)
        assert (made.topic, made.uri, made.sound) == (topic, bench.address, True) and made.subscription_id
        assert webhooks.subscriptions() == (made,)
        moved = webhooks.repair(made, f"{bench.address}-2")
        assert (moved.topic, moved.uri, moved.sound) == (topic, f"{bench.address}-2", True)
        assert webhooks.subscriptions() == (moved,), "the old one is still there, or the new one is not"
        webhooks.unsubscribe(moved.subscription_id)
        assert webhooks.subscriptions() == ()

    def test_every_topic_can_be_subscribed_to(self, bench: WebhooksBench, webhooks: Webhooks) -> None:
        """Each once."""
        made = [webhooks.subscribe(topic, bench.address) for topic in webhooks.topics()]
        assert sorted(each.topic for each in webhooks.subscriptions()) == sorted(webhooks.topics())
        assert all(each.sound for each in made)

    def test_what_is_subscribed_already_is_no_error_and_is_there_once(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str
    ) -> None:
        """An answer that was lost is asked for again."""
        first = webhooks.subscribe(topic, bench.address)
        assert webhooks.subscribe(topic, bench.address) == first
        assert webhooks.subscriptions() == (first,)

    def test_ending_a_subscription_that_is_gone_is_fine(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str
    ) -> None:
        """Whoever ended it."""
        made = webhooks.subscribe(topic, bench.address)
        for _ in range(2):
            webhooks.unsubscribe(made.subscription_id)
        assert webhooks.subscriptions() == ()
        again = webhooks.repair(made, bench.address)
        assert again.sound and webhooks.subscriptions() == (again,), "what is gone is made anew by a repair"

    def test_a_subscription_that_is_no_use_is_seen_and_repaired(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str
    ) -> None:
        """Somebody changed it in the shop."""
        if bench.spoil is None:
            does_not_apply("its subscriptions cannot be spoilt (WebhooksBench.spoil is not given)")
        bench.spoil(webhooks.subscribe(topic, bench.address).subscription_id)
        (spoilt,) = webhooks.subscriptions()
        assert not spoilt.sound
        assert webhooks.repair(spoilt, bench.address).sound
        assert [each.sound for each in webhooks.subscriptions()] == [True]

    @pytest.mark.parametrize("fault", NO_ANSWER)
    def test_subscriptions_that_could_not_be_asked_for_are_not_none(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str, fault: str
    ) -> None:
        """An error, never an empty list: all of them would be made anew."""
        wire = self._wire(bench)
        webhooks.subscribe(topic, bench.address)
        wire.break_reads(NO_ANSWER[fault])
        with pytest.raises(ServiceError):
            webhooks.subscriptions()

    @pytest.mark.parametrize("write", ["subscribe", "repair", "unsubscribe"])
    def test_what_was_asked_for_and_not_answered_may_be_asked_for_again(
        self, bench: WebhooksBench, webhooks: Webhooks, topic: str, write: str
    ) -> None:
        """It had its effect, and has it once."""
        wire = self._wire(bench)
        made = webhooks.subscribe(topic, bench.address)
        other, moved = webhooks.topics()[1], f"{bench.address}-2"
        act: dict[str, Callable[[], object]] = {
            "subscribe": lambda: webhooks.subscribe(other, bench.address),
            "repair": lambda: webhooks.repair(made, moved),
            "unsubscribe": lambda: webhooks.unsubscribe(made.subscription_id),
        }
        wire.break_writes(faults.lost_after)
        with pytest.raises(ServiceError):
            act[write]()
        wire.mend()
        act[write]()
        there = sorted((each.topic, each.uri) for each in webhooks.subscriptions())
        expected = {
            "subscribe": sorted([(topic, bench.address), (other, bench.address)]),
            "repair": [(topic, moved)],
            "unsubscribe": [],
        }
        assert there == expected[write]

    @staticmethod
    def _wire(bench: WebhooksBench) -> Wire:
        if bench.wire is None:
            does_not_apply("it has no network")
        return bench.wire


def _parts(delivery: Delivery) -> tuple[dict[str, str], bytes]:
    return dict(delivery.headers), delivery.body
