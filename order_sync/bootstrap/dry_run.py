"""Saying what would be bought, over a copy of the ledger in memory: nothing is sent or stored anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from order_sync.bootstrap.config import AppConfig
from order_sync.bootstrap.container import Container, build_container
from order_sync.core.errors import NotAllowedError, OrderNotFoundError
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.model.sync_record import UNDECIDED, State, SyncRecord
from order_sync.core.ports import Clock, Ledger
from order_sync.core.use_cases.context import ConnectionContext
from order_sync.core.use_cases.look_at_order import Look
from order_sync.core.use_cases.look_at_shop import Progress, ShopLook


class DryRun:
    """The same parts as the real thing, telling nobody.

    Args:
        ledger: what is copied; None: there is none yet.
    """

    def __init__(self, config: AppConfig, clock: Clock, ledger: Ledger | None, connection: str) -> None:
        self._name = connection
        self._container = _container(config, clock, ledger, connection)

    def look(
        self, ctx: ConnectionContext, *, since: datetime | None, limit: int | None, progress: Progress | None
    ) -> ShopLook:
        """What a look at the shop would do."""
        return self._container.look_at_shop()(ctx, since=since, limit=limit, progress=progress)

    def first_purchases(self, ctx: ConnectionContext, settings: OrderSyncSettings) -> tuple[SyncRecord, ...]:
        """What would be bought for real money first if these settings were in force."""
        ctx = replace(ctx, connection=replace(ctx.connection, order_sync=settings))
        ledger = self._container.ledger()
        waiting = ledger.find(connection=self._name, states=UNDECIDED)
        for order_id in {record.key.order_id for record in waiting if record.key.mode is Mode.LIVE}:
            self._look_at(ctx, order_id)
        self.look(ctx, since=None, limit=None, progress=None)
        return to_be_bought(ledger.find(connection=self._name))

    def act(
        self, ctx: ConnectionContext, action: str, record: SyncRecord, reason: str, numbers: tuple[str, ...]
    ) -> SyncRecord | None:
        """What an operator's action would make of a record; None when it would be gone.

        Raises:
            NotAllowedError: the record does not allow it.
        """
        operator = self._container.operator_actions()
        if action == "retry":
            operator.retry(ctx, record)
        elif action == "release":
            operator.release(ctx, record)
        elif action == "skip":
            operator.skip(record, reason)
        elif action == "settle":
            operator.settle(ctx, record, numbers, reason)
        else:
            raise NotAllowedError(f"There is no dry run of {action}.", next_step="Only the supplier knows its answer.")
        after = self._container.ledger().records_of_order(record.key.connection, record.key.order_id)
        return next((each for each in after if each.key == record.key), None)

    def _look_at(self, ctx: ConnectionContext, order_id: str) -> None:
        try:
            self._container.look_at_order()(ctx, order_id, Look())
        except OrderNotFoundError:
            return


def to_be_bought(records: Iterable[SyncRecord]) -> tuple[SyncRecord, ...]:
    """Those of the records that are bought next, for real money."""
    return tuple(r for r in records if r.state is State.PLANNED and r.key.mode is Mode.LIVE)


def _container(config: AppConfig, clock: Clock, ledger: Ledger | None, connection: str) -> Container:
    from dependency_injector import providers

    from order_sync.adapters.memory import InMemoryLedger, NullNotifier

    copy = InMemoryLedger()
    if ledger is not None:
        copy = InMemoryLedger(reversed(ledger.find(connection=connection)))
        cursor = ledger.cursor(connection)
        if cursor is not None:
            copy.set_cursor(connection, cursor)
    container = build_container(config)
    container.clock.override(providers.Object(clock))
    container.ledger.override(providers.Object(copy))
    container.notifier.override(providers.Object(NullNotifier()))
    return container
