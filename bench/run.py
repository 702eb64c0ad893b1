"""``python -m bench.run [--quick]``: one table, every figure beside the floor of the same run."""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from datetime import UTC, datetime

from bench.measures import enqueue_latencies, idle_share, ledger_rows, pickup_latencies
from bench.processes import redis_program
from bench.rates import KILLS, Rate, losses_of, rate_of

_CONTESTANTS = ("floor", "order-sync", "celery")
_ROW = "{:<62} {:>16} {:>20} {:>16}".format
_NO_REDIS = "no Redis here"


def show(text: str, *values: str) -> None:
    """One row, as soon as it is known; a single value is Order Sync's."""
    print(_ROW(text, *values) if len(values) == 3 else _ROW(text, "", *values, ""), flush=True)


def rounds(contestants: tuple[str, ...], count: int, repeats: int) -> dict[str, list[Rate]]:
    """Runs of all contestants in turn, so that what else the machine does meets them alike."""
    found: dict[str, list[Rate]] = {who: [] for who in contestants}
    for _ in range(repeats):
        for who in contestants:
            found[who].append(rate_of(who, count))
    return found


def show_rates(found: dict[str, list[Rate]]) -> None:
    """Medians; the ratio is the median of the rounds' ratios, with the smallest and the largest."""

    def row(text: str, value: str) -> None:
        values = []
        for who in _CONTESTANTS:
            runs = found.get(who, [])
            middle = statistics.median(getattr(run, value) for run in runs) if runs else 0.0
            values.append(f"{middle:.{0 if value == 'per_s' else 1}f}" if runs else _NO_REDIS)
        show(text, *values)

    def ratio(who: str) -> str:
        if not found.get(who):
            return _NO_REDIS
        shares = sorted(run.per_s / floor.per_s for run, floor in zip(found[who], found["floor"], strict=True))
        return f"{statistics.median(shares):.2f} ({shares[0]:.2f}-{shares[-1]:.2f})"

    row("orders a second, 64 at once, supplier 50 ms", "per_s")
    show("  of the floor (smallest-largest)", "1.00", ratio("order-sync"), ratio("celery"))
    row("processor time an order, ms", "cpu_ms")
    row("HTTP calls an order", "calls")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer orders and repeats: to try it")
    quick = parser.parse_args().quick
    count, repeats = (300, 1) if quick else (800, 3)
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} processors, {count} orders")
    show("", "floor", "Order Sync", "Celery + Redis")
    redis = redis_program() is not None
    show_rates(rounds(_CONTESTANTS if redis else _CONTESTANTS[:2], count, repeats))
    remembered = [rate_of("order-sync", count, one_item=True) for _ in range(repeats)]
    show(
        "orders a second, all of one item: its look-up is remembered",
        f"{statistics.median(r.per_s for r in remembered):.0f}",
    )
    settled = {"settled_s": 5.0} if quick else {}
    kills = losses_of("order-sync", count, **settled)
    show(f"killed {KILLS} times under load", "-", kills, losses_of("celery", count, **settled) if redis else _NO_REDIS)
    for text, value in (*enqueue_latencies(quick=quick), *pickup_latencies(), idle_share(), *ledger_rows(quick=quick)):
        show(text, value)


if __name__ == "__main__":
    main()
