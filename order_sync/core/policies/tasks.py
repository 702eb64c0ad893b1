"""Which records need a person, why, and by when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State, SyncRecord
from order_sync.core.model.task import Task, TaskKind
from order_sync.core.policies.allocate import active
from order_sync.core.policies.deadlines import deadline
from order_sync.core.policies.write_back import has_shipped

LATE = timedelta(hours=1)
"""What is due should have been looked at within this, what fails should work again within this."""
_LOOKED_UP = "Nothing to do yet: it is looked up by itself."
_MEND = "Mend what the reason names; then order-sync orders retry, or order-sync orders skip."
_WORKED_ON = (State.RECEIVED, State.PLANNED, State.PLACED, State.SHIPPED, State.WAITING)


def tasks_of(records: Iterable[SyncRecord], settings: OrderSyncSettings, now: datetime) -> tuple[Task, ...]:
    """The tasks among the records of one connection, the most urgent first."""
    found = [task for record in records if (task := task_of(record, settings, now))]
    return tuple(sorted(found, key=lambda task: (task.deadline, task.since, task.record.order_name)))


def task_of(record: SyncRecord, settings: OrderSyncSettings, now: datetime) -> Task | None:
    """What a record asks of a person; None when it asks nothing."""
    if record.state in (State.IN_DOUBT, State.SUBMITTING):
        return _task(record, TaskKind.IN_DOUBT, record.doubt_since or record.intent_at)
    if record.state is State.REJECTED or (record.state is State.HELD and record.reason_code == "rejected"):
        return _task(record, TaskKind.REJECTED, None)
    if record.state is State.HELD:
        return _task(record, TaskKind.HELD, None)
    if record.needs_person and record.reason_code != "shop_not_told":
        return _task(record, TaskKind.ATTENTION, None)
    return _overdue(record, settings, now)


def at_fault(record: SyncRecord) -> tuple[RecordLine, ...]:
    """The lines that a record is held, or short, for."""
    return tuple(line for line in record.lines if line.outcome in (LineOutcome.HELD, LineOutcome.SHORT))


def _task(record: SyncRecord, kind: TaskKind, since: datetime | None) -> Task:
    began = since or record.reason_since or record.updated_at or record.created_at
    assert began is not None, "a stored record has a time"
    code = record.reason_code or str(record.state)
    return Task(
        record=record,
        kind=kind,
        reason_code=code,
        reason=record.reason or f"The purchase is {record.state.replace('_', ' ')}.",
        lines=at_fault(record),
        next_action=record.next_action or (_LOOKED_UP if kind is TaskKind.IN_DOUBT else _MEND),
        since=began,
        deadline=deadline(record, kind, code, began),
    )


def _overdue(record: SyncRecord, settings: OrderSyncSettings, now: datetime) -> Task | None:
    bought = record.intent_at or record.created_at or now
    late_at = bought + timedelta(days=settings.overdue_days)
    waiting = [o for o in active(record.supplier_orders) if not has_shipped(o)]
    if record.state in (State.PLACED, State.SHIPPED) and record.key.mode is Mode.LIVE and waiting and now > late_at:
        numbers = ", ".join(order.order_number for order in waiting)
        return _late(
            record,
            "not_shipped",
            f"Order {numbers} was placed on {bought:%Y-%m-%d} and has not shipped after {settings.overdue_days} days.",
            f"Ask the supplier about order {numbers}; the customer waits.",
            late_at,
        )
    failing = record.reason_code and record.attempts and record.state in _WORKED_ON
    if failing and record.reason_since is not None and now > record.reason_since + LATE:
        next_action = record.next_action or "It is tried again by itself; see order-sync doctor."
        return _late(record, record.reason_code, record.reason, next_action, record.reason_since + LATE)
    if record.due_at is not None and record.state in _WORKED_ON and now > record.due_at + LATE:
        return _late(
            record,
            "nobody_works",
            f"It was to be looked at on {record.due_at:%Y-%m-%d %H:%M} UTC, and nobody did.",
            "Let order-sync serve run, or: order-sync sync NAME.",
            record.due_at + LATE,
        )
    return None


def _late(record: SyncRecord, code: str, reason: str, next_action: str, since: datetime) -> Task:
    kind = TaskKind.OVERDUE
    return Task(record, kind, code, reason, (), next_action, since, deadline(record, kind, code, since))
