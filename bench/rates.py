"""What every contestant is measured by: orders a second, processor time, and what kills cost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.processes import CeleryWorker, Contestant, counted, cpu_s, redis_server, stand_in, wait_until_bought

FIRST = 1_000_000_001
LONGEST_S = 240.0
KILLS = 5
SETTLED_S = 35.0
"""After the last order: longer than Celery's Redis keeps back what a dead worker had in hand (30 s)."""


@dataclass(frozen=True)
class Rate:
    """Orders a second, processor time for each, and HTTP calls for each."""

    per_s: float
    cpu_ms: float
    calls: float


@dataclass
class Course:
    """A contestant's run: where the stand-in is, and how to start it (again)."""

    who: str
    url: str
    home: str
    count: int
    redis: str | None = None

    def start(self) -> Contestant:
        """A process that is ready; for Celery it has begun."""
        if self.redis is not None:
            return CeleryWorker(self.url, self.home, self.redis)
        return Contestant(self.who, self.url, self.home, FIRST, self.count)

    def enqueue(self) -> None:
        """Give Celery its tasks, from a process of its own. The others have their orders when they are ready."""
        if self.redis is None:
            return
        code = (
            "from bench.celery_job import buy\nfrom bench.contestants import order_ids\n"
            f"for order_id in order_ids({FIRST}, {self.count}): buy.delay(order_id)"
        )
        environment = {**os.environ, "BENCH_REDIS": self.redis, "BENCH_URL": self.url, "BENCH_HOME": self.home}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)


@contextmanager
def course(who: str, count: int, *, one_item: bool = False) -> Iterator[Course]:
    """A stand-in, a folder and, for Celery, a Redis that nobody used before; all orders are enqueued."""
    with stand_in(one_item=one_item) as url, tempfile.TemporaryDirectory() as home, redis_for(who) as redis:
        ready = Course(who, url, home, count, redis)
        ready.enqueue()
        yield ready


@contextmanager
def redis_for(who: str) -> Iterator[str | None]:
    """What was left in hand by one run must not come back in the next."""
    if who != "celery":
        yield None
        return
    with tempfile.TemporaryDirectory() as folder, redis_server(folder) as redis:
        if redis is None:
            raise RuntimeError("there is no Redis")
        yield redis


def rate_of(who: str, count: int, *, one_item: bool = False) -> Rate:
    """One run: from the first call that the stand-in gets until every purchase is on the contestant's disk."""
    with course(who, count, one_item=one_item) as run:
        contestant = run.start()
        try:
            before = cpu_s(contestant.pid)
            contestant.begin()
            deadline = time.monotonic() + LONGEST_S
            wait_until_bought(run.url, count, within_s=LONGEST_S)
            while (stored := contestant.stored()) < count and time.monotonic() < deadline:
                time.sleep(0.05)
            ended, seen = time.monotonic(), counted(run.url)
            cpu = cpu_s(contestant.pid) - before
        finally:
            contestant.kill()
    if stored < count or seen.began is None:
        raise RuntimeError(f"{who}: {stored} of {count} orders in {LONGEST_S:.0f} s")
    return Rate(count / (ended - seen.began), 1000 * cpu / count, sum(seen.asked.values()) / count)


def losses_of(who: str, count: int, *, settled_s: float = SETTLED_S) -> str:
    """What five kills cost, spread over the work: orders bought twice, and orders not bought in the end."""
    with course(who, count) as run:
        contestant = run.start()
        try:
            contestant.begin()
            for kill in range(1, KILLS + 1):
                wait_until_bought(run.url, count * kill // (KILLS + 2), within_s=100.0)
                contestant.kill()
                contestant = run.start()
                contestant.begin()
            wait_until_bought(run.url, count, within_s=100.0)
            time.sleep(settled_s)
            seen, stored = counted(run.url), contestant.stored()
        finally:
            contestant.kill()
    unknown = f", {count - stored} not stored" if stored < count else ""
    return f"{seen.twice} twice, {count - seen.bought} lost{unknown}"
