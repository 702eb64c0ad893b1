"""Every ledger of ours keeps what ledgers promise."""

from __future__ import annotations

from dataclasses import fields

import pytest

from order_sync.core.model.sync_record import SyncRecord
from order_sync.plugins.contracts import LedgerContract
from order_sync.plugins.contracts.ledger import full_record


class TestLedgers(LedgerContract):
    @pytest.fixture
    def clock(self, storage):
        return storage.clock


def test_the_record_that_comes_back_whole_has_a_value_in_every_field():
    """Else a new field could be lost on the way, and no ledger be found out."""
    record = full_record()
    empty = {field.name for field in fields(SyncRecord) if getattr(record, field.name) in (None, "", (), 0)}
    assert empty == {"created_at", "updated_at"}
