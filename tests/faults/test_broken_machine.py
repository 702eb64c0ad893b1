"""The machine under the service fails: a full disk, a ledger that another process holds, a clock that jumps."""

from __future__ import annotations

import resource
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from order_sync.adapters.system.clock import SystemClock
from order_sync.sandbox import Fault
from tests.faults.accounts import account_of, settled, stored_events
from tests.faults.harness import LONG, connect, opened, post, serve, wait_for


class JumpingClock(SystemClock):
    """The machine's clock, which somebody sets."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = timedelta()

    def now(self):
        return super().now() + self.offset


@pytest.fixture
def home(tmp_path, sandbox):
    with opened(tmp_path / "home") as sync:
        connect(sync, sandbox, supplier__settle_s="1")
    return tmp_path / "home"


def _paid(sandbox):
    order = sandbox.shopify.add_order([("B00760004", 2)])
    return sandbox.shopify.webhook("orders/paid", order)


def _key(delivery):
    return (delivery.topic, delivery.headers["X-Shopify-Event-Id"])


def _full(pid, *, full):
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0 if full else most, most))


def test_while_the_disk_is_full_nothing_is_acknowledged_or_bought_and_afterwards_all_of_it_is(home, sandbox):
    with serve(home) as program, opened(home) as sync:
        url = program.url()
        assert post(url, _paid(sandbox)) == 200
        wait_for(lambda: settled(sandbox, sync), "the first order is bought")
        _full(program.pid, full=True)
        refused = [_paid(sandbox) for _ in range(5)]
        assert {post(url, delivery) for delivery in refused} == {503}
        assert len(sandbox.supplier.orders) == 1
        _full(program.pid, full=False)
        for delivery in refused:
            wait_for(lambda again=delivery: post(url, again) == 200, "the shop's next try is taken")
        wait_for(lambda: settled(sandbox, sync), lambda: f"{account_of(sandbox, sync)}\n{program.said}")
        assert "Traceback" not in program.said
        assert program.stop() == 0
    assert len(sandbox.supplier.orders) == 6


def test_a_disk_that_fills_up_in_the_middle_of_purchases_stops_them_and_none_is_made_twice(home, sandbox):
    sandbox.supplier.faults.add(Fault("delay", method="POST", delay_s=1.0, times=4))
    with serve(home) as program, opened(home) as sync:
        url = program.url()
        events = [_paid(sandbox) for _ in range(8)]
        assert {post(url, event) for event in events} == {200}
        wait_for(lambda: sandbox.supplier.orders, "the first purchase arrived, its answer is on the way")
        _full(program.pid, full=True)
        acknowledged = {_key(event) for event in events}
        assert post(url, _paid(sandbox)) == 503
        wait_for(lambda: "cannot be used" in program.said, "the program says that the ledger cannot be used")
        _full(program.pid, full=False)
        assert post(url, sandbox.shopify.webhook("orders/paid", list(sandbox.shopify.orders)[-1])) == 200
        wait_for(lambda: settled(sandbox, sync), lambda: f"{account_of(sandbox, sync)}\n{program.said}")
        assert acknowledged <= stored_events(sync)
        assert "Traceback" not in program.said
    assert len(sandbox.supplier.orders) == 9


def test_a_ledger_that_another_process_holds_refuses_events_in_time_and_then_goes_on(home, sandbox):
    held_s = 30.0 if LONG else 6.0
    with serve(home) as program, opened(home) as sync:
        url = program.url()
        wait_for(lambda: post(url, _paid(sandbox)) == 200, "it takes events")
        wait_for(lambda: settled(sandbox, sync), "the first order is bought")
        with closing(sqlite3.connect(home / "ledger.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            until = time.monotonic() + held_s
            deliveries = [_paid(sandbox) for _ in range(4)]
            slowest = 0.0
            with ThreadPoolExecutor(4) as shop:
                while time.monotonic() < until:
                    began = time.monotonic()
                    assert set(shop.map(lambda each: post(url, each), deliveries)) == {503}  # while it is held
                    slowest = max(slowest, time.monotonic() - began)
            other.execute("ROLLBACK")
        for delivery in deliveries:
            wait_for(lambda again=delivery: post(url, again) == 200, "the shop's next try is taken")
        wait_for(lambda: settled(sandbox, sync), lambda: f"{account_of(sandbox, sync)}\n{program.said}")
        assert "Traceback" not in program.said
    print(f"\nledger held for {held_s:g} s: the slowest 503 took {slowest:.1f} s")
    if LONG:
        assert slowest < 5.0  # Shopify waits no longer
    assert len(sandbox.supplier.orders) == 5


def test_a_clock_set_back_an_hour_buys_nothing_twice_and_work_goes_on(tmp_path, sandbox):
    clock = JumpingClock()
    with opened(tmp_path, clock=clock) as sync:
        connect(sync, sandbox, supplier__timeout_s="20")
        sandbox.supplier.faults.add(Fault("cut_after", method="POST"))
        sandbox.supplier.faults.add(Fault("cut_before", method="GET", path_contains="/orders", times=2))
        sandbox.supplier.faults.add(Fault("delay", method="POST", delay_s=2.0))
        inbox, now = sync.container.inbox(), clock.now

        def paid():
            delivery = _paid(sandbox)
            event = sync.built("main").source.webhooks.receive(
                {name.lower(): value for name, value in delivery.headers.items()}, delivery.body
            )
            inbox.add([("main", event)], now=now())

        paid()  # its answer is lost, and the look-ups too
        paid()  # its answer is late: a lease is open when the clock jumps
        with sync.service(workers=4, look_every_s=None):
            wait_for(lambda: len(sandbox.supplier.orders) == 2, "both purchases arrived")
            clock.offset = timedelta(hours=-1)
            for _ in range(3):
                paid()
            wait_for(lambda: len(account_of(sandbox, sync).once) == 5, lambda: str(account_of(sandbox, sync)))
            clock.offset = timedelta()  # an hour later what was due before the jump is due again
            wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)))
    assert len(sandbox.supplier.orders) == 5


def test_a_service_that_starts_after_the_clock_was_set_back_takes_over_what_was_left(tmp_path, sandbox):
    clock = JumpingClock()
    order = sandbox.shopify.add_order([("B00760004", 2)])
    with opened(tmp_path, clock=clock) as sync:
        connect(sync, sandbox)
        sandbox.supplier.faults.add(Fault("cut_after", method="POST"))
        assert sync.handle_new_order("main", order, explicit=True).state == "in_doubt"
    earlier = JumpingClock()
    earlier.offset = timedelta(minutes=-10)
    with opened(tmp_path, clock=earlier) as sync, sync.service(workers=2, look_every_s=1.0):
        passing = threading.Timer(1.0, lambda: setattr(earlier, "offset", timedelta()))
        passing.start()
        wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)))
        passing.join()
    assert len(sandbox.supplier.orders) == 1
