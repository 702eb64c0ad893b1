"""Customers' data is kept only as long as it is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_sync.adapters.memory import InMemoryPersonalData, InMemorySettingsStore
from order_sync.core.errors import StorageError
from order_sync.core.model.events import DataErased
from order_sync.core.model.sync_record import State
from order_sync.core.use_cases import erase_old_data
from order_sync.core.use_cases.erase_old_data import EraseOldData
from order_sync.core.use_cases.sweep import Sweep
from tests.builders import an_order
from tests.fakes.workshop import Workshop

DAY_S = 86400.0
IDS = [f"gid://shopify/Order/{n}" for n in range(1, 4)]


class Archive(Workshop):
    """A workshop whose orders are all cancelled in the shop before they are bought, and so at rest."""

    def __init__(self, **settings) -> None:
        orders = [an_order(order_id=order_id, name=f"#{n}", number=str(n)) for n, order_id in enumerate(IDS)]
        super().__init__(*[replace(order, cancelled_at=order.created_at) for order in orders], **settings)
        self.store = InMemorySettingsStore()
        self.connection = self.store.save(self.connection)
        self.data = InMemoryPersonalData(self.ledger)
        self.erase_old = EraseOldData(self.data, self.store, self.ledger, self.clock, self.notifier)
        for order_id in IDS:
            self.handle(order_id)

    def told(self) -> list[DataErased]:
        return [event for event in self.notifier.events if isinstance(event, DataErased)]

    def left(self) -> int:
        return len(self.data.at_rest("main", before=self.clock.now(), limit=100))


def test_data_at_rest_for_longer_than_the_retention_is_erased_and_told_once():
    shop = Archive(retention_days=30)
    shop.clock.advance_s(29 * DAY_S)
    assert shop.erase_old("main") == 0 and shop.told() == []
    shop.clock.advance_s(2 * DAY_S)
    assert shop.erase_old("main") == 3
    assert shop.erase_old("main") == 0
    assert shop.told() == [DataErased("main", 3)]
    assert [record.state for record in shop.ledger.find()] == [State.IGNORED] * 3


def test_without_a_retention_nothing_is_ever_erased():
    shop = Archive(retention_days=None)
    shop.clock.advance_s(5000 * DAY_S)
    assert shop.erase_old("main") == 0 and shop.left() == 3


def test_a_removed_connection_has_the_default_retention():
    shop = Archive(retention_days=None)
    shop.store.delete("main")
    shop.clock.advance_s(91 * DAY_S)
    assert shop.erase_old.step() is False
    assert shop.left() == 0 and shop.told() == [DataErased("main", 3)]


def test_the_sweep_erases_a_batch_at_a_time_and_a_crash_in_between_loses_nothing(monkeypatch):
    monkeypatch.setattr(erase_old_data, "BATCH", 1)
    shop = Archive(retention_days=30)
    shop.clock.advance_s(31 * DAY_S)
    first = Sweep(
        shop.ledger, shop.inbox, shop.pauses, shop.clock, shop.submitted.append, batch=5, old_data=shop.erase_old
    )
    first()
    assert shop.left() == 2
    again = EraseOldData(shop.data, shop.store, shop.ledger, shop.clock, shop.notifier)  # another process
    second = Sweep(shop.ledger, shop.inbox, shop.pauses, shop.clock, shop.submitted.append, batch=5, old_data=again)
    for _ in range(4):
        second()
    assert shop.left() == 0 and sum(event.records for event in shop.told()) == 2


def test_an_erasure_that_fails_is_tried_again_later_and_keeps_no_order_waiting(mocker):
    shop = Archive(retention_days=30)
    shop.clock.advance_s(31 * DAY_S)
    mocker.patch.object(shop.data, "erase", side_effect=StorageError("The disk is full."))
    sweep = Sweep(
        shop.ledger, shop.inbox, shop.pauses, shop.clock, shop.submitted.append, batch=5, old_data=shop.erase_old
    )
    shop.event(IDS[0])
    with pytest.raises(StorageError):
        sweep()
    assert [key.order_id for key in shop.submitted] == [IDS[0]]
    sweep()
    mocker.stopall()
    shop.clock.advance_s(301)
    sweep()
    assert shop.left() == 0
