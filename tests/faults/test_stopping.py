"""Stopping in the middle of a purchase, and doing nothing while nothing is to be done."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from sqlalchemy import Engine, event

from order_sync.sandbox import Fault
from tests.faults.accounts import account_of, settled
from tests.faults.harness import LONG, connect, opened, post, serve, wait_for


def _paid(sandbox):
    return sandbox.shopify.webhook("orders/paid", sandbox.shopify.add_order([("B00760004", 2)]))


def _a_slow_purchase(sandbox, delay_s):
    sandbox.supplier.faults.add(Fault("delay", method="POST", delay_s=delay_s))


def test_a_purchase_under_way_is_ended_and_its_answer_stored_before_the_service_stops(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox, supplier__timeout_s="20")
        _a_slow_purchase(sandbox, 2.0)
        with serve(tmp_path, "--grace", "60") as program:
            assert post(program.url(), _paid(sandbox)) == 200
            wait_for(lambda: sandbox.supplier.orders, "the purchase arrived, its answer is on the way")
            assert sync.records("main")[0].state == "submitting"
            assert program.stop() == 0
            assert "Stopped." in program.said and "Traceback" not in program.said
        account = account_of(sandbox, sync)
        assert account.once and not account.open_orders, account
        (record,) = sync.records("main")
        assert [attempt.kind for attempt in sync.attempts(record)] == ["send"]
    assert len(sandbox.supplier.orders) == 1


def test_a_purchase_that_outlasts_the_grace_is_settled_by_the_next_service_and_not_sent_again(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox, supplier__timeout_s="30")
        _a_slow_purchase(sandbox, 25.0)
        with serve(tmp_path, "--grace", "1") as program:
            assert post(program.url(), _paid(sandbox)) == 200
            wait_for(lambda: sandbox.supplier.orders, "the purchase arrived, its answer is on the way")
            assert program.stop() == 0
            assert "taken over by the next process" in program.said
        assert sync.records("main")[0].state == "submitting"
        with serve(tmp_path) as program:
            wait_for(lambda: settled(sandbox, sync), lambda: f"{account_of(sandbox, sync)}\n{program.said}")
            assert program.stop() == 0
    assert len(sandbox.supplier.orders) == 1


def test_an_idle_service_stops_when_it_is_told_to(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox)
        with serve(tmp_path) as program:
            program.url()
            program.process.send_signal(signal.SIGTERM)
            assert program.ended() == 0


def test_an_idle_service_asks_the_ledger_a_few_times_a_second_at_most(tmp_path, sandbox):
    asked = []

    def count(*_):
        asked.append(time.monotonic())

    with opened(tmp_path) as sync:
        connect(sync, sandbox)
        with sync.service(workers=8, look_every_s=3600):
            wait_for(lambda: sync.container.ledger().last_looks(), "the first look is over")
            event.listen(Engine, "before_cursor_execute", count)
            try:
                time.sleep(3.0)
            finally:
                event.remove(Engine, "before_cursor_execute", count)
        each_second = len(asked) / 3.0
        print(f"\nidle: {each_second:.1f} statements a second")
        assert each_second < 30
        if LONG:
            with serve(tmp_path, "--workers", "8") as program:
                program.url()
                time.sleep(3.0)
                before = _cpu_s(program.pid)
                time.sleep(10.0)
                print(f"idle: {(_cpu_s(program.pid) - before) * 10:.2f} % of a processor")


def _cpu_s(pid):
    """Processor time that a process used (proc(5), /proc/pid/stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
