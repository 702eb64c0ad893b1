"""A host's own queue, as bad as the port allows: it doubles, delays, reorders and loses hints."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from order_sync.core.ports import RunnerStats, WorkKey


class UnreliableQueue:
    """The TaskRunner port and nothing else, on worker threads of its own.

    Args:
        loses: so many hints are lost, the first ones.
        longest_delay_s: each hint comes after a while of its own, so they overtake one another.
        doubles: each hint is carried so many times.
    """

    def __init__(
        self, *, workers: int = 4, loses: int = 0, longest_delay_s: float = 0.1, doubles: int = 2, seed: int = 1
    ) -> None:
        self._random = random.Random(seed)
        self._workers = workers
        self._loses = loses
        self._longest_delay_s = longest_delay_s
        self._doubles = doubles
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, WorkKey]] = []
        self._running = 0
        self._stopping = False
        self._threads: list[threading.Thread] = []
        self.lost: list[WorkKey] = []
        self.submitted: list[WorkKey] = []
        self.done: list[WorkKey] = []

    def submit(self, key: WorkKey) -> None:
        with self._changed:
            self.submitted.append(key)
            if len(self.lost) < self._loses:
                self.lost.append(key)
                return
            for _ in range(self._doubles):
                self._waiting.append((time.monotonic() + self._random.uniform(0, self._longest_delay_s), key))
            self._changed.notify_all()

    def start(self, handler: Callable[[WorkKey], None]) -> None:
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, args=(handler,), name=f"host-worker-{n}") for n in range(self._workers)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, grace_s: float) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def stats(self) -> RunnerStats:
        with self._changed:
            return RunnerStats(len(self.submitted), len(self.done), 0, len(self._waiting) + self._running)

    def _work(self, handler: Callable[[WorkKey], None]) -> None:
        while (key := self._take()) is not None:
            try:
                handler(key)
            finally:
                with self._changed:
                    self._running -= 1
                    self.done.append(key)

    def _take(self) -> WorkKey | None:
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                ready = [entry for entry in self._waiting if entry[0] <= now]
                if ready:
                    self._waiting.remove(ready[0])
                    self._running += 1
                    return ready[0][1]
                soonest = min((at for at, _ in self._waiting), default=now + 1)
                self._changed.wait(max(0.001, soonest - now))
            return None
