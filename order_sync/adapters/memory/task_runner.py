"""A task runner that works in the caller's own thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from order_sync.core.ports import RunnerStats, WorkKey


class InlineTaskRunner:
    """Calls the handler while `submit` is called, so errors reach the submitter. For one-shot commands and tests.

    Hints submitted before `start` are kept until then.
    """

    def __init__(self) -> None:
        self._handler: Callable[[WorkKey], None] | None = None
        self._lock = threading.Lock()
        self._queue: deque[WorkKey] = deque()
        self._submitted = self._done = self._failed = 0

    def submit(self, key: WorkKey) -> None:
        """Work on it now, or once started."""
        with self._lock:
            self._submitted += 1
            self._queue.append(key)
        self._work()

    def start(self, handler: Callable[[WorkKey], None]) -> None:
        """Begin, with what was submitted so far. All of it is worked on before the first error is raised."""
        self._handler = handler
        self._work()

    def stop(self, grace_s: float) -> None:
        """Take no new work; nothing runs in between, so there is nothing to wait for."""
        self._handler = None

    def stats(self) -> RunnerStats:
        """Counts since it was made."""
        with self._lock:
            return RunnerStats(self._submitted, self._done, self._failed, len(self._queue))

    def _work(self) -> None:
        first: Exception | None = None
        while (task := self._take()) is not None:
            handler, key = task
            failed = True
            try:
                handler(key)
                failed = False
            except Exception as exc:  # those behind it in the queue have nothing to do with it
                first = first or exc
            finally:
                with self._lock:
                    self._done += 1
                    self._failed += failed
        if first is not None:
            raise first

    def _take(self) -> tuple[Callable[[WorkKey], None], WorkKey] | None:
        with self._lock:
            if self._handler is None or not self._queue:
                return None
            return self._handler, self._queue.popleft()
