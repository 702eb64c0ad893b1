"""The ledger's row for one share of an order in one mode, and its legal moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from order_sync.core.errors import InvalidTransitionError
from order_sync.core.model.money import Money
from order_sync.core.model.order import TrackingInfo
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.supplier_order import SupplierOrder

ORDER_SHARE = "order"
"""The share of auto mode: the whole eligible order. Manual shares are named after their fulfillment."""


class State(StrEnum):
    """Where a share stands; see MOVES for what may follow."""

    RECEIVED = "received"
    WAITING = "waiting"
    IGNORED = "ignored"
    PLANNED = "planned"
    HELD = "held"
    SUBMITTING = "submitting"
    IN_DOUBT = "in_doubt"
    REJECTED = "rejected"
    PLACED = "placed"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


# PLACED: found at the supplier though the ledger did not know, after a restored backup for example
_UNDECIDED = (State.WAITING, State.IGNORED, State.PLANNED, State.HELD, State.CANCELLED, State.PLACED)

MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.RECEIVED: frozenset(_UNDECIDED),
        State.WAITING: frozenset(_UNDECIDED),
        State.IGNORED: frozenset(_UNDECIDED),
        State.HELD: frozenset(_UNDECIDED),
        # PLACED at once: the supplier has had the PO number all along, the ledger was lost or put back
        State.PLANNED: frozenset({*_UNDECIDED, State.SUBMITTING, State.PLACED}),
        # PLANNED again: the request provably never reached the supplier (no connection, 429)
        State.SUBMITTING: frozenset({State.PLACED, State.IN_DOUBT, State.REJECTED, State.PLANNED}),
        # PLANNED again: provably absent at the supplier, so the order is read and decided afresh
        State.IN_DOUBT: frozenset({State.PLACED, State.PLANNED, State.HELD, State.IN_DOUBT}),
        State.REJECTED: frozenset({State.HELD}),
        State.PLACED: frozenset({State.PLACED, State.SHIPPED, State.COMPLETED, State.CANCELLED}),
        State.SHIPPED: frozenset({State.SHIPPED, State.COMPLETED, State.CANCELLED}),
        State.COMPLETED: frozenset(),
        State.CANCELLED: frozenset(),
    }
)
"""What may follow a state. The empty ones are terminal."""

TERMINAL = frozenset(state for state, following in MOVES.items() if not following)
BOUGHT = frozenset({State.PLACED, State.SHIPPED, State.COMPLETED})
"""States in which the supplier has the order."""
UNDECIDED = frozenset({State.RECEIVED, State.WAITING, State.IGNORED, State.PLANNED, State.HELD})
"""States in which nothing is sent: the share may be decided afresh."""
CLAIMING = BOUGHT | {State.SUBMITTING, State.IN_DOUBT}
"""States in which the lines' pieces are, or may be, bought: no other share may buy them."""
ALARMS = frozenset(
    {
        "missing_at_supplier",
        "cancelled_at_supplier",
        "duplicate_at_supplier",
        "unrecorded_purchase",
        "address_drift",
        "short",
        "part_cancelled_at_supplier",
        "not_cancelled",
        "cancelled_after_purchase",
        "refunded_after_purchase",
        "removed_after_purchase",
        "unmarked_after_purchase",
    }
)
"""Reason codes of a bought record that a person must see to, even when its state is final."""


