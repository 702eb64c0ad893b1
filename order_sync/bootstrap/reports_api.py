"""The public API: exports, reports, notifications, retention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from order_sync.bootstrap.export_rows import rows_of
from order_sync.bootstrap.orders_api import OrdersApi
from order_sync.core.errors import ConfigurationError
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.policies.report import Report, report_of

REPORT_DAYS = 30
MOST_REPORT_DAYS = 3660


class ReportsApi(OrdersApi):
    """Exports and reports, what people are told, how long data is kept."""

    def export(
        self,
        connection: str | None = None,
        *,
        states: Iterable[State] | None = None,
        since: datetime | None = None,
        lines: bool = False,
        personal_data: bool = False,
    ) -> Iterator[dict[str, str]]:
        """Rows of plain text, oldest record first, read while they are taken; bootstrap/export_rows.py has the columns.

        Args:
            since: aware; records changed since then.
            lines: a row for each line instead of each record.
            personal_data: with what tells of customers: reasons as stored, tracking, the purchase as sent.
        """
        _check_aware(since)
        wanted = None if states is None else tuple(states)
        for record in self._each(connection, wanted, since):
            yield from rows_of(record, lines=lines, personal_data=personal_data)

    def report(
        self, connection: str | None = None, *, since: datetime | None = None, mode: Mode | None = Mode.LIVE
    ) -> Report:
        """What was bought per day (UTC), its cost, revenue and margin, and what is held or was cancelled.

        Args:
            since: aware, at most ten years ago; None: the last 30 days.
            mode: None counts test and live together.
        """
        _check_aware(since)
        until = self.container.clock().now()
        first = since or until - timedelta(days=REPORT_DAYS - 1)
        if not timedelta() <= until - first <= timedelta(days=MOST_REPORT_DAYS):
            raise ConfigurationError("since must lie in the last ten years.", next_step="For example 30d.")
        first = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return report_of(self._each(connection, None, first), since=first, until=until, mode=mode)

    def latest_records(
        self,
        limit: int = 50,
        *,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        mode: Mode | None = None,
        offset: int = 0,
    ) -> tuple[SyncRecord, ...]:
        """The newest records of a connection, or of all, newest first; ``offset`` of them left out."""
        if not self._ledger_exists():
            return ()
        return self.container.record_reader().latest(
            limit=limit, connection=connection, states=states, mode=mode, offset=offset
        )

    def counts(self, connection: str | None = None) -> Mapping[tuple[str, Mode, State], int]:
        """How many records there are by connection, mode and state."""
        if not self._ledger_exists():
            return {}
        counted = self._ledger.count_by_state()
        return {key: count for key, count in counted.items() if connection in (None, key[0])}

    def erase_old_data(self, connection: str) -> int:
        """Erase what ``retention_days`` no longer allows to keep; returns how many records had any.

        A service and `sync` do this by themselves.
        """
        return self.container.erase_old_data()(connection)

    def _each(
        self, connection: str | None, states: tuple[State, ...] | None, since: datetime | None
    ) -> Iterator[SyncRecord]:
        if not self._ledger_exists():
            if connection is not None:
                self._store.get(connection)
            return
        reader = self.container.record_reader()
        found = False
        for record in reader.each(connection=connection, states=states, since=since):
            found = True
            yield record
        if not found and connection is not None and not self._has_records(connection):
            self._store.get(connection)  # a name that never was is an error; one that was removed has its records

    def _has_records(self, connection: str) -> bool:
        return any(name == connection for name, _, _ in self._ledger.count_by_state())


def _check_aware(since: datetime | None) -> None:
    if since is not None and since.tzinfo is None:
        raise ConfigurationError("since needs a time zone.", next_step="For example 2026-01-31T00:00:00Z.")
