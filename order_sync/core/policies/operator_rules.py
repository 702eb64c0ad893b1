"""What an operator may do with a record as it stands. Pure."""

from __future__ import annotations

from order_sync.core.model.sync_record import BOUGHT, TERMINAL, UNDECIDED, State, SyncRecord
from order_sync.core.policies.allocate import active
from order_sync.core.policies.conclude import STANDING_REASONS
from order_sync.core.policies.write_back import has_shipped

ACTIONS = ("retry", "release", "skip", "settle", "cancel")
CLOSABLE = STANDING_REASONS | {"cancelled_at_supplier", "short_shipped"}
"""Reason codes of bought records that a person closes when he has seen to them."""
DOUBTED = frozenset({State.IN_DOUBT, State.SUBMITTING})
UNKNOWN_ORDER = "po:"
"""Begins the order id of a record whose order is not known; the PO number follows."""


def is_allowed(action: str, record: SyncRecord) -> bool:
    """Whether the record's state allows it; the supplier may still refuse a cancel, and disprove a settlement."""
    if action in ("retry", "release") and belongs_to_no_order(record):
        return False
    unverifiable = record.state is State.IN_DOUBT and record.reason_code == "cannot_look_up"
    if action == "retry":
        return record.state in UNDECIDED | DOUBTED
    if action == "release":
        return record.state is State.HELD or unverifiable
    if action == "skip":
        return record.state in UNDECIDED or unverifiable or is_closable(record)
    if action == "settle":
        return record.state in DOUBTED
    return record.state in UNDECIDED or bool(cancellable(record))


def belongs_to_no_order(record: SyncRecord) -> bool:
    """Whether it is a purchase that was found at the supplier and that no order of the shop asked for."""
    return record.key.order_id.startswith(UNKNOWN_ORDER) and record.state is State.HELD


def is_closable(record: SyncRecord) -> bool:
    """Whether it is bought and asks for something that only a person can have seen to."""
    return record.state in BOUGHT | TERMINAL and record.reason_code in CLOSABLE and bool(record.next_action)


def cancellable(record: SyncRecord) -> tuple[str, ...]:
    """Numbers of its supplier orders that are bought and not shipped."""
    if record.state not in BOUGHT - TERMINAL:
        return ()
    return tuple(order.order_number for order in active(record.supplier_orders) if not has_shipped(order))
