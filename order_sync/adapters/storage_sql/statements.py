"""The ledger's statements, built once: building one anew costs more than running it.

Parameters are short: ``c`` connection, ``o`` order, ``s`` share, ``m`` mode, ``f`` fence.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, func, insert, select, update

from order_sync.adapters.storage_sql.tables import (
    attempt,
    history,
    order_lease,
    record_line,
    supplier_order,
    sync_record,
)

_lease, _record = order_lease.c, sync_record.c

# ---------------------------------------------------------------------- claims

_of_order = and_(_lease.connection == bindparam("c"), _lease.order_id == bindparam("o"))
_held = and_(_of_order, _lease.fence == bindparam("f"))

LEASE = select(order_lease).where(_of_order).with_for_update()
TAKE_LEASE = (
    update(order_lease)
    .where(_of_order)
    .values(
        fence=bindparam("new_fence"),
        owner=bindparam("new_owner"),
        lease_until=bindparam("new_until"),
        last_seen=bindparam("new_seen"),
    )
)
GIVE_BACK = update(order_lease).where(_held).values(lease_until=None)
STILL_HELD = select(_lease.fence).where(_held)
STILL_HELD_LOCKED = STILL_HELD.with_for_update()

# ---------------------------------------------------------------------- records

_is_key = and_(
    _record.connection == bindparam("c"),
    _record.order_id == bindparam("o"),
    _record.share == bindparam("s"),
    _record.mode == bindparam("m"),
)
RECORDS_OF_ORDER = (
    select(sync_record)
    .where(_record.connection == bindparam("c"), _record.order_id == bindparam("o"))
    .order_by(_record.id)
)
STORED = select(_record.id, _record.created_at, _record.state, _record.reason, _record.po_number).where(_is_key)
SAME_PO = select(sync_record).where(
    _record.supplier_account == bindparam("account"), _record.po_number == bindparam("po")
)
INSERT_RECORD = insert(sync_record).returning(_record.id)
UPDATE_RECORD = update(sync_record).where(_record.id == bindparam("record"))
DELETE_RECORD = delete(sync_record).where(_record.id == bindparam("record"))
IS_DUE = (
    select(_record.id)
    .where(_record.connection == bindparam("c"), _record.order_id == bindparam("o"), _record.due_at <= bindparam("at"))
    .limit(1)
)
NEXT_DUE = select(_record.due_at).where(_record.due_at > bindparam("at")).order_by(_record.due_at).limit(1)

DUE_PURCHASES = (
    select(_record.po_number)
    .where(
        _record.due_at <= bindparam("at"),
        _record.supplier_account == bindparam("account"),
        _record.state.in_(("placed", "shipped")),
        _record.po_number.is_not(None),
    )
    .order_by(_record.due_at)
    .limit(bindparam("most"))
)
INTENDED_SINCE = (
    select(sync_record)
    .where(_record.connection == bindparam("c"), _record.mode == bindparam("m"), _record.intent_at >= bindparam("at"))
    .order_by(_record.id)
)

_lines, _orders = record_line.c, supplier_order.c
LINES_OF = (
    select(record_line)
    .where(_lines.record_id.in_(bindparam("ids", expanding=True)))
    .order_by(_lines.record_id, _lines.position)
)
ORDERS_OF = (
    select(supplier_order)
    .where(_orders.record_id.in_(bindparam("ids", expanding=True)))
    .order_by(_orders.record_id, _orders.position)
)
DELETE_LINES = delete(record_line).where(_lines.record_id == bindparam("record"))
DELETE_ORDERS = delete(supplier_order).where(_orders.record_id == bindparam("record"))
DELETE_ATTEMPTS = delete(attempt).where(attempt.c.record_id == bindparam("record"))
DELETE_HISTORY = delete(history).where(history.c.record_id == bindparam("record"))
INSERT_LINES = insert(record_line)
INSERT_ORDERS = insert(supplier_order)
INSERT_ATTEMPT = insert(attempt)
INSERT_HISTORY = insert(history)

# ---------------------------------------------------------------------- what is due

_claimed = exists().where(
    _lease.connection == _record.connection, _lease.order_id == _record.order_id, _lease.lease_until > bindparam("at")
)
# grouped, so that an order with many due shares takes one place of the limit
_due: Select[Any] = (
    select(_record.connection, _record.order_id)
    .where(_record.due_at <= bindparam("at"), ~_claimed)
    .group_by(_record.connection, _record.order_id)
    .order_by(func.min(_record.due_at))
    .limit(bindparam("most"))
)
DUE_ORDERS = _due
DUE_ORDERS_WITHOUT = _due.where(_record.connection.not_in(bindparam("without", expanding=True)))
COUNT_BY_STATE = select(_record.connection, _record.mode, _record.state, func.count()).group_by(
    _record.connection, _record.mode, _record.state
)
