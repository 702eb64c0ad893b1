"""A settings file torn at any byte, under a running service: it says so, and goes on when the file is whole again."""

from __future__ import annotations

import logging

import pytest

from tests.faults.accounts import account_of, settled
from tests.faults.harness import LONG, connect, opened, post, serve, serving, wait_for


@pytest.fixture
def home(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox)
    return tmp_path


def _cuts(length):
    """All bytes, or a sample: the ends, and some between. The last byte is a line feed, without which it is whole."""
    return list(range(length - 1)) if LONG else sorted({0, 1, 2, length // 3, length // 2, length - 3, length - 2})


@pytest.mark.timeout(900)
def test_events_are_refused_while_the_settings_are_torn_and_taken_when_they_are_whole(home, sandbox, caplog):
    path = home / "connections" / "main.json"
    whole = path.read_bytes()
    order = sandbox.shopify.add_order([("B00760004", 2)])
    for length in _cuts(len(whole)):
        path.write_bytes(whole[:length])
        caplog.clear()
        with opened(home) as sync, caplog.at_level(logging.ERROR), serving(sync.asgi_app()) as url:
            assert post(url, sandbox.shopify.webhook("orders/paid", order)) == 503, length
            assert str(path) in caplog.text and "Traceback" not in caplog.text
            path.write_bytes(whole)
            assert post(url, sandbox.shopify.webhook("orders/paid", order)) == 200, length
            assert sync.connection("main").order_sync.enabled


def test_a_service_under_way_says_which_file_is_torn_and_buys_when_it_is_whole_again(home, sandbox):
    path = home / "connections" / "main.json"
    whole = path.read_bytes()
    with serve(home, "--every", "1s") as program, opened(home) as sync:
        program.url()
        sandbox.shopify.add_order([("B00760004", 2)])
        wait_for(lambda: settled(sandbox, sync), "the first order is bought")
        for length in _cuts(len(whole))[:: 40 if LONG else 3]:
            program.lines.clear()
            path.write_bytes(whole[:length])
            sandbox.shopify.add_order([("B00760004", 2)])
            program.wait_for_line(str(path))
            path.write_bytes(whole)
            wait_for(lambda: settled(sandbox, sync), lambda: f"{account_of(sandbox, sync)}\n{program.said}")
            assert "Traceback" not in program.said
        assert program.stop() == 0
