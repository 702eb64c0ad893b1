"""Everything a use case needs, in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from order_sync.adapters.memory import (
    InlineTaskRunner,
    InMemoryJournal,
    InMemoryLedger,
    InMemoryOrderSource,
    RecordingNotifier,
)
from order_sync.adapters.storage_sql import SqlJournal
from order_sync.core.model.order import Order
from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.ports import Extensions, NoExtensions
from order_sync.core.use_cases.context import ConnectionContext, SyncResult
from order_sync.core.use_cases.handle_fulfillment import HandleFulfillment
from order_sync.core.use_cases.handle_new_order import HandleNewOrder
from order_sync.core.use_cases.look_at_order import LookAtOrder
from order_sync.core.use_cases.look_at_shop import LookAtShop, ShopLook
from order_sync.core.use_cases.operator_actions import OperatorActions
from order_sync.core.use_cases.reconcile import Reconcile, Reconciliation
from tests.builders import a_connection
from tests.fakes.clock import ManualClock
from tests.fakes.supplier import FlakySupplier


class Bench:
    """A shop, a supplier, a ledger and a clock, wired as in an installation."""

    def __init__(self, *orders: Order, ledger: Any = None, supplier: FlakySupplier | None = None, **settings: Any):
        self.clock = ManualClock()
        self.shop = InMemoryOrderSource(orders)
        self.supplier = supplier or FlakySupplier()
        self.ledger = ledger(self.clock) if ledger else InMemoryLedger()
        self.notifier = RecordingNotifier()
        self.connection = a_connection(**settings)
        self.look = LookAtOrder(self.ledger, self.clock, self.notifier)
        in_memory = isinstance(self.ledger, InMemoryLedger)
        self.journal = (
            InMemoryJournal(self.clock, self.ledger.journal)
            if in_memory
            else SqlJournal(self.ledger.database, self.clock)
        )
        self.extensions: Extensions = NoExtensions()
        self.operator = OperatorActions(self.ledger, self.clock, self.notifier, self.look, self.journal)

    @property
    def ctx(self) -> ConnectionContext:
        return ConnectionContext(self.connection, self.shop, self.supplier, extensions=self.extensions)

    def set(self, **settings: Any) -> None:
        """Other settings from now on, as an operator would set them."""
        changed = self.connection.order_sync.with_values(settings, now=self.clock.now())
        self.connection = replace(self.connection, order_sync=changed)

    def handle(self, order_id: str = "gid://shopify/Order/1", **kwargs: Any) -> SyncResult:
        return HandleNewOrder(self.look)(self.ctx, order_id, **kwargs)

    def handle_fulfillment(self, fulfillment_id: str, order_id: str = "gid://shopify/Order/1") -> SyncResult:
        return HandleFulfillment(self.look)(self.ctx, order_id, fulfillment_id)

    def sync(self, **kwargs: Any) -> ShopLook:
        dry_run = kwargs.pop("dry_run", False)
        ctx = replace(self.ctx, dry_run=dry_run)
        return LookAtShop(self.look, self.ledger, self.clock, InlineTaskRunner())(ctx, **kwargs)

    def reconcile(self, **kwargs: Any) -> Reconciliation:
        return Reconcile(self.ledger, self.clock, self.notifier, self.look)(self.ctx, **kwargs)

    def record(self, order_id: str = "gid://shopify/Order/1", share: str = "order") -> SyncRecord:
        found = [r for r in self.ledger.records_of_order("main", order_id) if r.key.share == share]
        assert len(found) == 1, found
        return found[0]
