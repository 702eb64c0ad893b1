"""What every use case works with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from order_sync.core.errors import ServiceError
from order_sync.core.model.events import ParcelsAdded, RecordMoved
from order_sync.core.model.journal import JournalEntry
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.settings import Connection, OrderSyncSettings
from order_sync.core.model.sync_record import RecordKey, State, SyncRecord
from order_sync.core.policies.sku_map import mapped
from order_sync.core.ports import (
    Attempt,
    Claim,
    Clock,
    Extensions,
    Ledger,
    NoExtensions,
    Notifier,
    OrderSource,
    Pause,
    SupplierGateway,
)


def _not_paused() -> Pause | None:
    return None


@dataclass(frozen=True)
class ConnectionContext:
    """A connection with its two sides built.

    ``dry_run``: decide everything, send nothing, neither to the supplier nor to the shop. ``paused`` gives the pause
    that a person set, as it is now: then nothing is bought. ``extensions`` are what plugins say to decisions.
    """

    connection: Connection
    source: OrderSource
    gateway: SupplierGateway
    dry_run: bool = False
    paused: Callable[[], Pause | None] = _not_paused
    extensions: Extensions = field(default_factory=NoExtensions)

    @property
    def settings(self) -> OrderSyncSettings:
        """The Order Sync settings in force."""
        return self.connection.order_sync

    def in_mode(self, mode: Mode) -> ConnectionContext:
        """The same, as if the settings said that mode: for shares that began in it."""
        settings = replace(self.settings, test_order=mode is Mode.TEST)
        return replace(self, connection=replace(self.connection, order_sync=settings))

    def sku_map_for(self, skus: Iterable[str]) -> Mapping[str, str]:
        """The connection's SKU map, and what plugins make of those SKUs that are not in it."""
        stored = self.connection.sku_map
        name, supplier = self.connection.name, self.connection.supplier.plugin
        unmapped = (sku for sku in dict.fromkeys(skus) if sku and mapped(stored, sku) is None)
        resolved = {sku: self.extensions.resolve_supplier_sku(name, supplier, sku) for sku in unmapped}
        return {**{sku: found for sku, found in resolved.items() if found}, **stored}

    @property
    def lease_s(self) -> float:
        """How long an order is claimed (seconds): a send must end well inside the first half."""
        return 4 * self.gateway.timeout_s + 60


@dataclass(frozen=True)
class Desk:
    """The ledger with a claim on one order: every write goes through it and is told afterwards.

    While the claim holds nobody else writes the order's records, so they are read once.
    """

    ledger: Ledger
    clock: Clock
    notifier: Notifier
    claim: Claim
    _known: dict[RecordKey, SyncRecord] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        found = self.ledger.records_of_order(self.claim.connection, self.claim.order_id)
        self._known.update((record.key, record) for record in found)

    def records(self) -> tuple[SyncRecord, ...]:
        """Every record of the order as stored, oldest first."""
        return tuple(self._known.values())

    def remove_placeholder(self, record: SyncRecord) -> None:
        """Remove a record that never had a PO number, because other shares took its place."""
        self.ledger.remove_placeholder(self.claim, record.key)
        self._known.pop(record.key, None)

    def save(
        self,
        record: SyncRecord,
        previous: SyncRecord | None,
        attempt: Attempt | None = None,
        *entries: JournalEntry,
    ) -> SyncRecord:
        """Store a record with what the journal says of it, then tell if its state is new."""
        if any(order.ship_to for order in record.supplier_orders):
            bare = tuple(order.without_address() for order in record.supplier_orders)
            record = replace(record, supplier_orders=bare)
        known = self._known.get(record.key)
        record = self._dated(record, known)
        stored = self.ledger.save(
            self.claim, record, attempt=attempt, known=known, entries=(*entries, *_told(record, known, attempt))
        )
        self._known[record.key] = stored
        if stored.state is State.SHIPPED and _grew(known, stored):
            self.notifier.notify(ParcelsAdded(stored))
        if previous is None or previous.state is not stored.state or previous.reason_code != stored.reason_code:
            self.notifier.notify(RecordMoved(stored, previous.state if previous else None))
        return stored

    def _dated(self, record: SyncRecord, known: SyncRecord | None) -> SyncRecord:
        """The record with the moment since when it stands where it stands."""
        same = known is not None and (known.state, known.reason_code) == (record.state, record.reason_code)
        since = known.reason_since if same and known is not None else None
        return replace(record, reason_since=since or self.clock.now())

    def attempt(self, kind: str, started: datetime, outcome: str, exc: ServiceError | None = None) -> Attempt:
        """A call to the supplier that ends now, for `save`: kind "send", "look_up" or "cancel"."""
        return Attempt(
            kind=kind,
            started_at=started,
            ended_at=self.clock.now(),
            outcome=outcome,
            status=exc.status if exc else None,
            error=exc.message if exc else "",
            fence=self.claim.fence,
        )


def _grew(known: SyncRecord | None, stored: SyncRecord) -> bool:
    """Whether parcels were added to a share that is shipped already."""
    if known is None or known.state is not State.SHIPPED:
        return False
    return bool({info.number for info in stored.tracking} - {info.number for info in known.tracking})


def _told(record: SyncRecord, known: SyncRecord | None, attempt: Attempt | None) -> Iterator[JournalEntry]:
    """What the journal says of a change: codes and numbers, no words."""
    if attempt is not None:
        payload = {"call": attempt.kind, "outcome": attempt.outcome, "status": attempt.status, "fence": attempt.fence}
        yield JournalEntry("called", payload)
    if known is None or (known.state, known.reason_code) != (record.state, record.reason_code):
        yield JournalEntry(
            "moved",
            {
                "from": str(known.state) if known else None,
                "to": str(record.state),
                "reason_code": record.reason_code,
                "po_number": record.po_number,
                "supplier_orders": [order.order_number for order in record.supplier_orders],
            },
        )


@dataclass(frozen=True)
class SyncResult:
    """What became of an order: the state that needs attention most, its records, and the reason in words.

    ``busy``: nothing was looked at, because somebody else works on the order.
    """

    state: str
    records: tuple[SyncRecord, ...]
    reason: str = ""
    busy: bool = False
