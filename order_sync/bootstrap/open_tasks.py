"""What needs a person, found without reading the records that are done with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from order_sync.core.errors import StorageCorruptError, UnknownConnectionError
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.model.task import Task
from order_sync.core.policies.tasks import tasks_of

if TYPE_CHECKING:
    from order_sync.bootstrap.installation import Installation

_UNDER_WAY = (State.RECEIVED, State.WAITING, State.PLANNED, State.SUBMITTING, State.PLACED, State.SHIPPED)


def open_tasks(installation: Installation, connection: str | None = None) -> tuple[Task, ...]:
    """The tasks of a connection, or of all, the most urgent first."""
    if not installation.has_ledger():
        return ()
    container = installation.container
    now = container.clock().now()
    asking = (r for r in container.record_reader().asking() if connection in (None, r.key.connection))
    records = {r.key: r for r in (*asking, *container.ledger().find(connection=connection, states=_UNDER_WAY))}
    by_connection: dict[str, list[SyncRecord]] = {}
    for record in records.values():
        by_connection.setdefault(record.key.connection, []).append(record)
    found = [
        task for name, mine in by_connection.items() for task in tasks_of(mine, _settings_of(installation, name), now)
    ]
    return tuple(sorted(found, key=lambda task: (task.deadline, task.since)))


def _settings_of(installation: Installation, connection: str) -> OrderSyncSettings:
    """Those of a connection that was removed, or cannot be read, are the defaults: its records stay."""
    try:
        return installation.container.settings_store().get(connection).order_sync
    except (UnknownConnectionError, StorageCorruptError):
        return OrderSyncSettings()
