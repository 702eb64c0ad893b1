"""A task runner that works in the caller's own thread."""

from __future__ import annotations

from collections.abc import Callable

from order_sync.core.ports import RunnerStats, WorkKey


class InlineTaskRunner:
    """Calls the handler while `submit` is called, so errors reach the submitter. For one-shot commands and tests.

    Hints submitted before `start` are kept until then.
    """

    def __init__(self) -> None:
        self._handler: Callable[[WorkKey], None] | None = None
        self._queue: list[WorkKey] = []
        self._submitted = self._done = self._failed = 0

    def submit(self, key: WorkKey) -> None:
        """Work on it now, or once started."""
        self._submitted += 1
        self._queue.append(key)
        self._work()

    def start(self, handler: Callable[[WorkKey], None]) -> None:
        """Begin, with what was submitted so far."""
        self._handler = handler
        self._work()

    def stop(self, grace_s: float) -> None:
        """Take no new work; nothing runs in between, so there is nothing to wait for."""
        self._handler = None

    def stats(self) -> RunnerStats:
        """Counts since it was made."""
        return RunnerStats(self._submitted, self._done, self._failed, len(self._queue))

    def _work(self) -> None:
        while self._handler is not None and self._queue:
            key = self._queue.pop(0)
            try:
                self._handler(key)
            except BaseException:
                self._failed += 1
                raise
            self._done += 1
