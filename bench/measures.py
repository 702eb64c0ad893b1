"""What only Order Sync has: how fast an event is stored and picked up, idling, and the size of its ledger."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from bench.contestants import hint, order_ids, prepare
from bench.processes import ROOT, Contestant, cpu_s, ended, memory_mb, stand_in, wait_until_bought

Row = tuple[str, str]
SHOP = "bench.myshopify.com"
SECRET = "bench-client-secret"
_SENDERS = 32


def enqueue_latencies(*, quick: bool) -> list[Row]:
    """Webhooks over HTTP into `order-sync serve`, whose workers buy them meanwhile."""
    rows = []
    for offered, seconds in ((200, 3 if quick else 10), (2000, 3 if quick else 10)):
        with stand_in() as url, tempfile.TemporaryDirectory() as home:
            found = _load(url, home, offered, seconds)
        label = f"webhook stored, {offered} a second offered for {seconds} s: p50 / p99 ms"
        rows.append((label, f"{found['p50']:.0f} / {found['p99']:.0f}"))
        text = f"{found['answered'] / found['seconds']:.0f} a second, {found['ok']} ok, {found['lost']} lost"
        rows.append(("  taken", text))
    return rows


def _load(url: str, home: str, offered: int, seconds: int) -> dict[str, float]:
    from order_sync import OrderSync

    with OrderSync(home=home, environment={}) as sync:
        prepare(sync, url)
        sync.connect("main", secrets={"source.client_secret": SECRET})
    command = [sys.executable, "-m", "order_sync", "serve", "--port", "0", "--every", "1h"]
    environment = {**os.environ, "ORDER_SYNC_HOME": home}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    with ended(process):
        assert process.stderr is not None
        address = re.search(r"127\.0\.0\.1:(\d+)", process.stderr.readline())
        assert address is not None
        time.sleep(1.0)
        latencies, ok, took = asyncio.run(_offer(int(address[1]), offered, seconds))
        with closing(sqlite3.connect(f"{home}/ledger.sqlite3")) as db:
            stored = db.execute("SELECT count(*) FROM inbox").fetchone()[0]
    latencies.sort()
    share = len(latencies) - 1
    return {
        "p50": 1000 * latencies[share // 2],
        "p99": 1000 * latencies[int(share * 0.99)],
        "answered": len(latencies),
        "seconds": took,
        "ok": ok,
        "lost": ok - stored,
    }


async def _offer(port: int, offered: int, seconds: int) -> tuple[list[float], int, float]:
    requests = [_request(number) for number in range(offered * seconds)]
    latencies: list[float] = []
    ok = 0
    began = time.perf_counter() + 0.1

    async def send(first: int) -> None:
        nonlocal ok
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, len(requests), _SENDERS):
            await asyncio.sleep(max(0.0, began + number / offered - time.perf_counter()))
            sent = time.perf_counter()
            writer.write(requests[number])
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.findall(rb"content-length: (\d+)", head, re.IGNORECASE)[0]))
            latencies.append(time.perf_counter() - sent)
            ok += head.startswith(b"HTTP/1.1 200")
        writer.close()

    await asyncio.gather(*(send(number) for number in range(_SENDERS)))
    return latencies, ok, time.perf_counter() - began


def _request(number: int) -> bytes:
    order = 2_000_000_000 + number
    body = json.dumps({"id": order, "admin_graphql_api_id": f"gid://shopify/Order/{order}"}).encode()
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    head = [
        "POST /webhooks/main HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "X-Shopify-Topic: orders/paid",
        f"X-Shopify-Shop-Domain: {SHOP}",
        f"X-Shopify-Hmac-Sha256: {signature}",
        f"X-Shopify-Event-Id: {number}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def pickup_latencies(samples: int = 200) -> list[Row]:
    """From an event's storing to a worker that begins, in an idle service of the same process."""
    from order_sync import OrderSync

    with stand_in() as url, tempfile.TemporaryDirectory() as home, OrderSync(home=home, environment={}) as sync:
        prepare(sync, url)
        began = threading.Event()
        built = sync.built("main")
        read = built.source.get_order
        built.source.get_order = lambda order_id: (began.set(), read(order_id))[1]  # type: ignore[method-assign]
        found = []
        with sync.service(workers=8, look_every_s=None) as service:
            for order_id in order_ids(3_000_000_001, samples):
                began.clear()
                hint(sync, [order_id])
                stored = time.perf_counter()
                service.hint("main", order_id)
                began.wait(10)
                found.append(1000 * (time.perf_counter() - stored))
                time.sleep(0.12)
    found.sort()
    return [
        (
            "event stored to worker begun, idle: p50 / p99 ms",
            f"{found[samples // 2]:.1f} / {found[int(samples * 0.99)]:.1f}",
        )
    ]


def idle_share(seconds: float = 5.0) -> Row:
    """Share of a processor that a service with nothing to do takes."""
    with stand_in() as url, tempfile.TemporaryDirectory() as home:
        contestant = Contestant("order-sync", url, home, 1, 0)
        contestant.begin()
        try:
            time.sleep(3.0)
            before = cpu_s(contestant.pid)
            time.sleep(seconds)
            share = (cpu_s(contestant.pid) - before) / seconds
        finally:
            contestant.kill()
    return ("idle: share of a processor", f"{100 * share:.1f} %")


def ledger_rows(*, quick: bool) -> list[Row]:
    """Cost of an order in ledgers of different size, and the memory of the process that works on the largest."""
    rows = []
    count = 100 if quick else 400
    for size in (1_000, 10_000, 100_000):
        with stand_in() as url, tempfile.TemporaryDirectory() as home:
            _fill(home, url, size, count)
            contestant = Contestant("order-sync", url, home, 4_000_000_001, count)
            try:
                contestant.begin()
                before = cpu_s(contestant.pid)
                wait_until_bought(url, count, within_s=120)
                cost = 1000 * (cpu_s(contestant.pid) - before) / count
                memory = memory_mb(contestant.pid)
            finally:
                contestant.kill()
        rows.append((f"processor time an order, {size} records in the ledger, ms", f"{cost:.1f}"))
    rows.append(("  memory of that process, MB", f"{memory:.0f}"))
    return rows


def _fill(home: str, url: str, size: int, count: int) -> None:
    """One order bought, then copied: bought long ago, to be followed in an hour."""
    from order_sync import OrderSync

    with OrderSync(home=home, environment={}) as sync:
        prepare(sync, url)
        sync.handle_new_order("main", "3999999999", explicit=True)
        hint(sync, order_ids(4_000_000_001, count))
    with closing(sqlite3.connect(Path(home) / "ledger.sqlite3")) as db:
        for table, key in (("sync_record", "id"), ("record_line", "record_id"), ("supplier_order", "record_id")):
            _copy(db, table, key, size)
        db.execute(
            "INSERT INTO order_lease SELECT connection, order_id, 1, 'nobody', NULL, updated_at FROM sync_record "
            "WHERE order_id LIKE 'old-%'"
        )
        db.commit()


def _copy(db: sqlite3.Connection, table: str, key: str, size: int) -> None:
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    first = db.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()
    made = []
    for number in range(2, size + 1):
        values = dict(zip(columns, first, strict=True))
        values[key] = number
        if table == "sync_record":
            values |= {"order_id": f"old-{number}", "po_number": f"OLD-{number}", "order_name": f"#old-{number}"}
        made.append(tuple(values.values()))
    marks = ", ".join("?" * len(columns))
    db.executemany(f"INSERT INTO {table} VALUES ({marks})", made)
