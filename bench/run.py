"""``python -m bench.run [--quick]``: one table, every figure beside the floor of the same run."""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.measures import enqueue_latencies, idle_share, ledger_rows, pickup_latencies
from bench.processes import CeleryWorker, Contestant, bought, cpu_s, redis_server, stand_in, wait_until_bought

FIRST = 1_000_000_001
LONGEST_S = 240.0
KILLS = 5


@dataclass
class Rate:
    """Orders per second, and processor time for each."""

    per_s: float
    cpu_ms: float


def rate_of(who: str, count: int, redis: str | None = None) -> Rate:
    """One run of a contestant from its first order to its last."""
    with stand_in() as url, tempfile.TemporaryDirectory() as home:
        contestant: Contestant
        contestant = CeleryWorker(url, home, redis) if redis else Contestant(who, url, home, FIRST, count)
        try:
            before = cpu_s(contestant.pid)
            if redis:
                enqueue(redis, url, home, count)
            else:
                contestant.begin()
            seconds = wait_until_bought(url, count, within_s=LONGEST_S)
            return Rate(count / seconds, 1000 * (cpu_s(contestant.pid) - before) / count)
        finally:
            contestant.kill()


def enqueue(redis: str, url: str, home: str, count: int) -> None:
    """Give Celery its tasks, from a process of its own."""
    code = (
        "from bench.celery_job import buy\nfrom bench.contestants import order_ids\n"
        f"for order_id in order_ids({FIRST}, {count}): buy.delay(order_id)"
    )
    environment = {**os.environ, "BENCH_REDIS": redis, "BENCH_URL": url, "BENCH_HOME": home}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def losses_of(who: str, count: int, redis: str | None = None) -> str:
    """What five kills under load cost: orders bought twice, and orders not bought in the end."""
    draw = random.Random(1)
    with stand_in() as url, tempfile.TemporaryDirectory() as home:

        def start() -> Contestant:
            if redis:
                return CeleryWorker(url, home, redis)
            again = Contestant(who, url, home, FIRST, count)
            again.begin()
            return again

        contestant = start()
        if redis:
            enqueue(redis, url, home, count)
        for _ in range(KILLS):
            time.sleep(draw.uniform(0.4, 0.9))
            contestant.kill()
            contestant = start()
        try:
            wait_until_bought(url, count, within_s=100.0)
            time.sleep(2.0)
            found = bought(url)
        finally:
            contestant.kill()
    return f"{found['twice']} twice, {count - found['bought']} lost of {count}"


def medians(who: str, count: int, repeats: int, redis: str | None = None) -> Rate:
    """The middle of several runs."""
    rates = [rate_of(who, count, redis) for _ in range(repeats)]
    return Rate(statistics.median(r.per_s for r in rates), statistics.median(r.cpu_ms for r in rates))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer orders and repeats: to try it")
    quick = parser.parse_args().quick
    count, repeats = (300, 1) if quick else (800, 3)
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} processors")
    row = "{:<58} {:>14} {:>14} {:>16}".format
    print(row("", "floor", "Order Sync", "Celery + Redis"))
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as redis:
        floor, ours = medians("floor", count, repeats), medians("order-sync", count, repeats)
        celery = medians("celery", count, repeats, redis) if redis else None
        none = "no Redis here"
        print(
            row(
                "orders a second, 64 at once, supplier 50 ms",
                f"{floor.per_s:.0f}",
                f"{ours.per_s:.0f}",
                f"{celery.per_s:.0f}" if celery else none,
            )
        )
        print(
            row(
                "  of the floor",
                "1.00",
                f"{ours.per_s / floor.per_s:.2f}",
                f"{celery.per_s / floor.per_s:.2f}" if celery else none,
            )
        )
        print(
            row(
                "processor time an order, ms",
                f"{floor.cpu_ms:.1f}",
                f"{ours.cpu_ms:.1f}",
                f"{celery.cpu_ms:.1f}" if celery else none,
            )
        )
        kills = losses_of("order-sync", count)
        print(row("killed 5 times under load", "-", kills, losses_of("celery", count, redis) if redis else none))
    for text, value in (*enqueue_latencies(quick=quick), *pickup_latencies(), idle_share(), *ledger_rows(quick=quick)):
        print(row(text, "", value, ""))


if __name__ == "__main__":
    main()
