"""Several holds of one order, and the record that they hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from order_sync.core.model.sync_record import RecordLine, State, SyncRecord
from order_sync.core.policies.plan import Hold, hold_lines

_HELD = "Held: "


def joined(holds: Iterable[Hold | None]) -> Hold | None:
    """One hold that names everything, with the code of the first.

    Whoever releases an order lifts all of them at once, so all must have been told.
    """
    standing = [hold for hold in holds if hold is not None]
    if not standing:
        return None
    parts = [hold.reason.removeprefix(_HELD).rstrip(".") for hold in standing]
    return Hold(
        standing[0].code,
        f"{_HELD}{'; '.join(parts)}." if len(parts) > 1 else standing[0].reason,
        " ".join(dict.fromkeys(hold.next_action for hold in standing if hold.next_action)),
        min((hold.due_at for hold in standing if hold.due_at), default=None),
    )


def as_held(record: SyncRecord, lines: tuple[RecordLine, ...], hold: Hold) -> SyncRecord:
    """The record held: what was to be bought waits, every line with a reason."""
    return record.move(
        State.HELD,
        lines=hold_lines(lines, "waits while the order is held"),
        reason_code=hold.code,
        reason=hold.reason,
        next_action=hold.next_action,
        due_at=hold.due_at,
        attempts=0,
    )
