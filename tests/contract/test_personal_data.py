"""Every keeper of customers' data of ours keeps what they promise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from order_sync.adapters.memory import InMemoryLedger, InMemoryPersonalData
from order_sync.core.model.sync_record import State
from order_sync.plugins.contracts import PersonalDataContract
from order_sync.plugins.contracts.personal_data import an_order_of_dana
from tests.builders import NOW


class TestPersonalData(PersonalDataContract):
    @pytest.fixture
    def erases_history(self, ledger):
        return not isinstance(ledger, InMemoryLedger)


def test_a_record_that_moved_on_after_it_was_found_is_not_put_back():
    class Racing(InMemoryLedger):
        def find(self, **kwargs):
            found = super().find(**kwargs)
            claim = self.claim("main", found[0].key.order_id, now=NOW, lease_s=60)
            self.save(claim, replace(found[0], state=State.PLACED))
            self.give_back(claim)
            return found

    ledger = Racing([an_order_of_dana(state=State.PLANNED, updated_at=NOW)])
    assert InMemoryPersonalData(ledger).erase("main", None) == 1
    (record,) = ledger.records_of_order("main", "gid://shopify/Order/1")
    assert (record.state, record.intent_body) == (State.PLACED, None)
