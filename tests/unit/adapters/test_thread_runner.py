"""Worker threads: one an order, every connection its turn, none polling."""

from __future__ import annotations

import random
import threading
from collections import Counter

import pytest

from order_sync.adapters.runner_threads import ThreadTaskRunner
from order_sync.core.ports import WorkKey

A = WorkKey("a", "1")


class Handler:
    """Remembers what it was called with; holds on at keys until they are let go."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done: list[WorkKey] = []
        self.at_once: Counter[WorkKey] = Counter()
        self.overlapped = False
        self.held: dict[WorkKey, threading.Event] = {}
        self.began = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)

    def hold(self, key: WorkKey) -> threading.Event:
        self.held[key] = threading.Event()
        return self.held[key]

    def __call__(self, key: WorkKey) -> None:
        with self.lock:
            self.at_once[key] += 1
            self.overlapped |= self.at_once[key] > 1
        self.began.release()
        if key in self.held:
            assert self.held[key].wait(20)
        with self.lock:
            self.at_once[key] -= 1
            self.done.append(key)
        self.ended.release()

    def wait(self, count: int) -> None:
        for _ in range(count):
            assert self.ended.acquire(timeout=20)


@pytest.fixture
def started():
    runners = []

    def start(handler, workers=4):
        runner = ThreadTaskRunner(workers)
        runners.append(runner)
        runner.start(handler)
        return runner

    yield start
    for runner in runners:
        runner.stop(20)


def test_every_hint_is_worked_on_and_no_key_by_two_workers_at_once(started):
    handler, draw = Handler(), random.Random(1)
    runner = started(handler, workers=8)
    keys = [WorkKey(draw.choice("abc"), str(draw.randrange(20))) for _ in range(2000)]
    for key in keys:
        runner.submit(key)
    while runner.stats().queued:
        handler.ended.acquire(timeout=1)
    assert set(handler.done) == set(keys) and not handler.overlapped


def test_repeats_of_a_waiting_key_are_one_and_one_in_hand_is_worked_on_once_more(started):
    handler = Handler()
    let_go = handler.hold(A)
    runner = started(handler)
    runner.submit(A)
    assert handler.began.acquire(timeout=20)
    for _ in range(5):
        runner.submit(A)
    assert runner.has(A)
    let_go.set()
    handler.wait(2)
    assert handler.done == [A, A] and runner.stats().queued == 0


def test_a_connection_that_hangs_leaves_workers_to_the_others(started):
    handler = Handler()
    hanging = [WorkKey("slow", str(n)) for n in range(8)]
    events = [handler.hold(key) for key in hanging]
    runner = started(handler, workers=4)
    runner.submit(WorkKey("quick", "0"))
    handler.wait(1)
    runner.submit(WorkKey("quick", "hold"))
    handler.wait(1)
    for key in hanging:
        runner.submit(key)
        runner.submit(WorkKey("quick", key.order_id))
    handler.wait(8)
    assert {key.connection for key in handler.done} == {"quick"}
    for event in events:
        event.set()
    handler.wait(8)


def test_a_handler_that_raises_ends_no_worker(started, caplog):
    seen = threading.Semaphore(0)

    def handler(key):
        seen.release()
        raise ValueError(key.order_id)

    runner = started(handler, workers=1)
    for number in range(3):
        runner.submit(WorkKey("a", str(number)))
    for _ in range(3):
        assert seen.acquire(timeout=20)
    runner.stop(20)
    assert runner.stats().failed == 3 and "a worker failed" in caplog.text


def test_stopping_waits_for_what_runs_and_forgets_what_waits(started):
    handler = Handler()
    let_go = handler.hold(A)
    runner = started(handler, workers=1)
    runner.submit(A)
    assert handler.began.acquire(timeout=20)
    runner.submit(WorkKey("a", "2"))
    stopping = threading.Thread(target=runner.stop, args=(20,))
    stopping.start()
    let_go.set()
    stopping.join(20)
    runner.submit(WorkKey("a", "3"))
    assert handler.done == [A] and runner.running == 0 and runner.stats().queued == 0


def test_at_least_one_worker_is_needed():
    with pytest.raises(ValueError, match="one worker"):
        ThreadTaskRunner(0)
