"""A shop and a supplier that answer at once, or after 50 ms, and count: ``python -m bench.stand_in [one-item]``.

Far lighter than the simulated servers, which check everything. Prints its port; ``/count`` tells what was asked and
bought. Every order is of an item of its own, so that nobody is spared the look-up by remembering items; with
``one-item`` all orders are of the same.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

SUPPLIER_S = 0.05
ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))
ORDER, ITEMS, PLACED = (json.dumps(ANSWERS[name]) for name in ("order", "items", "placed"))
NOT_FOUND = json.dumps({"message": "Not Found", "errors": [{"field": "", "message": "not found"}]})
_ORDER_ID = re.compile(rb'"id": ?"gid://shopify/Order/(\d+)"')
_PO_NUMBER = re.compile(rb'"poNumber": ?"([^"]+)"')
_IDENTIFIER = re.compile(rb'"identifier": ?"([^"]+)"')
_ITEM = "B00760004"
_ONE_ITEM = "one-item" in sys.argv

bought: Counter[str] = Counter()
asked: Counter[str] = Counter()
times: list[float] = []
"""When the first call came; what is asked for by the bench itself does not count."""


async def answer(line: str, body: bytes) -> tuple[str, str]:
    """Status line and document for a request."""
    method, path, _ = line.split(" ", 2)
    if path == "/count":
        return "200 OK", json.dumps(_counted())
    if not times:
        times.append(time.monotonic())
    if "graphql" in path:
        asked["shop"] += 1
        return "200 OK", _order(_first(_ORDER_ID, body))
    await asyncio.sleep(SUPPLIER_S)
    if method == "POST":
        asked["purchase"] += 1
        po_number = _first(_PO_NUMBER, body)
        bought[po_number] += 1
        return "200 OK", _placed(po_number).replace(_ITEM, _first(_IDENTIFIER, body))
    asked["look-up"] += 1
    name = path.rpartition("?")[0] or path
    if path.startswith("/v2/orders/"):
        po_number = name.removeprefix("/v2/orders/")
        return ("200 OK", _placed(po_number)) if po_number in bought else ("404 Not Found", NOT_FOUND)
    return "200 OK", ITEMS.replace(_ITEM, name.removeprefix("/v2/inventory/"))


def _counted() -> dict[str, object]:
    twice = sum(times_bought > 1 for times_bought in bought.values())
    return {"bought": len(bought), "twice": twice, "began": times[0] if times else None, "asked": dict(asked)}


def _first(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return found[1].decode() if found else ""


def _order(number: str) -> str:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = ORDER.replace("1000000001", number).replace("@NUMBER", number).replace(": 1001,", f": {number},")
    if not _ONE_ITEM:
        text = text.replace(_ITEM, f"B{number}")
    return re.sub(r'"(createdAt|updatedAt)": "[^"]+"', rf'"\1": "{now}"', text)


def _placed(po_number: str) -> str:
    return PLACED.replace("DEMO-1001", po_number).replace("71000101", str(71_000_000 + len(bought)))


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, kept open."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1])) if length else b""
            status, document = await answer(head.partition("\r\n")[0], body)
            content = document.encode()
            top = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
            writer.write(top.encode() + content)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    """Until it is killed."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.install()
    except ImportError:
        pass
    asyncio.run(main())
