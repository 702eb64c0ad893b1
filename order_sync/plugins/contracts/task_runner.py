"""What every task runner promises."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import pytest

from order_sync.core.ports import TaskRunner, WorkKey
from order_sync.plugins.contracts.keeping import all_at_once

FIRST, SECOND, THIRD = (WorkKey("main", number) for number in "123")
Handler = Callable[[WorkKey], None]


class HandlerFailedError(Exception):
    """What the handlers of this suite raise."""


class TaskRunnerContract:
    """What a TaskRunner promises: every hint reaches the handler unless it is stopped, whatever the handler does.

    A hint may be worked on more than once, or once for many that are the same: the suite allows both. A runner that
    works in the thread of the caller may let what the handler raises through to who submits; the suite allows it too.

    The subclass gives:
        task_runner: a TaskRunner that was not started, made anew for every test.
        patience_s: given here as 10: the longest that the suite waits for what should happen soon (seconds).
    """

    @pytest.fixture
    def patience_s(self) -> float:
        """How long a hint may take (seconds)."""
        return 10.0

    def test_every_hint_reaches_the_handler(self, task_runner: TaskRunner, patience_s: float) -> None:
        seen: set[WorkKey] = set()
        keys = {WorkKey(connection, str(number)) for connection in ("main", "second") for number in range(50)}
        with started(task_runner, seen.add):
            submit(task_runner, keys)
            assert soon(lambda: seen == keys, patience_s), f"lost: {keys - seen}"

    def test_a_hint_given_again_after_it_was_worked_on_is_worked_on_again(
        self, task_runner: TaskRunner, patience_s: float
    ) -> None:
        seen: list[WorkKey] = []
        with started(task_runner, seen.append):
            for times in range(1, 4):
                task_runner.submit(FIRST)
                assert soon(lambda times=times: len(seen) >= times, patience_s)  # type: ignore[misc]
                assert soon(lambda: task_runner.stats().queued == 0, patience_s)

    def test_a_hint_given_while_it_is_worked_on_is_not_lost(self, task_runner: TaskRunner, patience_s: float) -> None:
        seen: list[WorkKey] = []

        def handler(key: WorkKey) -> None:
            if not seen:  # the order changed while it was looked at
                seen.append(key)
                task_runner.submit(key)
            else:
                seen.append(key)

        with started(task_runner, handler):
            task_runner.submit(FIRST)
            assert soon(lambda: len(seen) >= 2, patience_s)

    def test_a_handler_may_give_hints(self, task_runner: TaskRunner, patience_s: float) -> None:
        seen: set[WorkKey] = set()

        def handler(key: WorkKey) -> None:
            seen.add(key)
            if key == FIRST:
                submit(task_runner, [SECOND, THIRD])

        with started(task_runner, handler):
            task_runner.submit(FIRST)
            assert soon(lambda: seen == {FIRST, SECOND, THIRD}, patience_s)

    @pytest.mark.parametrize("error", [HandlerFailedError, SystemExit])
    def test_a_handler_that_raises_keeps_no_other_hint_from_being_worked_on(
        self, task_runner: TaskRunner, patience_s: float, error: type[BaseException]
    ) -> None:
        seen: set[WorkKey] = set()

        def handler(key: WorkKey) -> None:
            if key.connection == "broken":
                raise error(key.order_id)
            seen.add(key)

        good = {WorkKey("main", str(number)) for number in range(10)}
        bad = {WorkKey("broken", str(number)) for number in range(10)}
        with started(task_runner, handler):
            for pair in zip(sorted(bad, key=repr), sorted(good, key=repr), strict=True):
                submit(task_runner, pair)
            assert soon(lambda: seen == good, patience_s), f"lost: {good - seen}"
            assert soon(lambda: task_runner.stats().failed >= len(bad), patience_s)

    def test_hints_of_many_threads_at_once_all_reach_the_handler(
        self, task_runner: TaskRunner, patience_s: float
    ) -> None:
        seen: set[WorkKey] = set()
        with started(task_runner, seen.add):
            all_at_once(lambda number: submit(task_runner, hints_of(number)), threads=8)
            wanted = {key for number in range(8) for key in hints_of(number)}
            assert soon(lambda: seen == wanted, patience_s), f"lost: {len(wanted - seen)}"
            assert soon(lambda: task_runner.stats().queued == 0, patience_s)
            stats = task_runner.stats()
        assert (stats.submitted, stats.done, stats.failed) == (len(wanted), len(wanted), 0)

    def test_what_was_taken_done_failed_and_waits_is_counted(self, task_runner: TaskRunner, patience_s: float) -> None:
        def handler(key: WorkKey) -> None:
            if key == SECOND:
                raise HandlerFailedError

        assert counts(task_runner) == (0, 0, 0, 0)
        with started(task_runner, handler):
            submit(task_runner, [FIRST, SECOND, THIRD])
            assert soon(lambda: counts(task_runner) == (3, 3, 1, 0), patience_s), counts(task_runner)

    def test_stopping_waits_for_what_runs(self, task_runner: TaskRunner, patience_s: float) -> None:
        began, ended = threading.Event(), threading.Event()

        def handler(key: WorkKey) -> None:
            began.set()
            threading.Event().wait(0.1)
            ended.set()

        with started(task_runner, handler):
            task_runner.submit(FIRST)
            assert began.wait(patience_s)
            task_runner.stop(patience_s)
            assert ended.is_set()

    def test_stopping_waits_no_longer_than_the_grace(self, task_runner: TaskRunner, patience_s: float) -> None:
        began, go_on, given = threading.Event(), threading.Event(), threading.Event()

        def handler(key: WorkKey) -> None:
            began.set()
            go_on.wait(patience_s)

        def give() -> None:
            task_runner.submit(FIRST)
            given.set()

        with started(task_runner, handler):
            giving = threading.Thread(target=give, daemon=True)
            giving.start()
            assert began.wait(patience_s)
            before = time.monotonic()
            task_runner.stop(0.05)
            waited_s = time.monotonic() - before
            go_on.set()
            giving.join(patience_s)
        assert given.is_set() and waited_s < patience_s / 2

    def test_no_new_work_is_taken_after_stopping(self, task_runner: TaskRunner, patience_s: float) -> None:
        seen: list[WorkKey] = []
        with started(task_runner, seen.append):
            task_runner.submit(FIRST)
            assert soon(lambda: seen == [FIRST], patience_s)
            task_runner.stop(patience_s)
            submit(task_runner, [SECOND, THIRD])
            assert not soon(lambda: len(seen) > 1, 0.05)

    def test_stopping_again_or_before_the_start_is_no_error(self, task_runner: TaskRunner) -> None:
        task_runner.stop(0.1)
        with started(task_runner, lambda key: None):
            task_runner.stop(0.1)
        task_runner.stop(0.1)


@contextmanager
def started(task_runner: TaskRunner, handler: Handler) -> Iterator[None]:
    """Run it with that handler; it is stopped in the end, whatever happens."""
    task_runner.start(handler)
    try:
        yield
    finally:
        task_runner.stop(5.0)


def submit(task_runner: TaskRunner, keys: Iterable[WorkKey]) -> None:
    """Give hints; what a handler raises in this thread is none of its submitter's business."""
    for key in keys:
        with suppress(HandlerFailedError, SystemExit):
            task_runner.submit(key)


def soon(is_so: Callable[[], bool], patience_s: float) -> bool:
    """Whether it becomes so within that time."""
    deadline = time.monotonic() + patience_s
    pause = threading.Event()
    while not is_so():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.002)
    return True


def hints_of(thread: int) -> list[WorkKey]:
    """The hints that a thread of many gives."""
    return [WorkKey(f"shop-{thread % 3}", f"{thread}-{number}") for number in range(40)]


def counts(task_runner: TaskRunner) -> tuple[int, int, int, int]:
    """Submitted, done, failed, queued."""
    stats = task_runner.stats()
    return stats.submitted, stats.done, stats.failed, stats.queued
