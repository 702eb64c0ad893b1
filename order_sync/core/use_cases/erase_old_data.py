"""Erasing customers' data that is no longer needed, some orders at a time, so that no work waits for it."""

from __future__ import annotations

from datetime import timedelta

from order_sync.core.errors import UnknownConnectionError
from order_sync.core.model.events import DataErased
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.ports import Clock, Ledger, Notifier, PersonalData, SettingsStore

BATCH = 200
"""Orders erased in one transaction: a crash loses none, and nobody waits long for the ledger."""


class EraseOldData:
    """Erases what is at rest for longer than ``retention_days``. Safe to repeat, and in several processes at once.

    A connection that was removed leaves its records behind: the default of the setting counts for them.
    """

    def __init__(
        self, personal_data: PersonalData, store: SettingsStore, ledger: Ledger, clock: Clock, notifier: Notifier
    ) -> None:
        self._personal_data = personal_data
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._notifier = notifier
        self._pending: list[str] = []
        self._erased = 0

    def step(self) -> bool:
        """Erase one batch; tells whether there may be more to do now.

        Raises:
            StorageError: it could not be done; the next step tries again.
        """
        if not self._pending:
            known = {connection for connection, _, _ in self._ledger.count_by_state()}
            self._pending = sorted(known | set(self._store.names()))
        if not self._pending:
            return False
        erased, more = self._batch(self._pending[0])
        self._erased += erased
        if not more:
            self._tell(self._pending.pop(0), self._erased)
            self._erased = 0
        return bool(self._pending)

    def __call__(self, connection: str) -> int:
        """Erase everything of one connection that is due; returns how many records had any."""
        count, more = 0, True
        while more:
            erased, more = self._batch(connection)
            count += erased
        self._tell(connection, count)
        return count

    def _batch(self, connection: str) -> tuple[int, bool]:
        """One batch of a connection: records erased, and whether there may be more."""
        days = self._retention_days(connection)
        if days is None:
            return 0, False
        before = self._clock.now() - timedelta(days=days)
        found = self._personal_data.at_rest(connection, before=before, limit=BATCH)
        erased = self._personal_data.erase(connection, found) if found else 0
        # found and nothing erased: somebody else just did it
        return erased, len(found) == BATCH and erased > 0

    def _tell(self, connection: str, count: int) -> None:
        if count:
            self._notifier.notify(DataErased(connection, count))

    def _retention_days(self, connection: str) -> int | None:
        try:
            return self._store.get(connection).order_sync.retention_days
        except UnknownConnectionError:
            return OrderSyncSettings().retention_days
