"""The campaign: many orders through several processes, while everything breaks at random.

``python tests/faults/campaign.py --orders 500 --seeds 1 2 3`` prints one row a seed. Whoever gets another result can
repeat a seed: which orders, deliveries, faults and kills it draws is decided by it; their timing is the machine's.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from order_sync.sandbox import Fault, Sandbox
from order_sync.sandbox.shopify.webhooks import WebhookDelivery
from tests.faults.installation import Installation, Running

SKUS = ("B00760004", "B00760005")
POST_FAULTS = (
    ("cut_after", 0.10, None),
    ("cut_before", 0.10, None),
    ("status", 0.05, 500),
    ("status_after", 0.05, 503),
    ("status", 0.05, 429),
    ("malformed", 0.05, None),
)
"""On purchases: kind, probability, status. Half of the server errors come after the effect."""
GET_FAULTS = (("cut_before", 0.05, None), ("status", 0.03, 500), ("html", 0.03, None), ("truncated", 0.03, None))
"""On look-ups."""
NEVER_DELIVERED = 0.10
MOST_DELIVERIES = 5
MOST_TRIES = 8
TOPICS = ("orders/create", "orders/paid", "orders/updated")
STUCK_AFTER_S = 600.0


@dataclass
class Outcome:
    """What came of one seed."""

    seed: int
    orders: int
    kills: int = 0
    faults: int = 0
    deliveries: Counter[str] = field(default_factory=Counter)
    once: int = 0
    twice: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether every order was bought exactly once and nothing is left open."""
        return self.once == self.orders and not self.twice and not self.lost and not self.wrong

    def row(self) -> str:
        """One row of the table."""
        answers = " ".join(f"{status}:{count}" for status, count in sorted(self.deliveries.items()))
        return (
            f"{self.seed:>6} {self.orders:>7} {self.kills:>6} {self.faults:>7} {self.once:>6} {len(self.twice):>6} "
            f"{len(self.lost):>5} {len(self.wrong):>6} {self.seconds:>8.0f}  {answers}"
        )


HEADER = "  seed  orders  kills  faults   once  twice  lost  wrong  seconds  webhooks answered"


