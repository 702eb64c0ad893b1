"""Reading what was decided and done. Entries are stored by Ledger.save, together with what they tell of."""

from __future__ import annotations

from typing import Protocol

from order_sync.core.model.journal import JournalCheck, JournalEntry, JournalRow
from order_sync.core.model.sync_record import RecordKey


class Journal(Protocol):
    """The append-only journal beside the ledger. Raises StorageError when the storage fails."""

    def append(self, key: RecordKey, *entries: JournalEntry) -> None:
        """Store entries that no change of a record goes with."""
        ...

    def rows(
        self,
        *,
        connection: str | None = None,
        order_id: str | None = None,
        after: int = 0,
        limit: int = 1000,
        newest: bool = False,
    ) -> tuple[JournalRow, ...]:
        """Entries with a number above ``after``, oldest first: the first ``limit`` of them, or the ``newest``."""
        ...

    def last_number(self) -> int:
        """The number of the newest entry; 0 when there is none."""
        ...

    def verify(self) -> tuple[JournalCheck, ...]:
        """Compute every connection's chain again and compare; one check for each connection that has entries."""
        ...
