"""What a service has, in memory and without threads: an inbox, pauses, gates, a sweep and a worker."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from order_sync.adapters.memory import (
    InMemoryAccountGates,
    InMemoryInbox,
    InMemoryPauses,
    InMemoryPersonalData,
)
from order_sync.core.errors import UnknownConnectionError
from order_sync.core.model.order import Order
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.ports import BY_PERSON, LookSummary, Pause, WorkKey
from order_sync.core.use_cases.apply_event import ApplyEvent
from order_sync.core.use_cases.context import ConnectionContext
from order_sync.core.use_cases.scheduled_look import ScheduledLook
from order_sync.core.use_cases.supplier_calls import SupplierCalls
from order_sync.core.use_cases.sweep import Sweep
from order_sync.core.use_cases.work_on_order import Worked, WorkOnOrder
from tests.fakes.bench import Bench

ORDER = "gid://shopify/Order/1"


class Exports:
    """Keeps what was exported."""

    def __init__(self) -> None:
        self.written: dict[str, Any] = {}

    def write(self, name: str, document: Any) -> str:
        self.written[name] = document
        return f"exports/{name}"


class Workshop(Bench):
    """A bench with everything that makes orders flow."""

    def __init__(self, *orders: Order, **kwargs: Any) -> None:
        super().__init__(*orders, **kwargs)
        self.inbox, self.pauses, self.gates = InMemoryInbox(), InMemoryPauses(), InMemoryAccountGates()
        self.exports = Exports()
        self.submitted: list[WorkKey] = []
        self.apply = ApplyEvent(InMemoryPersonalData(self.ledger), self.exports, self.pauses, self.clock, self.notifier)
        self.work = WorkOnOrder(
            self.look,
            self.apply,
            self.ledger,
            self.inbox,
            self.pauses,
            self.clock,
            self.notifier,
            self.context,
            self.calls,
        )
        self.sweep = Sweep(self.ledger, self.inbox, self.pauses, self.clock, self.submitted.append, batch=10)
        self.refusal: Exception | None = None

    @property
    def ctx(self) -> ConnectionContext:
        return replace(super().ctx, paused=self.paused)

    def paused(self) -> Pause | None:
        pause = self.pauses.all().get("main")
        return pause if pause is not None and pause.by_person else None

    def person_pauses(self, reason: str = "") -> None:
        """What `order-sync pause main` does."""
        self.pauses.pause(Pause("main", BY_PERSON, reason, "order-sync resume main", self.clock.now(), None))

    def context(self, name: str) -> ConnectionContext:
        if name != "main":
            raise UnknownConnectionError(f"There is no connection {name!r}.")
        if self.refusal is not None:
            raise self.refusal
        return self.ctx

    def calls(self, account: str) -> SupplierCalls:
        return SupplierCalls(self.gates, self.clock, account)

    def event(
        self, order_id: str = ORDER, kind: EventKind = EventKind.LOOK, *, connection: str = "main", **more: Any
    ) -> None:
        """An event comes in."""
        key = f"{order_id}/{len(self.inbox.waiting(connection, order_id)) + 1}"
        self.inbox.add(
            [(connection, ShopEvent(f"test/{kind}", kind, key, order_id=order_id, **more))], now=self.clock.now()
        )

    def works(self, order_id: str = ORDER, connection: str = "main") -> Worked:
        """A worker takes the order, and the sweep is told."""
        key = WorkKey(connection, order_id)
        worked = self.work(key)
        self.sweep.note(key, worked)
        return worked

    def sweeps(self) -> list[str]:
        """The orders that the sweep submits now."""
        self.submitted.clear()
        self.sweep()
        return [key.order_id for key in self.submitted]

    def runs(self) -> None:
        """Sweep and work until nothing is left."""
        for _ in range(50):
            if not self.sweeps():
                return
            for key in list(self.submitted):
                self.works(key.order_id, key.connection)

    def looks(self) -> LookSummary | None:
        """The scheduled look."""
        hinted: list[tuple[str, str]] = []
        return ScheduledLook(self.ledger, self.inbox, self.clock)(self.ctx, lambda *key: hinted.append(key))
