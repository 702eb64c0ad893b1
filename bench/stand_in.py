"""A shop and a supplier that answer at once, or after 50 ms, and count: ``python -m bench.stand_in``.

Far lighter than the simulated servers, which check everything. Prints its port; ``/count`` tells what was bought.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

SUPPLIER_S = 0.05
ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text(encoding="utf-8"))
ORDER, ITEMS, PLACED = (json.dumps(ANSWERS[name]) for name in ("order", "items", "placed"))
NOT_FOUND = json.dumps({"message": "Not Found", "errors": [{"field": "", "message": "not found"}]})
_ORDER_ID = re.compile(rb'"id": ?"gid://shopify/Order/(\d+)"')
_PO_NUMBER = re.compile(rb'"poNumber": ?"([^"]+)"')

bought: Counter[str] = Counter()


async def answer(line: str, body: bytes) -> tuple[str, str]:
    """Status line and document for a request."""
    method, path, _ = line.split(" ", 2)
    if "graphql" in path:
        found = _ORDER_ID.search(body)
        return "200 OK", _order(found[1].decode() if found else "1000000001")
    if path == "/count":
        return "200 OK", json.dumps({"bought": len(bought), "twice": sum(n > 1 for n in bought.values())})
    await asyncio.sleep(SUPPLIER_S)
    if method == "POST":
        found = _PO_NUMBER.search(body)
        po_number = found[1].decode() if found else ""
        bought[po_number] += 1
        return "200 OK", _placed(po_number)
    if path.startswith("/v2/orders/"):
        po_number = path.removeprefix("/v2/orders/").partition("?")[0]
        return ("200 OK", _placed(po_number)) if po_number in bought else ("404 Not Found", NOT_FOUND)
    return "200 OK", ITEMS


def _order(number: str) -> str:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = ORDER.replace("1000000001", number).replace("@NUMBER", number).replace(": 1001,", f": {number},")
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
