"""Every journal of ours keeps what journals promise."""

from __future__ import annotations

from order_sync.plugins.contracts import JournalContract


class TestJournals(JournalContract):
    """Its ledger and journal are those of the storage."""
