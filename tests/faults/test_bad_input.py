"""What anybody on the internet can send: refused with the right status, not stored, no traceback to anybody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.faults.harness import connect, opened, serve, wait_for

TEN_MB = 10 * 1024 * 1024
PATH = "/webhooks/main"


def exchange(url, request, *, chunks=()):
    """The status of a raw request (0: closed without one), and everything that was answered."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as wire:
        answer = b""
        try:
            wire.sendall(request)
            for chunk in chunks:
                wire.sendall(chunk)
        except OSError:
            pass  # the server answered before it had everything, and closed
        try:
            while more := wire.recv(65536):
                answer += more
        except OSError:
            pass
    head = answer.partition(b"\r\n")[0].split()
    return (int(head[1]) if len(head) > 1 else 0), answer


def request(body=b"", *, method="POST", path=PATH, length=True, **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def signed(sandbox, body, **headers):
    digest = base64.b64encode(hmac.new(sandbox.shopify.client_secret.encode(), body, hashlib.sha256).digest()).decode()
    given = {
        "Content_Type": "application/json",
        "X_Shopify_Topic": "orders/paid",
        "X_Shopify_Shop_Domain": sandbox.shopify.domain,
        "X_Shopify_Hmac_Sha256": digest,
        "X_Shopify_Event_Id": "event-1",
        **headers,
    }
    return request(body, **{name: value for name, value in given.items() if value is not None})


ORDER = json.dumps({"id": 1000000001, "admin_graphql_api_id": "gid://shopify/Order/1000000001"}).encode()
DEEP = b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BAD = {
    "unsigned": (401, lambda s: signed(s, ORDER, X_Shopify_Hmac_Sha256=None)),
    "signed by somebody else": (401, lambda s: signed(s, ORDER, X_Shopify_Hmac_Sha256="bm90IHRoZSBzZWNyZXQ=")),
    "a signature that is no base64": (401, lambda s: signed(s, ORDER, X_Shopify_Hmac_Sha256="%%%")),
    "another shop": (403, lambda s: signed(s, ORDER, X_Shopify_Shop_Domain="other.myshopify.com")),
    "no shop": (403, lambda s: signed(s, ORDER, X_Shopify_Shop_Domain=None)),
    "an unknown topic": (400, lambda s: signed(s, ORDER, X_Shopify_Topic="carts/update")),
    "deep JSON": (400, lambda s: signed(s, DEEP)),
    "invalid UTF-8": (400, lambda s: signed(s, b'{"id": "\xff\xfe"}')),
    "no JSON": (400, lambda s: signed(s, b"id=1")),
    "a list": (400, lambda s: signed(s, b"[1]")),
    "nothing": (400, lambda s: signed(s, b"")),
    "an id that is no number": (400, lambda s: signed(s, b'{"id": {"$gt": 0}}')),
    "a huge number": (400, lambda s: signed(s, b'{"id": ' + b"9" * 5000 + b"}")),
    "an unknown connection": (404, lambda s: request(ORDER, path="/webhooks/other")),
    "a name that climbs": (404, lambda s: request(ORDER, path="/webhooks/..%2f..%2fetc%2fpasswd")),
    "GET": (405, lambda s: request(method="GET")),
    "DELETE": (405, lambda s: request(method="DELETE")),
    "garbage in a header": (401, lambda s: signed(s, ORDER, X_Shopify_Hmac_Sha256="\x80\x81 \t")),
    "no HTTP": (400, lambda s: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    "a header without a name": (400, lambda s: b"POST " + PATH.encode() + b" HTTP/1.1\r\n: x\r\n\r\n"),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    from order_sync.sandbox import Sandbox

    home = tmp_path_factory.mktemp("home")
    with Sandbox(rate_limit_per_minute=None) as sandbox, opened(home) as sync:
        connect(sync, sandbox)
        with serve(home) as program:
            yield sandbox, sync, program


def nothing_happened(running, answer=b""):
    _, sync, program = running
    assert sync.container.inbox().stats().waiting == {}
    with sync.container.ledger().database.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM inbox").scalar() == 0
    assert b"Traceback" not in answer and b"order_sync" not in answer
    assert "Traceback" not in program.said and program.process.poll() is None


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_and_leaves_nothing(running, what):
    status, make = BAD[what]
    seen, answer = exchange(running[2].url(), make(running[0]))
    assert seen == status, answer[:300]
    nothing_happened(running, answer)


def _chunked(size):
    piece = b"x" * 65536
    for _ in range(size // len(piece)):
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


@pytest.mark.parametrize("form", ["with its length", "in chunks", "with a length that is a lie"])
def test_ten_megabytes_are_refused_without_being_taken_in(running, form):
    url = running[2].url()
    if form == "with its length":
        seen, answer = exchange(url, request(b"x" * TEN_MB))
    elif form == "in chunks":
        head = request(length=False, Transfer_Encoding="chunked")
        seen, answer = exchange(url, head, chunks=_chunked(TEN_MB))
    else:
        seen, answer = exchange(url, request(length=False, Content_Length=str(TEN_MB)))
    assert seen == 413, answer[:300]
    nothing_happened(running, answer)


def test_a_sender_who_hangs_up_in_the_middle_leaves_nothing(running):
    parts = urlsplit(running[2].url())
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as wire:
        wire.sendall(signed(running[0], ORDER)[:-10])
    nothing_happened(running)


def test_a_replayed_event_is_acknowledged_and_counted_as_a_repeat(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox)
        order = sandbox.shopify.add_order([("B00760004", 2)])
        delivery = sandbox.shopify.webhook("orders/paid", order)
        with serve(tmp_path) as program:
            wire = request(delivery.body, **{name.replace("-", "_"): text for name, text in delivery.headers.items()})
            assert [exchange(program.url(), wire)[0] for _ in range(5)] == [200] * 5
            wait_for(lambda: sandbox.supplier.orders, "the order is bought")
            assert program.stop() == 0
        with sync.container.ledger().database.read() as db:
            assert db.exec_driver_sql("SELECT repeats FROM inbox WHERE topic = 'orders/paid'").scalars().all() == [4]
    assert len(sandbox.supplier.orders) == 1
