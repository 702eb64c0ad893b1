"""What every keeper of pauses promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from order_sync.core.ports import BY_PERSON, Pause, Pauses
from order_sync.plugins.contracts.builders import NOW


class PausesContract:
    """What Pauses promise: one pause a connection; what a person asked for only a person ends.

    The subclass gives:
        pauses: Pauses without any, made anew for every test.
    """

    def test_a_pause_comes_back_as_it_was_put(self, pauses: Pauses) -> None:
        forever = a_pause(connection="second", until=None, times=3)
        pauses.pause(a_pause())
        pauses.pause(forever)
        assert pauses.all() == {"main": a_pause(), "second": forever}

    def test_a_new_pause_replaces_the_one_before(self, pauses: Pauses) -> None:
        pauses.pause(a_pause())
        pauses.pause(a_pause(times=2))
        assert pauses.all() == {"main": a_pause(times=2)}

    def test_a_pause_that_is_over_is_still_told_of_until_it_is_resumed(self, pauses: Pauses) -> None:
        pauses.pause(a_pause(until=NOW - timedelta(days=1)))
        assert set(pauses.all()) == {"main"}
        assert pauses.resume("main") is True
        assert pauses.resume("main") is False
        assert pauses.all() == {}

    def test_a_persons_pause_is_replaced_by_a_person_only(self, pauses: Pauses) -> None:
        pauses.pause(a_pause())
        pauses.pause(a_persons_pause())
        pauses.pause(a_pause(code="uninstalled"))
        assert pauses.all() == {"main": a_persons_pause()}
        pauses.pause(a_persons_pause(since=NOW + timedelta(hours=1)))
        assert pauses.all()["main"].since == NOW + timedelta(hours=1)

    def test_a_persons_pause_is_ended_by_a_person_only(self, pauses: Pauses) -> None:
        pauses.pause(a_persons_pause())
        assert pauses.resume("main") is False
        assert set(pauses.all()) == {"main"}
        assert pauses.resume("main", by_person=True) is True
        assert pauses.all() == {}

    def test_a_person_ends_any_pause(self, pauses: Pauses) -> None:
        pauses.pause(a_pause())
        assert pauses.resume("main", by_person=True) is True
        assert pauses.all() == {}


def a_pause(**overrides: Any) -> Pause:
    """A pause for a minute, because credentials were refused."""
    values: dict[str, Any] = {
        "connection": "main",
        "code": "authentication",
        "reason": "Refused.",
        "next_action": "Mend it.",
        "since": NOW,
        "until": NOW + timedelta(minutes=1),
        "times": 1,
    }
    return Pause(**{**values, **overrides})


def a_persons_pause(**overrides: Any) -> Pause:
    """A pause that a person asked for."""
    return a_pause(code=BY_PERSON, until=None, reason="Stocktaking.", **overrides)
