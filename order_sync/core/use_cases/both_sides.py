"""What the supplier, the ledger and the shop of a connection each say, gathered with as few questions as possible."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from order_sync.core.errors import ConfigurationError, OrderNotFoundError, RateLimitedError
from order_sync.core.model.order import Order, OrderHead
from order_sync.core.model.purchase_order import Mode, PoNumber
from order_sync.core.model.supplier_order import SupplierOrder
from order_sync.core.model.sync_record import BOUGHT, UNDECIDED, State, SyncRecord
from order_sync.core.policies.allocate import active
from order_sync.core.policies.operator_rules import UNKNOWN_ORDER
from order_sync.core.policies.po_number import is_called, mint, mode_of, order_words
from order_sync.core.policies.retry import READABLE
from order_sync.core.ports import Clock, Ledger
from order_sync.core.use_cases.context import ConnectionContext

LONGEST_WAIT_S = 65.0
"""A supplier's limit is waited for this long in all for one question (seconds): S&S counts by the minute."""
DOUBTED = frozenset({State.SUBMITTING, State.IN_DOUBT})
"""States that settle_doubt sees to; nobody else touches them."""
T = TypeVar("T")


def patiently(clock: Clock, ask: Callable[[], T]) -> T:
    """Ask, and wait for a limit of calls as long as it is short.

    Raises:
        RateLimitedError: it does not end in time.
    """
    left_s = LONGEST_WAIT_S
    while True:
        try:
            return ask()
        except RateLimitedError as exc:
            wait_s = exc.retry_after_s
            if not wait_s or wait_s > left_s:
                raise
            left_s -= wait_s
            clock.sleep_s(wait_s)


