"""What every keeper of notices promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from order_sync.core.model.notice import Notice
from order_sync.core.ports import Notices
from order_sync.plugins.contracts.builders import NOW

HELD = Notice("main", "held:unknown_sku:B1", since=NOW)


class NoticesContract:
    """What Notices promise: one notice for each connection and cause, until it is removed.

    The subclass gives:
        notices: Notices without any, made anew for every test.
    """

    def test_a_notice_comes_back_as_it_was_put(self, notices: Notices) -> None:
        told = replace(HELD, cause="#sent", connection="", told_at=NOW + timedelta(seconds=1.25), count=12)
        notices.put(HELD, told)
        assert set(notices.all()) == {HELD, told}

    def test_a_notice_replaces_the_one_of_the_same_connection_and_cause(self, notices: Notices) -> None:
        other = replace(HELD, connection="second")
        notices.put(HELD, other)
        notices.put(replace(HELD, told_at=NOW, count=3))
        assert set(notices.all()) == {replace(HELD, told_at=NOW, count=3), other}

    def test_what_is_removed_is_gone_and_what_is_not_there_is_passed_over(self, notices: Notices) -> None:
        notices.put(HELD)
        notices.remove(replace(HELD, connection="second"), replace(HELD, count=7))
        assert notices.all() == ()
        notices.remove()
        notices.put()