class Campaign:
    """One seed."""

    def __init__(self, home: Path, sandbox: Sandbox, *, seed: int, orders: int, workers: int, kill_every_s: float):
        self._draw = random.Random(seed)
        self._sandbox = sandbox
        self._kill_every_s = kill_every_s
        self._outcome = Outcome(seed, orders)
        self._installation = Installation(home, sandbox)
        self._serve = self._start_serve()
        self._workers = [self._installation.start("worker", "--workers", "4") for _ in range(workers)]
        self._killing = threading.Event()
        self._wanted: dict[str, Counter[str]] = {}

    def run(self) -> Outcome:
        """Break everything until every order is bought or STUCK_AFTER_S have passed."""
        began = time.monotonic()
        try:
            self._add_faults()
            killer = threading.Thread(target=self._kill, daemon=True)
            killer.start()
            self._deliver(self._add_orders())
            self._wait(lambda: self._bought() >= 0.9 * self._outcome.orders)
            self._killing.set()
            killer.join(60)
            self._wait(self._is_settled)
        finally:
            self._killing.set()
            self._installation.end()
        self._judge()
        self._outcome.seconds = time.monotonic() - began
        return self._outcome

    # ------------------------------------------------------------------ what breaks

    def _start_serve(self) -> Running:
        return self._installation.serve("--workers", "4", "--every", "5s")

    def _add_faults(self) -> None:
        for kind, probability, status in POST_FAULTS:
            self._fault(kind, "POST", "/v2/orders", probability, status)
        for kind, probability, status in GET_FAULTS:
            self._fault(kind, "GET", "/v2/orders/", probability, status)

    def _fault(self, kind: str, method: str, path: str, probability: float, status: int | None) -> None:
        fault = Fault(kind, method=method, path_contains=path, probability=probability, status=status, times=None)
        self._sandbox.supplier.faults.add(fault)

    def _kill(self) -> None:
        """kill -9 one process, and start another in its place."""
        while not self._killing.wait(self._kill_every_s):
            number = self._draw.randrange(len(self._workers) + 1)
            victim = self._serve if number == len(self._workers) else self._workers[number]
            victim.kill()
            self._outcome.kills += 1
            if victim is self._serve:
                self._serve = self._start_serve()
            else:
                self._workers[number] = self._installation.start("worker", "--workers", "4")

    # ------------------------------------------------------------------ what comes in

    def _add_orders(self) -> list[str]:
        for _ in range(self._outcome.orders):
            lines = [(sku, self._draw.randint(1, 3)) for sku in SKUS[: self._draw.randint(1, 2)]]
            order_id = self._sandbox.shopify.add_order(lines)
            number = self._sandbox.shopify.orders[order_id].number
            self._wanted[f"DEMO-{number}"] = Counter(dict(lines))
        return list(self._sandbox.shopify.orders)

    def _deliver(self, order_ids: list[str]) -> None:
        """Each order's webhooks 0 to 5 times, shuffled, several at once; some never."""
        deliveries = []
        for order_id in order_ids:
            if self._draw.random() >= NEVER_DELIVERED:
                event = self._sandbox.shopify.webhook(self._draw.choice(TOPICS), order_id)
                deliveries += [event] * self._draw.randint(0, MOST_DELIVERIES)
        self._draw.shuffle(deliveries)
        with ThreadPoolExecutor(8) as senders:
            for answer in senders.map(self._send, deliveries):
                self._outcome.deliveries[answer] += 1

    def _send(self, event: WebhookDelivery) -> str:
        """As a shop does: what is not answered with 200 is sent again later, and given up in the end."""
        answer = "none"
        for _ in range(MOST_TRIES):
            try:
                answer = str(event.send(f"{self._serve.url}/webhooks/main"))
            except (httpx.HTTPError, AssertionError):  # it was killed meanwhile
                answer = "none"
            if answer == "200":
                break
            time.sleep(0.5)
        return answer

    # ------------------------------------------------------------------ what came of it

    def _bought(self) -> int:
        return len({order["poNumber"] for order in self._sandbox.supplier.orders})

    def _is_settled(self) -> bool:
        done = self._installation.states().get("placed", 0) >= self._outcome.orders
        return done and not self._installation.waiting_events()

    @staticmethod
    def _wait(condition: object) -> None:
        deadline = time.monotonic() + STUCK_AFTER_S
        while not condition() and time.monotonic() < deadline:  # type: ignore[operator]
            time.sleep(0.5)

    def _judge(self) -> None:
        outcome = self._outcome
        outcome.states = self._installation.states()
        outcome.faults = self._sandbox.supplier.faults.struck
        got: dict[str, Counter[str]] = {}
        for order in self._sandbox.supplier.orders:
            pieces = got.setdefault(order["poNumber"], Counter())
            for line in order["lines"]:
                pieces[line["sku"]] += line["qtyOrdered"]
        for po_number, wanted in self._wanted.items():
            if po_number not in got:
                outcome.lost.append(po_number)
            elif got[po_number] == wanted:
                outcome.once += 1
            else:
                outcome.twice.append(f"{po_number}: {dict(got[po_number])} instead of {dict(wanted)}")
        outcome.wrong += [f"bought, but nobody ordered it: {number}" for number in got.keys() - self._wanted.keys()]
        outcome.wrong += [f"{count} records are {s}" for s, count in outcome.states.items() if s != "placed"]
        lines = self._installation.rows("SELECT outcome, count(*) FROM record_line GROUP BY outcome")
        outcome.wrong += [f"{count} lines are {name}" for name, count in lines if name != "bought"]
        claims = self._installation.rows("SELECT count(*) FROM sync_record WHERE order_id = ''")[0][0]
        outcome.wrong += ["a record without an order"] * claims


@contextmanager
def a_sandbox() -> Iterator[Sandbox]:
    """Both servers, as fast as they can."""
    with Sandbox(rate_limit_per_minute=None) as sandbox:
        bucket = sandbox.shopify.engine.bucket
        bucket.size = bucket.restore_rate = 100_000.0
        yield sandbox


def one(seed: int, orders: int, workers: int = 4, kill_every_s: float = 1.0) -> Outcome:
    """Run one seed in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="order-sync-campaign-") as home, a_sandbox() as sandbox:
        campaign = Campaign(Path(home), sandbox, seed=seed, orders=orders, workers=workers, kill_every_s=kill_every_s)
        return campaign.run()


def main() -> int:
    """The table; 1 when any seed is not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(1, 11)))
    given = parser.parse_args()
    print(HEADER, flush=True)
    sound = True
    for seed in given.seeds:
        outcome = one(seed, given.orders, given.workers)
        print(outcome.row(), flush=True)
        for text in (*outcome.twice, *outcome.lost, *outcome.wrong):
            print(f"       {text}", flush=True)
        sound = sound and outcome.sound
    print("every order was bought exactly once" if sound else "NOT SOUND")
    return 0 if sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
