"""The TaskRunner port on threads: one worker an order, every connection gets its turn, none polls."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from order_sync.core.policies.redaction import trace_of
from order_sync.core.ports import RunnerStats, WorkKey

MOST_WAITING = 50_000
"""More hints than this are dropped: the ledger has them, and the sweeper brings them back."""

log = logging.getLogger("order_sync")


class ThreadTaskRunner:
    """Hands hints to worker threads. A key that waits already is not taken twice; one in hand is worked on again.

    Connections take turns, and none may occupy more than three quarters of the workers when there are others, so
    that a shop or supplier that hangs holds up nobody else.
    """

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError("at least one worker")
        self._workers = workers
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._running: set[WorkKey] = set()
        self._busy: Counter[str] = Counter()
        self._again: set[WorkKey] = set()
        self._threads: list[threading.Thread] = []
        self._stopping = False
        self._submitted = self._done = self._failed = 0

    def submit(self, key: WorkKey) -> None:
        """See TaskRunner."""
        with self._changed:
            self._submitted += 1
            if self._stopping:
                return
            if key in self._running:
                self._again.add(key)
            elif self._count() < MOST_WAITING:
                self._put(key)

    def start(self, handler: Callable[[WorkKey], None]) -> None:
        """See TaskRunner."""
        with self._changed:
            self._stopping = False
            self._threads = [
                threading.Thread(target=self._work, args=(handler,), name=f"order-sync-worker-{number}", daemon=True)
                for number in range(1, self._workers + 1)
            ]
        for thread in self._threads:
            thread.start()

    def stop(self, grace_s: float) -> None:
        """See TaskRunner. What waits is forgotten here; the ledger has it."""
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._again.clear()
            self._changed.notify_all()
        deadline = time.monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._threads = [thread for thread in self._threads if thread.is_alive()]

    def stats(self) -> RunnerStats:
        """See TaskRunner."""
        with self._changed:
            return RunnerStats(self._submitted, self._done, self._failed, self._count() + len(self._running))

    def has(self, key: WorkKey) -> bool:
        """Whether a key waits or is being worked on here."""
        with self._changed:
            return key in self._running or key.order_id in self._waiting.get(key.connection, ())

    @property
    def running(self) -> int:
        """Orders being worked on now."""
        with self._changed:
            return len(self._running)

    def _count(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _put(self, key: WorkKey) -> None:
        self._waiting.setdefault(key.connection, OrderedDict())[key.order_id] = None
        self._changed.notify()

    def _work(self, handler: Callable[[WorkKey], None]) -> None:
        while (key := self._take()) is not None:
            failed = False
            try:
                handler(key)
            except BaseException as exc:  # a defect, or a plugin that calls sys.exit(), must not end the worker
                failed = True
                log.error("a worker failed on %s %s: %s", key.connection, key.order_id, trace_of(exc))
            finally:
                self._finish(key, failed=failed)

    def _take(self) -> WorkKey | None:
        with self._changed:
            while True:
                if self._stopping:
                    return None
                key = self._next()
                if key is not None:
                    self._running.add(key)
                    self._busy[key.connection] += 1
                    return key
                self._changed.wait()

    def _next(self) -> WorkKey | None:
        alone = len(self._waiting.keys() | self._busy.keys()) <= 1
        most = self._workers if alone else max(1, self._workers - max(1, self._workers // 4))
        for connection, orders in self._waiting.items():
            if self._busy[connection] >= most:
                continue
            order_id, _ = orders.popitem(last=False)
            if orders:
                self._waiting.move_to_end(connection)
            else:
                del self._waiting[connection]
            return WorkKey(connection, order_id)
        return None

    def _finish(self, key: WorkKey, *, failed: bool) -> None:
        with self._changed:
            self._running.discard(key)
            self._busy[key.connection] -= 1
            if not self._busy[key.connection]:
                del self._busy[key.connection]
            self._done += 1
            self._failed += failed
            if key in self._again:
                self._again.discard(key)
                if not self._stopping:
                    self._put(key)
            if self._waiting:
                self._changed.notify()  # a connection that had all its workers has one less now
