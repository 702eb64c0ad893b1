"""The journal through the public API: of an installation, and beside a host's own ledger."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from order_sync import OrderSync
from order_sync.adapters.memory import InMemoryGateway, InMemoryLedger, InMemoryOrderSource
from order_sync.core.errors import NotAllowedError
from order_sync.core.model.journal import JournalRow
from tests.builders import NOW, a_line, an_order
from tests.fakes.clock import ManualClock
from tests.integration.test_embedding import a_plugin, live


class HostLedger:
    """A host's ledger that keeps records and no journal."""

    def __init__(self) -> None:
        self._kept = InMemoryLedger()

    def save(self, claim: Any, record: Any, *, entries: Any = (), **more: Any) -> Any:
        return self._kept.save(claim, record, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)


def an_installation(tmp_path, kind=OrderSync, **parts):
    shop = InMemoryOrderSource([an_order(a_line("L1"), a_line("L2", "MUG", 1))])
    plugin = a_plugin(shop, InMemoryGateway({"B00760004": 100}))
    sync = kind(home=tmp_path, environment={}, clock=ManualClock(), plugins=[("acme", plugin)], **parts)
    sync.connect("main", source="acme-shop", supplier="acme", settings={"supplier.account": "1", "source.shop": "demo"})
    live(sync)
    return sync


def look(sync):
    return sync.handle_new_order("main", "gid://shopify/Order/1", explicit=True).records[0]


@pytest.mark.parametrize("ledger", [None, InMemoryLedger], ids=["sql", "memory"])
def test_an_installation_reads_verifies_and_replays_its_journal(tmp_path, ledger):
    with an_installation(tmp_path, **({"ledger": ledger()} if ledger else {})) as sync:
        assert sync.journal() == () and sync.verify_journal() == ()
        record = look(sync)
        assert [row.kind for row in sync.journal_of(record)] == ["decided", "moved"]
        assert sync.last_decision(record).payload["result"]["code"] == "unknown_sku"
        sync.change_settings("main", {"unknown_sku": "skip"})
        assert sync.replay(record).now.state == "planned"
        assert sync.may_be_decided_afresh(record)
        assert sync.decide_afresh(record, by_name=False).state == "placed"
        assert [check.broken_at for check in sync.verify_journal()] == [None]
        assert [row.payload for row in sync.journal("main") if row.kind == "operator"] == [{"action": "replay"}]


def test_a_hosts_own_ledger_without_a_journal_works_and_only_what_is_appended_is_known(tmp_path):
    with an_installation(tmp_path, ledger=HostLedger()) as sync:
        record = look(sync)
        assert record.state == "held" and sync.journal() == ()
        assert "no decision" in sync.replay(record).problem
        sync.retry(record)
        assert [row.payload for row in sync.journal()] == [{"action": "retry"}]
        sync.container.personal_data().erase("main", None)
        assert [row.payload for row in sync.journal()] == [None]


def test_what_a_person_stopped_and_what_is_bought_may_not_be_decided_afresh(tmp_path):
    with an_installation(tmp_path) as sync:
        skipped = sync.skip(look(sync), "no")
        assert not sync.may_be_decided_afresh(skipped)
        sync.retry(skipped)
        sync.release(sync.records("main")[0])
        (bought,) = sync.records("main")
        assert bought.state == "placed" and not sync.may_be_decided_afresh(bought)
        with pytest.raises(NotAllowedError):
            sync.decide_afresh(bought, by_name=True)


def test_following_gives_the_last_entries_and_then_each_new_one_once(tmp_path):
    with an_installation(tmp_path) as sync:
        record = look(sync)
        rows = sync.follow_journal("main", lines=1)
        assert next(rows).kind == "moved"
        sync.retry(record)
        assert next(rows).payload == {"action": "retry"}
        sync.skip(record, "enough")
        assert [row.kind for row in islice(rows, 2)] == ["operator", "moved"]


def test_following_shows_a_row_that_was_committed_after_one_with_a_higher_number(tmp_path):
    def row(number):
        return JournalRow(number, NOW, "main", "1", "order", "live", "moved", {}, "")

    pages = iter([(row(1), row(3)), (row(1), row(2), row(3)), (row(1), row(2), row(3), row(4))])

    class Late(OrderSync):
        def journal(self, *args, **kwargs):
            return next(pages)

    with an_installation(tmp_path, Late) as sync:
        assert [each.number for each in islice(sync.follow_journal(), 4)] == [1, 3, 2, 4]
