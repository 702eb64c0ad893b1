"""What every messenger promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

import pytest

from order_sync.core.ports import Messenger
from order_sync.plugins.contracts.keeping import all_at_once

ODD = "ünïcode “text” 雪 <b>&amp;</b> **stars** {braces} %s\n\nsecond line"
Arrived = Callable[[], Collection[tuple[str, str]]]
Fail = Callable[[int], None]


class MessengerContract:
    """What a Messenger promises: every service is asked and answers for itself; nothing raises, no secret shows.

    The subclass gives:
        messenger: a Messenger with two services if it can have so many, each set up with a secret, made anew for every
            test.
        secrets: the texts of which nothing may be shown.
        arrived: a function that gives the messages that the services took so far, each as (title, body), once for
            every service that took it.
        fail: a function that makes the service of a place (0 is the first) take no message any more.
    """

    def test_the_services_are_named_apart_and_without_a_secret(
        self, messenger: Messenger, secrets: Collection[str]
    ) -> None:
        names = messenger.services()
        assert names and len(set(names)) == len(names) and all(name.strip() for name in names)
        assert no_secret(" ".join(names), secrets)

    @pytest.mark.parametrize("body", ["One order is held.", ODD], ids=["plain", "odd"])
    def test_a_message_reaches_every_service_as_it_was_written(
        self, messenger: Messenger, arrived: Arrived, body: str
    ) -> None:
        deliveries = messenger.send("Order Sync: held", body)
        assert [(each.service, each.problem) for each in deliveries] == [(name, "") for name in messenger.services()]
        assert list(arrived()) == [("Order Sync: held", body)] * len(deliveries)

    @pytest.mark.parametrize("place", [0, 1])
    def test_a_service_that_fails_keeps_no_other_from_the_message(
        self, messenger: Messenger, arrived: Arrived, fail: Fail, secrets: Collection[str], place: int
    ) -> None:
        if place >= len(messenger.services()):
            pytest.skip("this messenger has one service")
        fail(place)
        deliveries = messenger.send("title", "body")
        assert [each.service for each in deliveries] == list(messenger.services())
        assert [bool(each.problem) for each in deliveries] == [at == place for at in range(len(deliveries))]
        assert no_secret(repr(deliveries), secrets)
        assert len(arrived()) == len(deliveries) - 1

    def test_when_every_service_fails_each_says_why(
        self, messenger: Messenger, arrived: Arrived, fail: Fail, secrets: Collection[str]
    ) -> None:
        for place in range(len(messenger.services())):
            fail(place)
        deliveries = messenger.send("title", "body")
        assert [each.service for each in deliveries] == list(messenger.services())
        assert all(each.problem.strip() for each in deliveries) and no_secret(repr(deliveries), secrets)
        assert not arrived()

    def test_a_secret_is_in_no_log(
        self, messenger: Messenger, fail: Fail, secrets: Collection[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level("DEBUG"):
            messenger.send("title", "body")
            fail(0)
            messenger.send("title", "body")
        assert no_secret(caplog.text, secrets)

    @pytest.mark.parametrize(
        "text", ["", "\x00\x1b[31m", "\ud800", "x" * 20_000], ids=["empty", "control", "half", "long"]
    )
    def test_text_that_no_service_may_take_raises_nothing(self, messenger: Messenger, text: str) -> None:
        deliveries = messenger.send(text, text)
        assert [each.service for each in deliveries] == list(messenger.services())

    def test_messages_of_many_threads_at_once_all_arrive(self, messenger: Messenger, arrived: Arrived) -> None:
        def send(number: int) -> None:
            assert [each.problem for each in messenger.send(f"title {number}", "body")] == [""] * services

        services = len(messenger.services())
        all_at_once(send, threads=4)
        assert Counter(arrived()) == {(f"title {number}", "body"): services for number in range(4)}


def no_secret(text: str, secrets: Collection[str]) -> bool:
    """Whether none of them is in the text."""
    return not any(secret in text for secret in secrets)