@dataclass
class BothSides:
    """What was gathered.

    Attributes:
        by_po: the supplier's orders by PO number, as far as asked or listed.
        by_order: every record of the connection by order id.
        owners: the order of each PO number that no record has; None: it could not be found.
        heads: orders of the shop without record that may have to be bought, by id.
        not_compared: what could not be compared, in words.
    """

    ctx: ConnectionContext
    ledger: Ledger
    clock: Clock
    since: datetime
    by_po: dict[str, tuple[SupplierOrder, ...]] = field(default_factory=dict)
    by_order: dict[str, tuple[SyncRecord, ...]] = field(default_factory=dict)
    owners: dict[str, Order | None] = field(default_factory=dict)
    heads: dict[str, OrderHead] = field(default_factory=dict)
    not_compared: list[str] = field(default_factory=list)
    _orders: dict[str, Order | None] = field(default_factory=dict)

    def gather(self) -> BothSides:
        """Ask the supplier first: whatever it shows then had its intent in the ledger before."""
        self._ask_supplier()
        for record in self.ledger.find(connection=self.ctx.connection.name):
            self.by_order[record.key.order_id] = (record, *self.by_order.get(record.key.order_id, ()))
        self._look_up_records()
        self._ask_shop()
        self._find_owners()
        return self

    @property
    def can_ask(self) -> bool:
        """Whether the supplier can tell what it has under a PO number."""
        return self.ctx.gateway.capabilities.list_orders or self.ctx.gateway.capabilities.find_by_po

    def order(self, order_id: str) -> Order | None:
        """An order of the shop, read once; None when the shop does not have it."""
        if order_id.startswith(UNKNOWN_ORDER):
            return None
        if order_id not in self._orders:
            try:
                self._orders[order_id] = patiently(self.clock, lambda: self.ctx.source.get_order(order_id))
            except OrderNotFoundError:
                self._orders[order_id] = None
        return self._orders[order_id]

    def look_up(self, po_number: str) -> tuple[SupplierOrder, ...]:
        """Ask the supplier for one PO number now."""
        number = PoNumber(po_number)
        found = patiently(self.clock, lambda: self.ctx.gateway.find_by_po_number(number))
        self.by_po[po_number] = found
        return found

    def is_comparable(self, record: SyncRecord) -> bool:
        """Whether the supplier must show the record's purchase: live, old enough, and not too old to be shown."""
        at = bought_at(record)
        if record.state not in BOUGHT or record.key.mode is not Mode.LIVE or at is None or not record.po_number:
            return False
        now = self.clock.now()
        settled = at + timedelta(seconds=self.ctx.gateway.settle_s + self.ctx.gateway.timeout_s) <= now
        return settled and at >= max(self.since, now - READABLE) and record.po_number in self.by_po

    def _ask_supplier(self) -> None:
        gateway = self.ctx.gateway
        if gateway.capabilities.list_orders:
            oldest = self.clock.now() - READABLE
            for order in patiently(self.clock, lambda: gateway.recent_orders(oldest)):
                if order.po_number:
                    self.by_po[order.po_number] = (*self.by_po.get(order.po_number, ()), order)
            if not gateway.capabilities.find_by_po:
                self.not_compared.append(
                    "The supplier cannot be asked for a PO number: purchases that its list lacks were not looked for."
                )
            return
        self.not_compared.append(
            "The supplier cannot list its orders: purchases of orders that the ledger has a record of, under PO "
            "numbers that it does not know, were not looked for."
        )
        if not gateway.capabilities.find_by_po:
            self.not_compared.append("The supplier cannot be asked for a PO number: no purchase was compared.")

    def _look_up_records(self) -> None:
        """Ask by PO for what a list does not show: a list that is cut short must not look like absence."""
        if not self.ctx.gateway.capabilities.find_by_po:
            return
        listed = self.ctx.gateway.capabilities.list_orders
        oldest = max(self.since, self.clock.now() - READABLE)
        for record in (each for records in self.by_order.values() for each in records):
            at = bought_at(record)
            bought = record.state in BOUGHT and record.key.mode is Mode.LIVE and at is not None and at >= oldest
            planned = not listed and record.state in UNDECIDED
            if record.po_number and record.po_number not in self.by_po and (bought or planned):
                self.look_up(record.po_number)

    def _ask_shop(self) -> None:
        enabled_since = self.ctx.settings.enabled_since
        start = max(self.since, enabled_since) if enabled_since else self.since
        for head in self.ctx.source.orders_changed_since(start):
            let_in = enabled_since is None or head.created_at >= enabled_since
            if let_in and head.order_id not in self.by_order:
                self.heads[head.order_id] = head

    def _find_owners(self) -> None:
        known = {record.po_number for records in self.by_order.values() for record in records}
        if not self.ctx.gateway.capabilities.list_orders and self.ctx.gateway.capabilities.find_by_po:
            self._look_up_heads()
        for number, orders in self.by_po.items():
            if number in known or not active(orders) or not self._is_recent(orders):
                continue
            words = order_words(number, self.ctx.settings)
            if words and not self._is_anothers(number):
                self.owners[number] = self._owner(number, words)

    def _look_up_heads(self) -> None:
        for order in filter(None, map(self.order, self.heads)):
            for mode in Mode:
                try:
                    number = mint(order, self.ctx.settings, mode, ())
                except ConfigurationError:  # no number can be made, so none was bought under it
                    continue
                self.look_up(number)

    def _is_recent(self, orders: Iterable[SupplierOrder]) -> bool:
        return any(order.ordered_at is None or order.ordered_at >= self.since for order in orders)

    def _is_anothers(self, number: str) -> bool:
        """Whether another connection of this installation has bought it on the same account."""
        account = self.ctx.connection.supplier_account
        return any(record.supplier_account == account for record in self.ledger.find(text=number))

    def _owner(self, number: str, words: tuple[str, ...]) -> Order | None:
        """The one order of the shop that the number can belong to."""
        names = {head.order_id: head.name for head in self.heads.values()}
        names |= {order_id: records[0].order_name for order_id, records in self.by_order.items()}
        found = self._matching(number, [order_id for order_id, name in names.items() if is_called(name, words)])
        if not found:
            named = [head for word in words for head in self.ctx.source.find_orders_by_name(word)]
            found = self._matching(number, [head.order_id for head in named])
        if not found:  # a name with more in it than the number, for example "1001-US"
            found = self._matching(number, [i for i, name in names.items() if any(word in name for word in words)])
        return found[0] if len(found) == 1 else None

    def _matching(self, number: str, ids: Iterable[str]) -> list[Order]:
        orders = [self.order(order_id) for order_id in dict.fromkeys(ids)]
        return [order for order in orders if order and mode_of(number, order, self.ctx.settings)]


def bought_at(record: SyncRecord) -> datetime | None:
    """When a record's purchase was sent, as far as known."""
    times = [order.ordered_at for order in record.supplier_orders if order.ordered_at]
    return record.intent_at or (min(times) if times else record.created_at)
