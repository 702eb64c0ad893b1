"""What every keeper of notices promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from order_sync.core.model.notice import Notice
from tests.builders import NOW

HELD = Notice("main", "held:unknown_sku:B1", since=NOW)


def test_a_notice_comes_back_as_it_was_put(storage):
    told = replace(HELD, cause="#sent", connection="", told_at=NOW + timedelta(seconds=1.25), count=12)
    storage.notices.put(HELD, told)
    assert set(storage.notices.all()) == {HELD, told}


def test_a_notice_replaces_the_one_of_the_same_connection_and_cause(storage):
    other = replace(HELD, connection="second")
    storage.notices.put(HELD, other)
    storage.notices.put(replace(HELD, told_at=NOW, count=3))
    assert set(storage.notices.all()) == {replace(HELD, told_at=NOW, count=3), other}


def test_what_is_removed_is_gone_and_what_is_not_there_is_passed_over(storage):
    storage.notices.put(HELD)
    storage.notices.remove(replace(HELD, connection="second"), replace(HELD, count=7))
    assert storage.notices.all() == ()
    storage.notices.remove()
    storage.notices.put()
