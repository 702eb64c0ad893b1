"""Whether every order was bought exactly once, judged by the shop and the supplier, and every line is explained."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from order_sync import OrderSync
from order_sync.core.model.sync_record import BOUGHT, LineOutcome, State
from order_sync.sandbox import Sandbox


@dataclass
class Account:
    """Order names by what became of them. ``open_orders``: not lost, but something is still to be done for them."""

    once: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    open_orders: list[str] = field(default_factory=list)
    unexplained_lines: list[str] = field(default_factory=list)
    events_waiting: int = 0

    @property
    def settled(self) -> bool:
        """Nothing is left to do, nobody has to be asked, and nothing is wrong."""
        wrong = self.twice or self.lost or self.open_orders or self.unexplained_lines or self.events_waiting
        return not wrong

    def __str__(self) -> str:
        return (
            f"once {len(self.once)}, twice {self.twice}, lost {self.lost}, open {self.open_orders}, "
            f"unexplained {self.unexplained_lines}, events waiting {self.events_waiting}"
        )


def account_of(sandbox: Sandbox, sync: OrderSync) -> Account:
    """Every order of the simulated shop against what the simulated supplier was made to do."""
    account = Account(events_waiting=sum(sync.container.inbox().stats().waiting.values()))
    bought: dict[str, Counter[str]] = {}
    for order in sandbox.supplier.orders:
        if order["orderStatus"] == "Cancelled":
            continue
        number = order["poNumber"].split("-")[1]
        pieces = bought.setdefault(number, Counter())
        for line in order["lines"]:
            pieces[line["sku"]] += line["qtyOrdered"]
    records = {}
    for record in sync.records("main"):
        records.setdefault(record.key.order_id, []).append(record)
    for order in list(sandbox.shopify.orders.values()):
        wanted = Counter()
        for line in order.lines:
            wanted[line.sku] += _wanted(order, line)
        wanted, got = +wanted, bought.get(str(order.number), Counter())
        kind = account.once if got == wanted else account.lost if got <= wanted else account.twice
        kind.append(order.name)
        mine = records.get(order.id, [])
        done = BOUGHT | {State.CANCELLED} if wanted else BOUGHT | {State.CANCELLED, State.IGNORED}
        if not mine or any(record.state not in done or record.needs_person for record in mine):
            account.open_orders.append(f"{order.name} {[(str(r.state), r.reason_code, r.reason) for r in mine]}")
        explained = Counter[str]()
        for line in (line for r in mine for line in r.lines if line.outcome is LineOutcome.BOUGHT):
            explained[line.line_id] += line.quantity
        account.unexplained_lines += [
            f"{order.name} {line.sku}" for line in order.lines if explained[line.id] != _wanted(order, line)
        ]
    return account


def _wanted(order: Any, line: Any) -> int:
    """Pieces that the customer still wants."""
    wanted: int = 0 if order.cancelled_at else line.current_quantity
    return wanted


def settled(sandbox: Sandbox, sync: OrderSync) -> bool:
    """A condition to wait for."""
    return account_of(sandbox, sync).settled


def stored_events(sync: OrderSync) -> set[tuple[str, str]]:
    """(topic, Shopify's event id) of every event in the inbox."""
    with sync.container.ledger().database.read() as db:
        rows = db.exec_driver_sql("SELECT topic, delivery_key FROM inbox")
        return {(topic, key.partition("/")[0]) for topic, key in rows}
