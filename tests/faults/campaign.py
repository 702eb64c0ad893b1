"""Orders, events, programs, a shop and a supplier, all of which break at random.

In the end every order was bought once, less what was cancelled or refunded meanwhile; then all of it ships, and
everything that shipped is written to the shop once.

python -m tests.faults.campaign                    ten seeds, 500 orders each, a table
python -m tests.faults.campaign --seeds 7 --orders 500
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from order_sync import OrderSync
from order_sync.core.model.sync_record import TERMINAL, State
from order_sync.sandbox import Fault, Sandbox
from tests.faults.accounts import Account, account_of, stored_events
from tests.faults.harness import Program, connect, opened, post

TOPICS = ("orders/paid", "orders/create", "orders/updated")
NEVER_TOLD = 0.1
"""Of so many orders no event arrives; the scheduled look must find them."""
CANCELLED, REFUNDED = 0.06, 0.06
"""Of so many orders all, or one piece, is given back some time after they came."""
LATER_S = 7200.0
"""The programs that write back live two hours ahead: by then the supplier is asked after every order."""
AT_ONCE = 8
SKUS = ("B00760003", "B00760004", "B00760005", "B05317003")


@dataclass
class Row:
    """What came of one seed."""

    seed: int
    orders: int
    account: Account
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    acknowledged_lost: int = 0
    unwritten: list[str] = field(default_factory=list)
    written_twice: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def all_right(self) -> bool:
        whole = self.account.settled and len(self.account.once) == self.orders and not self.acknowledged_lost
        return whole and not self.unwritten and not self.written_twice

    def __str__(self) -> str:
        account = self.account
        return (
            f"{self.seed:>6} {self.orders:>7} {self.kills:>7} {self.faults.total():>7} {self.acknowledged:>7} "
            f"{self.acknowledged_lost:>6} {len(account.once):>6} {len(account.twice):>6} {len(account.lost):>6} "
            f"{len(account.open_orders):>6} {len(self.unwritten):>6} {len(self.written_twice):>6} {self.seconds:>8.0f}"
        )


HEAD = "  seed  orders  killed  faults  events  *lost   once  twice   lost   open  unwr.  wr. 2  seconds"
LEGEND = (
    "*lost: events that were acknowledged and are not in the inbox. open: in doubt, held, or not yet done. "
    "unwr., wr. 2: orders whose shipments the shop was not told of, or twice."
)


def strike(sandbox: Sandbox, share: float) -> None:
    """What goes wrong at the supplier and in the shop, each time by chance. The first that matches strikes.

    A page of HTML is only sent to look-ups of purchases: to a question about items it holds the order for a person.
    """
    left = 1.0
    for chance, fault in (
        (0.10, {"kind": "cut_after"}),
        (0.10, {"kind": "cut_before"}),
        (0.05, {"kind": "status", "status": 500}),
        (0.05, {"kind": "status_after", "status": 503}),
        (0.05, {"kind": "status", "status": 429}),
        (0.05, {"kind": "malformed"}),
    ):
        sandbox.supplier.faults.add(Fault(method="POST", times=None, probability=share * chance / left, **fault))
        left -= share * chance
    for kind, more in (
        ("cut_before", {}),
        ("status", {"status": 503}),
        ("truncated", {}),
        ("html", {"path_contains": "/orders"}),
    ):
        sandbox.supplier.faults.add(Fault(kind, method="GET", times=None, probability=share * 0.02, **more))
    for kind, more in (("cut_after", {}), ("cut_before", {}), ("status", {"status": 503}), ("malformed", {})):
        sandbox.supplier.faults.add(Fault(kind, method="DELETE", times=None, probability=share * 0.1, **more))
    for kind, chance, more in (
        ("cut_after", 0.15, {}),
        ("cut_before", 0.10, {}),
        ("status", 0.05, {"status": 502}),
        ("malformed", 0.05, {}),
    ):
        fault = Fault(kind, method="POST", body_contains="mutation", times=None, probability=share * chance, **more)
        sandbox.shopify.faults.add(fault)
    for kind, more in (("cut_before", {}), ("status", {"status": 502})):
        sandbox.shopify.faults.add(Fault(kind, method="POST", times=None, probability=share * 0.02, **more))


class Campaign:
    """One run. ``seed`` decides orders, faults, events and kills; threads and processes do the rest.

    Args:
        workers: processes of `order-sync worker` beside `order-sync serve`.
        share: of the faults; 1: nearly every second purchase goes wrong on the wire.
    """

    def __init__(
        self, seed: int, orders: int, workers: int, folder: Path, *, give_up_s: float, share: float = 1.0
    ) -> None:
        self._chance = random.Random(seed)
        self._count = orders
        self._home = folder / "home"
        self._give_up_s = give_up_s
        self._share = share
        self._programs: list[Program] = []
        self._ahead: tuple[str, ...] = ()
        self._arguments: list[tuple[str, ...]] = [
            ("serve", "--port", "0", "--workers", "4", "--every", "5s"),
            *([("worker", "--workers", "4")] * workers),
        ]
        self._url = ""
        self._calm = threading.Event()
        self._acknowledged: set[tuple[str, str]] = set()
        self._seed = seed
        self.row = Row(seed, orders, Account())

    def run(self) -> Row:
        began = time.monotonic()
        with Sandbox(seed=self._seed, rate_limit_per_minute=None) as sandbox, opened(self._home) as sync:
            connect(sync, sandbox, supplier__settle_s="1", supplier__timeout_s="3")
            self._stock_up(sandbox)
            strike(sandbox, self._share)
            try:
                self._programs = [self._start(index) for index in range(len(self._arguments))]
                self._url = self._programs[0].url()
                self._storm(sandbox, sync)
                self._await(lambda: account_of(sandbox, sync).settled)
                self._ship_everything(sandbox)
                self._restart_later()
                self._await(lambda: self._all_written(sandbox, sync), kills=True)
            finally:
                for program in self._programs:
                    program.close()
            self._close_the_books(sandbox, sync)
        self.row.seconds = time.monotonic() - began
        return self.row

    # ------------------------------------------------------------------ the shop

    def _stock_up(self, sandbox: Sandbox) -> None:
        for sku in SKUS:  # so much in one warehouse that one purchase is one order there
            sandbox.supplier.set_stock(sku, "IL", 1_000_000)

    def _storm(self, sandbox: Sandbox, sync: OrderSync) -> None:
        """Orders come, events are delivered never, once or several times, in any order; programs die."""
        killer = threading.Thread(target=self._kill_on, args=(sandbox, sync), daemon=True)
        killer.start()
        deliveries: list[Any] = []
        born: list[str] = []
        with ThreadPoolExecutor(AT_ONCE) as senders:
            for number in range(self._count):
                order = sandbox.shopify.add_order(self._lines())
                born.append(order)
                deliveries += self._give_back(sandbox, born)
                if self._chance.random() >= NEVER_TOLD:
                    for topic in TOPICS:
                        deliveries += [sandbox.shopify.webhook(topic, order)] * self._chance.randint(0, 5)
                if number % 20 == 19 or number == self._count - 1:
                    self._chance.shuffle(deliveries)
                    list(senders.map(self._deliver, deliveries))
                    deliveries = []
        killer.join(self._give_up_s)

    def _give_back(self, sandbox: Sandbox, born: list[str]) -> list[Any]:
        """Some order of before is cancelled, or a piece of it refunded; the shop tells, or does not."""
        chance, order_id = self._chance.random(), self._chance.choice(born)
        order = sandbox.shopify.orders[order_id]
        if chance > CANCELLED + REFUNDED or order.cancelled_at or order.refunds:
            return []
        if chance < CANCELLED:
            sandbox.shopify.cancel(order_id)
            topic = "orders/cancelled"
        else:
            sandbox.shopify.refund(order_id, {order.lines[0].id: 1})
            topic = "refunds/create"
        told = self._chance.random() >= NEVER_TOLD
        return [sandbox.shopify.webhook(topic, order_id)] * (self._chance.randint(1, 3) if told else 0)

    def _lines(self) -> list[tuple[str, int]]:
        return [(sku, self._chance.randint(1, 3)) for sku in self._chance.sample(SKUS, self._chance.randint(1, 3))]

    def _deliver(self, delivery: Any) -> None:
        if post(self._url, delivery, timeout_s=5.0) == 200:
            self._acknowledged.add((delivery.topic, delivery.headers["X-Shopify-Event-Id"]))

    # ------------------------------------------------------------------ the programs

    def _kill_on(self, sandbox: Sandbox, sync: OrderSync) -> None:
        """kill -9 one of the programs each second, and start it again, until nine orders in ten are bought."""
        chance = random.Random(self._seed + 1)
        deadline = time.monotonic() + self._give_up_s
        while time.monotonic() < deadline:
            self._calm.wait(1.0)
            bought = len({order["poNumber"] for order in sandbox.supplier.orders})
            if bought >= 0.9 * self._count:
                return
            index = chance.randrange(len(self._programs))
            self._programs[index].kill()
            self.row.kills += 1
            self._programs[index].close()
            self._programs[index] = self._start(index)
            if index == 0:
                self._url = self._programs[0].url()

    # ------------------------------------------------------------------ the end

    def _await(self, done: Callable[[], bool], *, kills: bool = False) -> None:
        deadline = time.monotonic() + self._give_up_s
        chance = random.Random(self._seed + 2)
        while time.monotonic() < deadline and not done():
            time.sleep(0.5)
            if kills and chance.random() < 0.5:
                index = chance.randrange(len(self._programs))
                self._programs[index].kill()
                self.row.kills += 1
                self._programs[index].close()
                self._programs[index] = self._start(index)

    # ------------------------------------------------------------------ write-back

    def _ship_everything(self, sandbox: Sandbox) -> None:
        for order in sandbox.supplier.orders:
            if order["orderStatus"] == "In Progress":
                sandbox.supplier.ship(order["orderNumber"], boxes=self._chance.randint(1, 2))

    def _restart_later(self) -> None:
        for program in self._programs:
            program.kill()
            program.close()
        self._ahead = (str(LATER_S),)
        self._programs = [self._start(index) for index in range(len(self._arguments))]

    def _start(self, index: int) -> Program:
        if self._ahead:
            return Program(self._home, *self._ahead, *self._arguments[index], module="tests.faults.ahead")
        return Program(self._home, *self._arguments[index])

    def _all_written(self, sandbox: Sandbox, sync: OrderSync) -> bool:
        self.row.unwritten, self.row.written_twice = written_wrong(sandbox)
        self.row.account = account_of(sandbox, sync)
        final = all(record.state in TERMINAL | {State.IGNORED} for record in sync.records("main"))
        return final and not self.row.unwritten and self.row.account.settled

    def _close_the_books(self, sandbox: Sandbox, sync: OrderSync) -> None:
        waiting = self.row.account.events_waiting  # of what the scheduled look brings while programs end, none is lost
        self.row.account = replace(account_of(sandbox, sync), events_waiting=waiting)
        for server in (sandbox.supplier, sandbox.shopify):
            self.row.faults.update(request.fault for request in server.requests if request.fault)
            assert not server.crashes, server.crashes[0]
        posts = Counter(order["poNumber"] for order in sandbox.supplier.orders)
        self.row.account.twice += [po for po, count in posts.items() if count > 1]
        self.row.acknowledged = len(self._acknowledged)
        self.row.acknowledged_lost = len(self._acknowledged - stored_events(sync))


def written_wrong(sandbox: Sandbox) -> tuple[list[str], list[str]]:
    """Shipped orders that the shop does not show, and those that it shows more than once: by pieces and by numbers."""
    unwritten, twice = [], []
    shipped: dict[str, Counter[str]] = {}
    numbers: dict[str, set[str]] = {}
    for order in sandbox.supplier.orders:
        if order["orderStatus"] == "Shipped":
            name = f"#{order['poNumber'].split('-')[1]}"
            for line in order["lines"]:
                shipped.setdefault(name, Counter())[line["sku"]] += line["qtyShipped"]
            numbers.setdefault(name, set()).update(box["trackingNumber"] for box in order["boxes"])
    for order in list(sandbox.shopify.orders.values()):
        told, shown = Counter[str](), list[str]()
        for parcel in order.parcels:
            for line in parcel.lines:
                told[line.line.sku or ""] += line.quantity
            shown += [info["number"] for info in parcel.tracking]
        wanted = shipped.get(order.name, Counter())
        if not (wanted <= told and numbers.get(order.name, set()) <= set(shown)):
            unwritten.append(order.name)
        if not told <= wanted or len(shown) != len(set(shown)):
            twice.append(order.name)
    return unwritten, twice


def campaign(seed: int, orders: int, workers: int, *, give_up_s: float, share: float = 1.0) -> Row:
    """One seed in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="order-sync-campaign-") as folder:
        return Campaign(seed, orders, workers, Path(folder), give_up_s=give_up_s, share=share).run()


def main() -> int:
    """Prints a row a seed; the exit code is 1 when one of them is not all right."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.campaign", description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=list(range(1, 11)))
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--workers", type=int, default=4, help="order-sync worker processes beside order-sync serve")
    parser.add_argument("--give-up-s", type=float, default=1200.0)
    told = parser.parse_args()
    print(HEAD, flush=True)
    rows = []
    for seed in told.seeds:
        rows.append(campaign(seed, told.orders, told.workers, give_up_s=told.give_up_s))
        print(rows[-1], flush=True)
        if not rows[-1].all_right:
            print(rows[-1].account, rows[-1].unwritten, rows[-1].written_twice, file=sys.stderr, flush=True)
    print(LEGEND)
    return 0 if all(row.all_right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
