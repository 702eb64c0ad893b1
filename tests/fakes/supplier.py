"""A supplier that misbehaves on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from order_sync.adapters.memory import InMemoryGateway
from order_sync.core.errors import OutcomeUnknownError
from order_sync.core.model.money import Money
from order_sync.core.model.order import ShopSku
from order_sync.core.model.purchase_order import PoNumber, PurchaseOrder, SupplierSku
from order_sync.core.model.supplier_order import (
    LineRefusal,
    Submission,
    SupplierItem,
    SupplierOrder,
    SupplierOrderLine,
    SupplierOrderStatus,
)


class FlakySupplier(InMemoryGateway):
    """The in-memory supplier, with faults.

    ``before_submit`` and ``before_find`` are lists of exceptions or callables used up one a call: an exception
    is raised before any effect. ``after_submit``: raised after the effect. ``hidden`` look-ups answer nothing
    first.
    """

    def __init__(self, catalogue: Mapping[str, int] | None = None, **kwargs: Any) -> None:
        super().__init__(catalogue or {"B00760004": 100, "B00760003": 100, "B15453003": 100}, **kwargs)
        self.before_submit: list[Exception | Callable[[], None]] = []
        self.after_submit: list[Exception | Callable[[], None]] = []
        self.before_find: list[Exception | Callable[[], None]] = []
        self.before_list: list[Exception | Callable[[], None]] = []
        self.before_cancel: list[Exception | Callable[[], None]] = []
        self.before_look_up: list[Exception | Callable[[], None]] = []
        self.before_prices: list[Exception | Callable[[], None]] = []
        self.asked_afresh: list[bool] = []
        self.priced = 0
        self.answers: list[Callable[[Submission], Submission]] = []
        self.hidden = 0
        self.bodies: list[str] = []
        self.finds = 0

    @property
    def bought(self) -> list[str]:
        return [po.po_number for po, _ in self.placed]

    def look_up_items(self, skus: Iterable[ShopSku], *, fresh: bool = False) -> Mapping[ShopSku, SupplierItem]:
        self.asked_afresh.append(fresh)
        _use(self.before_look_up)
        return super().look_up_items(skus, fresh=fresh)

    def item_prices(self, skus: Iterable[SupplierSku]) -> Mapping[SupplierSku, Money]:
        self.priced += 1
        _use(self.before_prices)
        return super().item_prices(skus)

    def submit(self, purchase_order: PurchaseOrder, body: str) -> Submission:
        self.bodies.append(body)
        _use(self.before_submit)
        submission = super().submit(purchase_order, body)
        _use(self.after_submit)
        return self.answers.pop(0)(submission) if self.answers else submission

    def recent_orders(self, since: datetime) -> tuple[SupplierOrder, ...]:
        _use(self.before_list)
        return super().recent_orders(since)

    def cancel_order(self, order_number: str) -> SupplierOrder | None:
        _use(self.before_cancel)
        return super().cancel_order(order_number)

    def find_by_po_number(self, po_number: PoNumber) -> tuple[SupplierOrder, ...]:
        self.finds += 1
        _use(self.before_find)
        if self.hidden:
            self.hidden -= 1
            return ()
        return super().find_by_po_number(po_number)


def _use(faults: list[Exception | Callable[[], None]]) -> None:
    if faults:
        fault = faults.pop(0)
        if isinstance(fault, Exception):
            raise fault
        fault()


def lost() -> OutcomeUnknownError:
    """The reply to a write never came."""
    return OutcomeUnknownError("The connection was cut.", service="supplier")


def cancelled(order: SupplierOrder) -> SupplierOrder:
    """The order as it shows after a cancellation."""
    return replace(order, status=SupplierOrderStatus.CANCELLED)


def split(*pieces: int) -> Callable[[Submission], Submission]:
    """An answer that splits the only line over warehouses; supplier orders 71, 72, …"""

    def answer(submission: Submission) -> Submission:
        whole = submission.orders[0]
        sku = whole.lines[0].sku
        return Submission(
            tuple(
                replace(whole, order_number=str(71 + i), lines=(SupplierOrderLine(sku, count),))
                for i, count in enumerate(pieces)
            )
        )

    return answer


def without(sku: str, message: str) -> Callable[[Submission], Submission]:
    """An answer that leaves an item out, with the supplier's words."""

    def answer(submission: Submission) -> Submission:
        whole = submission.orders[0]
        kept = tuple(line for line in whole.lines if line.sku != sku)
        return Submission((replace(whole, lines=kept),), (LineRefusal(sku, None, message),))

    return answer
