"""The public API: the journal: what was decided and done."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime

from order_sync.bootstrap.orders_api import OrdersApi
from order_sync.core.model.journal import OPERATOR, JournalCheck, JournalEntry, JournalRow
from order_sync.core.model.sync_record import UNDECIDED, SyncRecord
from order_sync.core.use_cases.context import SyncResult
from order_sync.core.use_cases.look_at_order import STICKY_HOLDS
from order_sync.core.use_cases.replay_decision import Replay

_LOOK_EVERY_S = 0.5
_LATE = 200
"""On PostgreSQL a row may be committed after one with a higher number; so many are looked at again."""


class JournalApi(OrdersApi):
    """Reading, following, verifying and replaying the journal."""

    def journal(
        self,
        connection: str | None = None,
        *,
        order_id: str | None = None,
        after: int = 0,
        limit: int = 1000,
        newest: bool = False,
    ) -> tuple[JournalRow, ...]:
        """Entries with a number above ``after``, oldest first: the first ``limit`` of them, or the ``newest``."""
        if not self._ledger_exists():
            return ()
        return self.container.journal().rows(
            connection=connection, order_id=order_id, after=after, limit=limit, newest=newest
        )

    def journal_of(self, record: SyncRecord) -> tuple[JournalRow, ...]:
        """Everything that the journal says of a record, oldest first; of a long story the last 1,000 entries."""
        rows = self.journal(record.key.connection, order_id=record.key.order_id, newest=True)
        return tuple(row for row in rows if (row.share, row.mode) == (record.key.share, str(record.key.mode)))

    def follow_journal(
        self, connection: str | None = None, *, order_id: str | None = None, lines: int = 0
    ) -> Iterator[JournalRow]:
        """The last ``lines`` entries, then each new one as it comes, from whichever process; goes on for ever."""
        begun = last = self.container.journal().last_number() if self._ledger_exists() else 0
        shown = self.journal(connection, order_id=order_id, limit=lines, newest=True) if lines else ()
        yield from shown
        seen = deque((row.number for row in shown), maxlen=5 * _LATE)
        while True:
            found = self.journal(connection, order_id=order_id, after=max(begun, last - _LATE))
            fresh = [row for row in found if row.number not in seen]
            for row in fresh:
                seen.append(row.number)
                last = max(last, row.number)
                yield row
            if not fresh:
                self.container.clock().sleep_s(_LOOK_EVERY_S)

    def verify_journal(self) -> tuple[JournalCheck, ...]:
        """Compute every connection's chain again and compare; changes nothing."""
        return self.container.journal().verify() if self._ledger_exists() else ()

    def last_decision(self, record: SyncRecord) -> JournalRow | None:
        """The newest entry of what was decided on a record."""
        return self.container.replay_decision().last_decision(record)

    def replay(self, record: SyncRecord) -> Replay:
        """Decide a share again from what the journal keeps, with the present settings; changes nothing."""
        return self.container.replay_decision()(self._store.get(record.key.connection), record)

    def replays_since(self, connection: str, since: datetime) -> tuple[Replay, ...]:
        """The same for every undecided share of a connection that was last decided since then."""
        replays = (self.replay(record) for record in reversed(self.records(connection, states=UNDECIDED)))
        return tuple(each for each in replays if _decided_at(each, since) >= since)

    def decide_afresh(self, record: SyncRecord, *, by_name: bool) -> SyncResult:
        """Read a share's order from the shop and decide it with the present settings; what is bought stays bought.

        Args:
            by_name: a person named the order, so it is let in whatever its age.
        """
        if by_name:
            return self.retry(record)
        self.container.journal().append(record.key, JournalEntry(OPERATOR, {"action": "replay"}))
        return self.handle_new_order(record.key.connection, record.key.order_id)

    @staticmethod
    def may_be_decided_afresh(record: SyncRecord) -> bool:
        """Whether `replay` may have a share decided afresh: nothing of it is bought, and no person stopped it."""
        return record.state in UNDECIDED and record.reason_code not in (*STICKY_HOLDS, "skipped")


def _decided_at(replay: Replay, unknown: datetime) -> datetime:
    return replay.row.at if replay.row else replay.record.updated_at or unknown
