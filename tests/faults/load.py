"""A shop on its busiest day: signed events at a fixed rate, over connections that stay open.

    python -m tests.faults.load URL SECRET SHOP RATE SECONDS    one JSON document on stdout

The requests are made before the clock starts. What comes late is sent late, not left out.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

CONNECTIONS = 64
FIRST_ORDER = 7_000_000_000
"""Orders that the shop does not have: what is measured is taking events in, while workers look each order up."""


def prepared(secret: str, shop: str, count: int) -> list[bytes]:
    """Requests, each an event of its own order."""
    made = []
    for number in range(count):
        body = json.dumps({"id": FIRST_ORDER + number, "updated_at": "2026-01-01T00:00:00Z"}).encode()
        digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        head = (
            "POST /webhooks/main HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Shopify-Topic: orders/paid\r\nX-Shopify-Shop-Domain: {shop}\r\nX-Shopify-Hmac-Sha256: {digest}\r\n"
            f"X-Shopify-Event-Id: load-{number}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


class Load:
    """Counts answers by status (0: none), and remembers how long each took and which events were taken."""

    def __init__(self, url: str, requests: list[bytes], rate: float) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)
        self._requests = requests
        self._rate = rate
        self._next: Iterator[int] = iter(range(len(requests)))
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []
        self.taken: list[int] = []

    async def run(self) -> float:
        """Send everything; returns how long it took."""
        self._began = time.perf_counter()
        await asyncio.gather(*(self._connection() for _ in range(CONNECTIONS)))
        return time.perf_counter() - self._began

    async def _connection(self) -> None:
        streams = None
        for number in self._next:
            wait_s = self._began + number / self._rate - time.perf_counter()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            sent = time.perf_counter()
            try:
                streams = streams or await asyncio.open_connection(*self._address)
                status = await _answer(*streams, self._requests[number])
            except (OSError, asyncio.IncompleteReadError):
                status, streams = 0, None
            self.seconds.append(time.perf_counter() - sent)
            self.statuses[status] += 1
            if status == 200:
                self.taken.append(number)
        if streams:
            streams[1].close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))
    return int(head.split(b" ", 2)[1])


def main() -> None:
    url, secret, shop, rate, seconds = sys.argv[1:]
    load = Load(url, prepared(secret, shop, int(float(rate) * float(seconds))), float(rate))
    took = asyncio.run(load.run())
    ordered = sorted(load.seconds)
    told = {
        "offered_per_s": float(rate),
        "answered_200_per_s": round(load.statuses[200] / took, 1),
        "seconds": round(took, 2),
        "statuses": {str(status): count for status, count in sorted(load.statuses.items())},
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 1),
        "taken": load.taken,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
