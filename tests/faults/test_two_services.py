"""Two services on one installation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.faults.accounts import account_of, settled
from tests.faults.harness import connect, opened, post, serve, wait_for


def test_two_services_on_one_home_buy_every_order_once(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox)
        with serve(tmp_path, "--every", "2s") as one, serve(tmp_path, "--every", "2s") as other:
            urls = (one.url(), other.url())
            orders = [sandbox.shopify.add_order([("B00760004", 1), ("B00760003", 2)]) for _ in range(25)]
            events = [sandbox.shopify.webhook(topic, order) for order in orders for topic in ("orders/paid",)]
            untold = [sandbox.shopify.add_order([("B00760005", 1)]) for _ in range(5)]
            with ThreadPoolExecutor(8) as shop:
                answers = list(shop.map(lambda each: post(*each), [(url, e) for e in events for url in urls]))
            assert set(answers) == {200}
            wait_for(lambda: settled(sandbox, sync), lambda: str(account_of(sandbox, sync)))
            assert (one.stop(), other.stop()) == (0, 0)
            assert "Traceback" not in one.said + other.said
        assert len(sandbox.supplier.orders) == len(orders) + len(untold)
