"""What happened, in the past tense: told to the Notifier after it is stored."""

from __future__ import annotations

from dataclasses import dataclass

from order_sync.core.model.sync_record import State, SyncRecord


@dataclass(frozen=True, slots=True)
class RecordMoved:
    """A sync record reached a new state."""

    record: SyncRecord
    previous: State | None


@dataclass(frozen=True, slots=True)
class ParcelsAdded:
    """More of a purchase that is shipped already was handed to a carrier."""

    record: SyncRecord


@dataclass(frozen=True, slots=True)
class ConnectionPaused:
    """A connection cannot work until a person mends it (credentials refused)."""

    connection: str
    reason: str
    next_action: str


@dataclass(frozen=True, slots=True)
class DataExported:
    """What is kept of a person was written for the operator, who gives it to the merchant."""

    connection: str
    reference: str
    where: str


@dataclass(frozen=True, slots=True)
class DataErased:
    """Personal data of so many records was erased."""

    connection: str
    records: int


Event = RecordMoved | ParcelsAdded | ConnectionPaused | DataExported | DataErased
