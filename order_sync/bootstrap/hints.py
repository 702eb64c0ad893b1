"""The service's side of a task runner: what it gives, what it has in hand, and what it need not give twice."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from order_sync.core.policies.redaction import trace_of
from order_sync.core.ports import RunnerStats, TaskRunner, WorkKey

GIVEN_AGAIN_AFTER_S = 5.0
"""A hint that the sweeper gave is not given again for this (seconds), unless it was worked on meanwhile: by then it
may be lost. Without a pause a slow queue would get the same hints every second."""

log = logging.getLogger("order_sync")


class Hints:
    """Any TaskRunner, with what a service needs beyond its four methods. Thread-safe.

    A runner may have ``has(key)``, which says whether it holds a key already; then that is asked instead of
    remembering what was given.
    """

    def __init__(self, runner: TaskRunner) -> None:
        self._runner = runner
        self._has: Callable[[WorkKey], bool] | None = getattr(runner, "has", None)
        self._changed = threading.Condition()
        self._in_hand: Counter[WorkKey] = Counter()
        self._given: dict[WorkKey, float] = {}  # the oldest first
        self._ended = False
        self._refuses = False

    def give(self, key: WorkKey) -> None:
        """Have a key worked on. One that the runner does not take, or comes after `stop`, a sweeper brings back."""
        if self._ended:
            return
        try:
            self._runner.submit(key)
        except Exception as exc:  # a host's queue may raise anything; the event is stored, so nothing is lost
            if not self._refuses:
                log.error("the task runner takes no hints; the sweeper goes on trying: %s", trace_of(exc))
            self._refuses = True
        else:
            self._refuses = False

    def bring_back(self, key: WorkKey) -> None:
        """The same for what the sweeper found, which is often in hand already: its events are applied in the end."""
        if not self._is_at_hand(key):
            self.give(key)

    def start(self, handler: Callable[[WorkKey], None]) -> None:
        """Have the runner call the handler, until `stop`."""

        def work(key: WorkKey) -> None:
            with self._changed:
                if self._ended:
                    return  # a queue that delivers after its end: another service finds it
                self._in_hand[key] += 1
                self._given.pop(key, None)
            try:
                handler(key)
            finally:
                self._let_go(key)

        self._runner.start(work)

    def stop(self, grace_s: float) -> bool:
        """Begin nothing new and wait that long (seconds) for what runs; True when it all ended."""
        deadline = time.monotonic() + grace_s
        with self._changed:
            before, self._ended = self._ended, True
        try:
            if not before:
                self._runner.stop(grace_s)
        except Exception as exc:  # the rest must still be stopped
            log.error("the task runner did not stop: %s", trace_of(exc))
        with self._changed:
            # a runner need not wait by itself
            return self._changed.wait_for(lambda: not self._in_hand, max(0.0, deadline - time.monotonic()))

    def stats(self) -> RunnerStats:
        """The runner's counts."""
        return self._runner.stats()

    def problem(self) -> str:
        """Why nothing gets through, in words; empty when it does."""
        return "the task runner takes no hints" if self._refuses else ""

    def _is_at_hand(self, key: WorkKey) -> bool:
        if self._has is not None:
            return self._has(key)
        now = time.monotonic()
        with self._changed:
            while self._given and now - next(iter(self._given.values())) >= GIVEN_AGAIN_AFTER_S:
                del self._given[next(iter(self._given))]
            if key in self._in_hand or key in self._given:
                return True
            self._given[key] = now
            return False

    def _let_go(self, key: WorkKey) -> None:
        with self._changed:
            self._in_hand[key] -= 1
            if not self._in_hand[key]:
                del self._in_hand[key]
            self._changed.notify_all()
