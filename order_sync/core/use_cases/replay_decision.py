"""Deciding a share again, from what the journal keeps of its last decision, with the present rules and settings."""

from __future__ import annotations

from dataclasses import dataclass, replace

from order_sync.core.model.journal import DECIDED, JournalRow
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.settings import Connection
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.policies.decision_facts import Grounds, Supplied
from order_sync.core.policies.decision_record import Decided, LineChange, changes, decide_share, grounds_of, result_of
from order_sync.core.policies.sku_map import mapped
from order_sync.core.ports import Journal

_PAGE = 1000


@dataclass(frozen=True)
class Replay:
    """A share decided again; nothing was asked of anybody, nothing was changed.

    Attributes:
        row: the entry it was decided again from; None: the journal has none.
        then, now: what was decided, and what would be; None when that cannot be told: ``problem`` says why.
    """

    record: SyncRecord
    row: JournalRow | None = None
    then: Decided | None = None
    now: Decided | None = None
    problem: str = ""

    @property
    def changes(self) -> tuple[LineChange, ...]:
        """The lines of which something else would come."""
        return changes(self.then, self.now) if self.then and self.now else ()

    @property
    def differs(self) -> bool:
        """Whether anything would be decided otherwise."""
        if self.then is None or self.now is None:
            return False
        return bool(self.changes) or (self.then.state, self.then.code) != (self.now.state, self.now.code)


class ReplayDecision:
    """Reads the journal; changes nothing."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def last_decision(self, record: SyncRecord) -> JournalRow | None:
        """The newest entry of what was decided on a share."""
        key = record.key
        rows = self._journal.rows(connection=key.connection, order_id=key.order_id, limit=_PAGE, newest=True)
        mine = (row for row in reversed(rows) if (row.share, row.mode) == (key.share, str(key.mode)))
        return next((row for row in mine if row.kind == DECIDED), None)

    def __call__(self, connection: Connection, record: SyncRecord) -> Replay:
        """Decide a share again, as the connection's settings are now."""
        row = self.last_decision(record)
        if row is None:
            return Replay(record, problem="The journal has no decision of it.")
        if row.payload is None:
            return Replay(record, row, problem="What it was decided on was erased.")
        try:
            then, grounds = result_of(row.payload), grounds_of(row.payload)
        except (KeyError, TypeError, ValueError) as exc:
            return Replay(record, row, problem=f"Another version of Order Sync decided it: {exc}.")
        return Replay(record, row, then, decide_share(_with_present_settings(grounds, connection, record.key.mode)))


def _with_present_settings(grounds: Grounds, connection: Connection, mode: Mode) -> Grounds:
    """The same facts under the settings of now. What the supplier said of another question is left out."""
    settings = replace(connection.order_sync, test_order=mode is Mode.TEST)
    supplied = grounds.supplied
    if supplied is not None:
        supplied = _still_true(supplied, grounds, connection)
        if settings.disable_dropshipping is not grounds.settings.disable_dropshipping:
            supplied = replace(supplied, address_problems=())  # they are of the other address
    return replace(grounds, settings=settings, supplied=supplied)


def _still_true(supplied: Supplied, grounds: Grounds, connection: Connection) -> Supplied:
    remapped = {sku for sku in supplied.items if grounds.sku_map.get(sku) != mapped(connection.sku_map, sku)}
    return replace(supplied, items={sku: item for sku, item in supplied.items.items() if sku not in remapped})
