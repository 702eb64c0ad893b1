"""A host's own queue carries the hints."""

from __future__ import annotations

import threading
import time

import pytest

from order_sync.adapters.runner_threads import ThreadTaskRunner
from order_sync.bootstrap.hints import Hints
from order_sync.core.errors import ClosedError, ConfigurationError
from order_sync.core.ports import RunnerStats, WorkKey
from tests.fakes.unreliable_queue import UnreliableQueue
from tests.faults.accounts import account_of, settled
from tests.faults.harness import connect, opened, post, serving, wait_for

A, B = WorkKey("a", "1"), WorkKey("b", "2")


class Recorder:
    """A task runner that a test works by hand."""

    def __init__(self):
        self.submitted, self.stopped, self.handler = [], 0, None

    def submit(self, key):
        self.submitted.append(key)

    def start(self, handler):
        self.handler = handler

    def stop(self, grace_s):
        self.stopped += 1

    def stats(self):
        return RunnerStats(len(self.submitted), 0, 0, 0)


def test_orders_are_bought_once_over_a_queue_that_doubles_delays_reorders_and_loses_hints(tmp_path, sandbox, mocker):
    mocker.patch("order_sync.bootstrap.hints.GIVEN_AGAIN_AFTER_S", 0.5)
    queue = UnreliableQueue(loses=7, doubles=3, longest_delay_s=0.3)
    with opened(tmp_path, task_runner=queue) as sync:
        connect(sync, sandbox)
        with sync.service(workers=4, look_every_s=None) as service, serving(sync.asgi_app(service)) as url:
            for _ in range(12):
                order = sandbox.shopify.add_order([("B00760004", 2)])
                assert post(url, sandbox.shopify.webhook("orders/paid", order)) == 200
            wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)), within_s=30)
            assert service.problem() == ""
            assert service.stop(10)
        account = account_of(sandbox, sync)
    assert (len(account.once), account.twice, account.lost) == (12, [], [])
    assert len(sandbox.supplier.orders) == 12
    assert len(queue.lost) == 7 and len(queue.done) > 12, "it was as bad as it was meant to be"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("host-worker")]


def test_every_service_has_a_queue_of_its_own_when_a_callable_makes_them(tmp_path, sandbox):
    made = []

    def make():
        made.append(UnreliableQueue(doubles=1))
        return made[-1]

    with opened(tmp_path, task_runner=make) as sync:
        connect(sync, sandbox)
        with sync.service(workers=1, look_every_s=None), sync.service(workers=1, look_every_s=None) as second:
            second.hint("main", "gid://shopify/Order/1")
            wait_for(lambda: made[1].done, "the hint arrived in the queue of its service")
    assert [len(queue.submitted) for queue in made] == [0, 1]


def test_a_class_is_a_callable_that_makes_queues(tmp_path):
    with opened(tmp_path, task_runner=Recorder) as sync:
        first, second = sync.service(), sync.service()
        assert isinstance(first._runner, Recorder) and first._runner is not second._runner


def test_without_a_queue_of_the_host_there_are_threads(tmp_path):
    with opened(tmp_path) as sync:
        assert isinstance(sync.service(workers=3)._runner, ThreadTaskRunner)


def test_one_queue_serves_one_service_at_a_time(tmp_path):
    with opened(tmp_path, task_runner=Recorder()) as sync:
        first = sync.service(look_every_s=None)
        second = sync.service(look_every_s=None)
        first.start()
        with pytest.raises(ConfigurationError, match="makes a task runner for each service"):
            second.start()
        assert first.stop(5)
        second.start()
        assert second.stop(5)
        with pytest.raises(ClosedError, match="started once"):
            first.start()


def test_a_queue_that_fails_when_it_starts_leaves_the_service_stopped(tmp_path):
    class Broken(Recorder):
        def start(self, handler):
            raise ConnectionError("no broker")

    with opened(tmp_path, task_runner=Broken()) as sync:
        with pytest.raises(ConnectionError):
            sync.service(look_every_s=None).start()
        assert not [t for t in threading.enumerate() if t.name.startswith("order-sync-sweeper")]


def test_a_queue_that_takes_no_hints_fails_no_event_and_the_service_says_so(tmp_path, sandbox, caplog):
    class Down(Recorder):
        down = True

        def submit(self, key):
            if self.down:
                raise ConnectionError("no broker")
            super().submit(key)

    queue = Down()
    with opened(tmp_path, task_runner=queue) as sync:
        connect(sync, sandbox)
        with sync.service(look_every_s=None) as service, serving(sync.asgi_app(service)) as url:
            paid = sandbox.shopify.webhook("orders/paid", sandbox.shopify.add_order([("B00760004", 2)]))
            assert post(url, paid) == 200
            wait_for(lambda: service.problem() == "the task runner takes no hints", "it says so")
            queue.down = False
            wait_for(lambda: queue.submitted and not service.problem(), "the sweeper brought it back", within_s=15)
    assert caplog.text.count("takes no hints") == 1


def test_a_hint_that_is_in_hand_or_was_just_given_is_not_given_again(mocker):
    runner = Recorder()
    hints = Hints(runner)
    hints.start(lambda key: hints.bring_back(key))
    hints.bring_back(A)
    hints.bring_back(A)
    hints.bring_back(B)
    assert runner.submitted == [A, B]
    runner.handler(A)
    assert runner.submitted == [A, B], "in hand"
    hints.bring_back(A)
    assert runner.submitted == [A, B, A], "it was worked on meanwhile"
    mocker.patch("order_sync.bootstrap.hints.time.monotonic", return_value=time.monotonic() + 6)
    hints.bring_back(B)
    assert runner.submitted == [A, B, A, B], "it may be lost"


def test_a_queue_that_knows_what_it_holds_is_asked():
    class Knowing(Recorder):
        def has(self, key):
            return key == A

    runner = Knowing()
    hints = Hints(runner)
    for key in (A, B, B):
        hints.bring_back(key)
    assert runner.submitted == [B, B]


def test_a_queue_that_delivers_after_its_end_reaches_nobody():
    runner, done = Recorder(), []
    hints = Hints(runner)
    hints.start(done.append)
    runner.handler(A)
    assert hints.stop(0) and hints.stop(0) and runner.stopped == 1
    runner.handler(B)
    hints.give(B)
    assert done == [A] and runner.submitted == []


def test_work_that_a_queue_does_not_wait_for_is_waited_for():
    runner, began, go_on = Recorder(), threading.Event(), threading.Event()
    hints = Hints(runner)

    def work(key):
        began.set()
        assert go_on.wait(20)

    hints.start(work)
    thread = threading.Thread(target=runner.handler, args=(A,))
    thread.start()
    assert began.wait(20)
    assert not hints.stop(0.05)
    go_on.set()
    assert hints.stop(10)
    thread.join(10)
