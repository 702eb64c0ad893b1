"""Who buys the orders, each in a process of its own: ``python -m bench.contestants WHO URL HOME FIRST COUNT``.

WHO is ``floor`` or ``order-sync``. It says ``ready``, begins when it is told so on standard input, and goes on until
that is closed.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from bench.stand_in import ANSWERS

if TYPE_CHECKING:
    from order_sync import OrderSync

CONCURRENCY = 64
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100)


def order_ids(first: int, count: int) -> list[str]:
    """The shop's ids of the orders to be bought."""
    return [f"gid://shopify/Order/{first + number}" for number in range(count)]


class Purchase:
    """The unavoidable: three HTTP calls and one fsync; what a script would do that never fails."""

    def __init__(self, url: str, home: str) -> None:
        self._url = url
        self._http = httpx.Client(timeout=30.0, limits=LIMITS)
        self._lock = threading.Lock()
        self._log = (Path(home) / "bought.jsonl").open("ab")

    def __call__(self, order_id: str) -> None:
        question = {"query": ANSWERS["question"], "variables": {"id": order_id, "parcels": 4}}
        order = self._http.post(f"{self._url}/admin/api/2026-10/graphql.json", json=question).raise_for_status().json()
        number = order["data"]["order"]["number"]
        sku = order["data"]["order"]["lineItems"]["nodes"][0]["sku"]
        self._http.get(f"{self._url}/v2/inventory/{sku}").raise_for_status().json()
        lines = [{"identifier": sku, "qty": 1}]
        body = {**ANSWERS["purchase"], "poNumber": f"BENCH-{number}", "lines": lines}
        placed = self._http.post(f"{self._url}/v2/orders/", json=body).raise_for_status().json()
        with self._lock:
            self._log.write(json.dumps(placed).encode() + b"\n")
            self._log.flush()
            os.fsync(self._log.fileno())


def floor(url: str, home: str, ids: list[str], begin: Callable[[], None]) -> None:
    """Threads over `Purchase`."""
    buy = Purchase(url, home)
    begin()
    with ThreadPoolExecutor(CONCURRENCY) as threads:
        list(threads.map(buy, ids))


def order_sync(url: str, home: str, ids: list[str], begin: Callable[[], None]) -> None:
    """Order Sync as its hosts run it; the events are stored before the clock starts, as Celery's are in Redis."""
    import logging

    from order_sync import OrderSync

    logging.getLogger("order_sync").setLevel(logging.ERROR)
    with OrderSync(home=home, environment={}) as sync:
        if "main" not in sync.connections():
            prepare(sync, url)
            hint(sync, ids)
        sync.built("main")  # its libraries are loaded, as Celery's are when it says that it is ready
        begin()
        with sync.service(workers=CONCURRENCY, look_every_s=None):
            sys.stdin.read()


def prepare(sync: OrderSync, url: str) -> None:
    """A live connection to the stand-in."""
    sync.connect(
        "main",
        source="shopify",
        supplier="ssactivewear",
        settings={
            "source.shop": "bench.myshopify.com",
            "source.base_url": url,
            "supplier.account": "1",
            "supplier.base_url": url,
            "supplier.settle_s": "0.5",
        },
        secrets={"source.token": "bench-token", "supplier.api_key": "bench-api-key"},
    )
    sync.change_settings("main", {"enabled": True, "auto_fulfillment": True, "test_order": False})


def hint(sync: OrderSync, ids: list[str]) -> None:
    """Store one event an order, as the webhooks do."""
    from order_sync.core.model.shop_event import EventKind, ShopEvent

    parts = sync.container
    events = [("main", ShopEvent("orders/paid", EventKind.LOOK, order_id, order_id=order_id)) for order_id in ids]
    parts.inbox().add(events, now=parts.clock().now())


def _begin() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    who, address, folder, first_number, how_many = sys.argv[1:]
    contestant = {"floor": floor, "order-sync": order_sync}[who]
    contestant(address, folder, order_ids(int(first_number), int(how_many)), _begin)
