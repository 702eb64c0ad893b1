"""What was decided, sent and answered: the memory that makes a purchase happen once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from order_sync.core.errors import ConcurrentUpdateError, PoNumberTakenError
from order_sync.core.model.journal import JournalEntry
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import RecordKey, State, SyncRecord


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write an order's records until ``lease_until``. ``fence`` grows with every claim.

    ``orphaned`` tells that the previous holder never gave it back.
    """

    connection: str
    order_id: str
    fence: int
    lease_until: datetime
    orphaned: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to the supplier for a record: kind "send", "look_up" or "cancel", and its outcome.

    Of kind "reconcile" is what a person was told of: the outcome is the mark of the discrepancy.
    """

    kind: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    status: int | None = None
    error: str = ""
    fence: int = 0


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One move of a record."""

    at: datetime
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LookSummary:
    """One scheduled look at a shop: orders ``listed`` as changed, those ``hinted`` (new to us), or the problem."""

    connection: str
    started_at: datetime
    ended_at: datetime | None = None
    listed: int = 0
    hinted: int = 0
    problem: str = ""


class Ledger(Protocol):
    """Keeps sync records. Safe between threads and processes; every write is durable when the call returns.

    Every method raises StorageError when the storage fails and StorageLockedError when it is held too long.
    """

    def claim(self, connection: str, order_id: str, *, now: datetime, lease_s: float) -> Claim | None:
        """Take the right to work on an order; None while somebody else who may be alive has it."""
        ...

    def give_back(self, claim: Claim) -> None:
        """Let others work on the order."""
        ...

    def still_mine(self, claim: Claim) -> bool:
        """Whether nobody claimed the order since."""
        ...

    def records_of_order(self, connection: str, order_id: str) -> tuple[SyncRecord, ...]:
        """Every record of an order, oldest first."""
        ...

    def save(
        self,
        claim: Claim,
        record: SyncRecord,
        *,
        attempt: Attempt | None = None,
        known: SyncRecord | None = None,
        entries: Sequence[JournalEntry] = (),
    ) -> SyncRecord:
        """Insert or replace a record with its lines and supplier orders, in one transaction.

        Args:
            entries: added to the journal in the same transaction.
            known: the record as the holder of the claim last read or stored it; what is the same need not be
                written again.

        Raises:
            ConcurrentUpdateError: the claim is no longer ours; nothing was written.
            PoNumberTakenError: another record of the supplier account has this PO number.
        """
        ...

    def remove_placeholder(self, claim: Claim, key: RecordKey) -> None:
        """Remove a record that never had a PO number, because other shares took its place."""
        ...

    def find(
        self,
        *,
        connection: str | None = None,
        states: Iterable[State] | None = None,
        text: str | None = None,
    ) -> tuple[SyncRecord, ...]:
        """Records, newest order first; ``text`` is exactly an order id, order name, PO or supplier order number."""
        ...

    def intended_since(self, connection: str, mode: Mode, at: datetime) -> tuple[SyncRecord, ...]:
        """Records of a mode whose purchase was last meant to be sent at or after a moment, oldest first."""
        ...

    def due(self, connection: str, *, until: datetime) -> tuple[tuple[str, datetime], ...]:
        """Orders with a record due at or before a moment, as (order_id, due_at), earliest first."""
        ...

    def due_orders(self, *, until: datetime, limit: int, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """Orders of all connections with a record due at or before a moment that nobody claims, as (connection,
        order_id), earliest first, each once. ``without``: connections to leave out.
        """
        ...

    def is_due(self, connection: str, order_id: str, *, until: datetime) -> bool:
        """Whether an order has a record due at or before a moment."""
        ...

    def due_purchases(self, account: str, *, until: datetime, limit: int) -> tuple[str, ...]:
        """PO numbers of a supplier account's bought records that are due at or before a moment, earliest first."""
        ...

    def next_due_at(self, *, after: datetime) -> datetime | None:
        """When the next record becomes due after a moment; None when none will."""
        ...

    def free_dead_claims(self, *, now: datetime) -> int:
        """End the claims of processes of this machine that run no more, and those that could not be given back.

        Returns how many. Their orders are free.
        """
        ...

    def count_by_state(self) -> dict[tuple[str, Mode, State], int]:
        """How many records there are, by connection, mode and state."""
        ...

    def trusted_since(self) -> datetime:
        """Since when this ledger knows of every purchase: older orders may have been bought without its knowledge,
        because it was made, or put back from a backup, after them.
        """
        ...

    def attempts(self, key: RecordKey) -> tuple[Attempt, ...]:
        """Every call to the supplier for a record, oldest first."""
        ...

    def history(self, key: RecordKey) -> tuple[HistoryEntry, ...]:
        """Every move of a record, oldest first."""
        ...

    def note_look(self, look: LookSummary) -> None:
        """Remember the last scheduled look at a connection's shop."""
        ...

    def last_looks(self) -> dict[str, LookSummary]:
        """The last scheduled look by connection."""
        ...

    def cursor(self, connection: str) -> datetime | None:
        """Up to where the shop was looked at; None before the first look."""
        ...

    def set_cursor(self, connection: str, at: datetime) -> None:
        """Remember up to where the shop was looked at; never goes back."""
        ...

    def close(self) -> None:
        """Give files and connections back."""
        ...


def claim_lost(claim: Claim) -> ConcurrentUpdateError:
    """The error of a write by somebody whose claim another took over."""
    return ConcurrentUpdateError(
        f"Order {claim.order_id} was claimed by somebody else meanwhile; nothing was written.", order=claim.order_id
    )


def po_number_taken(record: SyncRecord, other: str) -> PoNumberTakenError:
    """The error of a PO number that another record of the supplier account has."""
    return PoNumberTakenError(
        f"PO number {record.po_number} already belongs to order {other} on this supplier account.",
        next_step="Give this connection its own po_prefix, then order-sync orders retry.",
        po_number=record.po_number,
    )
