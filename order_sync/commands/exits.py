"""Exit codes: one table for errors, one rule for records."""

from __future__ import annotations

from collections.abc import Iterable

from order_sync.core.errors import (
    AuthenticationError,
    ConfigurationError,
    OrderSyncError,
    OutcomeUnknownError,
)
from order_sync.core.model.sync_record import State, SyncRecord

DONE, FAILED, USAGE, NEEDS_PERSON, CREDENTIALS, IN_DOUBT = range(6)

_BY_ERROR: tuple[tuple[type[OrderSyncError], int], ...] = (
    (AuthenticationError, CREDENTIALS),
    (OutcomeUnknownError, IN_DOUBT),
    (ConfigurationError, USAGE),
    (OrderSyncError, FAILED),
)


def exit_code_of(error: OrderSyncError) -> int:
    """The exit code of an error; a missing secret counts as credentials."""
    if "secret" in error.about:
        return CREDENTIALS
    return next(code for kind, code in _BY_ERROR if isinstance(error, kind))


def exit_code_for(records: Iterable[SyncRecord]) -> int:
    """The exit code of a list of records: in doubt, needs a person, failed for now, done."""
    records = tuple(records)
    if any(record.state in (State.IN_DOUBT, State.SUBMITTING) for record in records):
        return IN_DOUBT
    if any(record.needs_person for record in records):
        return NEEDS_PERSON
    if any(record.state in (State.RECEIVED, State.PLANNED) and record.reason_code for record in records):
        return FAILED  # it could not be done now; it is tried again
    return DONE
