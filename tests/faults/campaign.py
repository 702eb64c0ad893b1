"""Orders, events, programs and a supplier, all of which break at random; in the end every order was bought once.

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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from order_sync import OrderSync
from order_sync.sandbox import Fault, Sandbox
from tests.faults.accounts import Account, account_of, stored_events
from tests.faults.harness import Program, connect, opened, post

TOPICS = ("orders/paid", "orders/create", "orders/updated")
NEVER_TOLD = 0.1
"""Of so many orders no event arrives; the scheduled look must find them."""
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
    seconds: float = 0.0

    @property
    def all_right(self) -> bool:
        return self.account.settled and len(self.account.once) == self.orders and not self.acknowledged_lost

    def __str__(self) -> str:
        account = self.account
        return (
            f"{self.seed:>6} {self.orders:>7} {self.kills:>7} {self.faults.total():>7} {self.acknowledged:>7} "
            f"{self.acknowledged_lost:>6} {len(account.once):>6} {len(account.twice):>6} {len(account.lost):>6} "
            f"{len(account.open_orders):>6} {self.seconds:>8.0f}"
        )


HEAD = "  seed  orders  killed  faults  events  *lost   once  twice   lost   open  seconds"
LEGEND = "*lost: events that were acknowledged and are not in the inbox. open: in doubt, held, or not yet done."


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
                self._programs = [Program(self._home, *arguments) for arguments in self._arguments]
                self._url = self._programs[0].url()
                self._storm(sandbox, sync)
                self._await_the_end(sandbox, sync)
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
        with ThreadPoolExecutor(AT_ONCE) as senders:
            for number in range(self._count):
                order = sandbox.shopify.add_order(self._lines())
                if self._chance.random() >= NEVER_TOLD:
                    for topic in TOPICS:
                        deliveries += [sandbox.shopify.webhook(topic, order)] * self._chance.randint(0, 5)
                if number % 20 == 19 or number == self._count - 1:
                    self._chance.shuffle(deliveries)
                    list(senders.map(self._deliver, deliveries))
                    deliveries = []
        killer.join(self._give_up_s)

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
            self._programs[index] = Program(self._home, *self._arguments[index])
            if index == 0:
                self._url = self._programs[0].url()

    # ------------------------------------------------------------------ the end

    def _await_the_end(self, sandbox: Sandbox, sync: OrderSync) -> None:
        deadline = time.monotonic() + self._give_up_s
        while time.monotonic() < deadline and not account_of(sandbox, sync).settled:
            time.sleep(0.5)

    def _close_the_books(self, sandbox: Sandbox, sync: OrderSync) -> None:
        self.row.account = account_of(sandbox, sync)
        for server in (sandbox.supplier, sandbox.shopify):
            self.row.faults.update(request.fault for request in server.requests if request.fault)
            assert not server.crashes, server.crashes[0]
        posts = Counter(order["poNumber"] for order in sandbox.supplier.orders)
        self.row.account.twice += [po for po, count in posts.items() if count > 1]
        self.row.acknowledged = len(self._acknowledged)
        self.row.acknowledged_lost = len(self._acknowledged - stored_events(sync))


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
            print(rows[-1].account, file=sys.stderr, flush=True)
    print(LEGEND)
    return 0 if all(row.all_right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
