"""Closing an installation."""

from __future__ import annotations

import threading

import httpx
import pytest

from order_sync import OrderSync
from order_sync.adapters.memory import InMemoryLedger
from order_sync.core.errors import ClosedError
from tests.fakes.clock import ManualClock
from tests.faults.harness import connect, opened, post, serving, wait_for


def ours() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("order-sync")}


def test_closing_twice_is_harmless(tmp_path, sandbox):
    sync = opened(tmp_path)
    connect(sync, sandbox)
    sync.sync("main")
    sync.close()
    sync.close()


def test_closing_from_two_threads_at_once_is_harmless(tmp_path, sandbox):
    sync = opened(tmp_path)
    connect(sync, sandbox)
    sync.service(workers=1, look_every_s=None).start()
    threads = [threading.Thread(target=sync.close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads) and not ours()


def test_closing_what_was_never_used_makes_nothing(tmp_path):
    opened(tmp_path / "never-made").close()
    assert not (tmp_path / "never-made").exists()


def test_closing_with_a_wrong_address_of_the_ledger_does_not_hide_what_was_wrong(tmp_path):
    with OrderSync(home=tmp_path, environment={"ORDER_SYNC_DATABASE_URL": "nonsense"}):
        pass


@pytest.mark.parametrize(
    "use",
    [
        lambda sync: sync.connections(),
        lambda sync: sync.records(),
        lambda sync: sync.handle_new_order("main", "1"),
        lambda sync: sync.service(),
        lambda sync: sync.asgi_app(),
        lambda sync: sync.doctor(),
        lambda sync: sync.plugins,
        lambda sync: sync.access,
        lambda sync: sync.container,
        lambda sync: sync.__enter__(),
    ],
)
def test_whoever_uses_a_closed_one_is_told_so(tmp_path, sandbox, use):
    sync = opened(tmp_path)
    connect(sync, sandbox)
    sync.close()
    with pytest.raises(ClosedError, match=r"was closed\. Make another one"):
        use(sync)


def test_closing_stops_the_service_and_the_applications_threads(tmp_path, sandbox):
    sync = opened(tmp_path)
    connect(sync, sandbox)
    service = sync.service(workers=2)
    service.start()
    with serving(sync.asgi_app(service)) as url:
        paid = sandbox.shopify.webhook("orders/paid", sandbox.shopify.add_order([("B00760004", 2)]))
        assert post(url, paid) == 200
        wait_for(lambda: [str(r.state) for r in sync.records()] == ["placed"], "it is bought")
        sync.close()
        assert not ours()
        assert post(url, paid) >= 500, "the shop sends it again"
        assert httpx.get(f"{url}/health").status_code == 503
    assert service.stop()


def test_a_service_that_ended_by_itself_is_not_stopped_again(tmp_path, mocker):
    with opened(tmp_path) as sync:
        service = sync.service(workers=1, look_every_s=None)
        service.start()
        assert service.stop(5)
        stopped = mocker.spy(service._hints, "stop")
    assert not stopped.called


def test_what_the_host_gave_stays_open(tmp_path, mocker):
    ledger = InMemoryLedger()
    closed = mocker.spy(ledger, "close")

    class Transport(httpx.MockTransport):
        closed = False

        def close(self):
            self.closed = True

    transport = Transport(lambda request: httpx.Response(401, json={}))
    with opened(tmp_path, ledger=ledger, http_transport=transport, clock=ManualClock()) as sync:
        sync.connect(
            "main",
            source="shopify",
            supplier="ssactivewear",
            settings={"source.shop": "demo.myshopify.com", "supplier.account": "1"},
            secrets={"source.token": "t", "supplier.api_key": "k"},
        )
        assert any(check.status == "fail" for check in sync.doctor("main")), "the transport was used"
    assert not closed.called and not transport.closed


def test_two_on_the_same_home_at_once_work_like_two_processes(tmp_path, sandbox):
    with opened(tmp_path) as first, opened(tmp_path) as second:
        connect(first, sandbox)
        assert second.connections() == ("main",)
        with (
            first.service(workers=2, look_every_s=None) as one,
            second.service(workers=2, look_every_s=None) as other,
            serving(first.asgi_app(one)) as url,
            serving(second.asgi_app(other)) as url_of_second,
        ):
            for _ in range(5):
                paid = sandbox.shopify.webhook("orders/paid", sandbox.shopify.add_order([("B00760004", 1)]))
                assert post(url, paid) == post(url_of_second, paid) == 200
            wait_for(lambda: [str(r.state) for r in second.records()] == ["placed"] * 5, "all are bought")
        first.close()
        assert len(second.records("main")) == 5
        second.change_settings("main", {"enabled": False})
    assert len(sandbox.supplier.orders) == 5