class LineOutcome(StrEnum):
    """What becomes of a line of the order."""

    TO_BUY = "to_buy"
    BOUGHT = "bought"
    SHORT = "short"  # bought in part or not at all, though wanted: the supplier could not
    SKIPPED = "skipped"  # wanted in the shop, left out by a rule or a person
    CANCELLED = "cancelled"  # bought, then cancelled at the supplier
    EXCLUDED = "excluded"  # nothing to buy: gift card, refunded, already fulfilled, another share's
    HELD = "held"  # the line at fault of a held order
    WAITING = "waiting"  # waits for payment, fulfillment, or the line at fault


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A line of the order and what becomes of it.

    ``ordered`` is the quantity as ordered; ``quantity`` the pieces that the outcome is about (bought,
    waiting, …); ``wanted`` the pieces that were to be bought when it was last decided. ``reason`` explains every piece
    that is not bought. ``unit_price`` is what the shop takes for a piece.
    """

    line_id: str
    sku: str
    ordered: int
    quantity: int
    outcome: LineOutcome
    reason: str = ""
    supplier_sku: str = ""
    wanted: int = 0
    unit_price: Money | None = None


@dataclass(frozen=True, slots=True)
class RecordKey:
    """What makes a record one of its kind."""

    connection: str
    order_id: str
    share: str
    mode: Mode


@dataclass(frozen=True)
class SyncRecord:
    """One share of an order in one mode: state, reason, lines, what was sent and what came of it. Times UTC.

    Attributes:
        reason_code: stable code of ``reason`` ("payment", "unknown_sku", …); empty when nothing is to say.
        next_action: what a person does now; empty when nothing is asked of anybody.
        reason_since: since when state and reason_code are what they are.
        decision: mark of the decision in the journal that it stands on.
        act_by: by when a person should have acted, where that is known; else policies/deadlines.py says.
        sends: how often the purchase was sent.
        attempts: failures in a row, for the back-off.
        due_at: when to look again by itself; None: only when told to.
        intent_at, intent_body: when and what exactly was last meant to be sent.
        doubt_since: when the send ended without an answer, or the sender was found dead.
        absent_since: when the supplier first said, after settling, that it has no such order.
        released: a person lifted the hold; the lines at fault are left out.
        admitted: the order was let in: new since Order Sync was turned on, or asked for by an operator.
        shop_updated_at: the shop's mark of the order version that was decided on.
        estimate: what the purchase was expected to cost when it was decided; None: nobody had to know.
    """

    key: RecordKey
    order_name: str
    state: State
    supplier_account: str
    reason_code: str = ""
    reason: str = ""
    next_action: str = ""
    po_number: str | None = None
    lines: tuple[RecordLine, ...] = ()
    supplier_orders: tuple[SupplierOrder, ...] = ()
    sends: int = 0
    attempts: int = 0
    due_at: datetime | None = None
    intent_at: datetime | None = None
    intent_body: str | None = None
    doubt_since: datetime | None = None
    absent_since: datetime | None = None
    admitted: bool = False
    released: bool = False
    fulfillment_id: str = ""
    shop_updated_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    reason_since: datetime | None = None
    act_by: datetime | None = None
    estimate: Money | None = None
    decision: str = ""

    @property
    def tracking(self) -> tuple[TrackingInfo, ...]:
        """Every parcel of every supplier order, each number once."""
        seen = {info.number: info for order in self.supplier_orders for info in order.tracking}
        return tuple(seen.values())

    @property
    def needs_person(self) -> bool:
        """Whether nothing more happens until somebody acts."""
        standing = self.state in (State.PLACED, State.SHIPPED)
        alarmed = self.state in TERMINAL and self.reason_code in ALARMS
        return self.state is State.HELD or ((standing or alarmed) and bool(self.next_action))

    @property
    def under_way(self) -> bool:
        """Whether it was sent before and is to be sent again: it ends in the mode it began in."""
        return self.state is State.PLANNED and self.sends > 0

    def unsent(self) -> SyncRecord:
        """The record without an intent, once the purchase provably did not reach the supplier."""
        return replace(self, intent_at=None, intent_body=None, doubt_since=None, absent_since=None)

    def move(self, state: State, **changes: object) -> SyncRecord:
        """The record in another state; reason, reason_code, next_action, due_at and act_by are empty unless given.

        Raises:
            InvalidTransitionError: the move is not in MOVES.
        """
        if state is not self.state and state not in MOVES[self.state]:
            raise InvalidTransitionError(
                f"{self.order_name} ({self.key.share}) cannot go from {self.state} to {state}.",
                order=self.order_name,
                share=self.key.share,
            )
        if self.state in TERMINAL:
            raise InvalidTransitionError(
                f"{self.order_name} ({self.key.share}) is {self.state}, which is final.",
                order=self.order_name,
                share=self.key.share,
            )
        cleared: dict[str, object] = {
            "reason": "",
            "reason_code": "",
            "next_action": "",
            "due_at": None,
            "act_by": None,
        }
        return replace(self, state=state, **{**cleared, **changes})  # type: ignore[arg-type]
