"""Real connections that break, stall and trickle."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from order_sync.adapters.ssactivewear import deadline
from order_sync.adapters.ssactivewear.gateway import SsActivewearGateway
from order_sync.core.errors import OutcomeUnknownError, ServiceUnavailableError
from tests.fakes.clock import ManualClock
from tests.unit.adapters.ssactivewear.fake_ssactivewear import PO, FakeSupplier, a_client, a_gateway, a_purchase

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def served(behave: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads each request whole and then does as told; gives its address and the requests."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []

    def work() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(5)
                requests.append(_request(connection))
                behave(connection)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _some(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError("closed before the request was whole")
    return received


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(li.split(b":")[1]) for li in head.split(b"\r\n") if li.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        body += _some(connection)
    return head + b"\r\n\r\n" + body


@contextmanager
def connected(url: str, timeout_s: float = 0.4) -> Iterator[SsActivewearGateway]:
    clock = ManualClock()
    client = a_client(FakeSupplier(), clock, base_url=url, timeout_s=timeout_s, transport=None)
    gateway = SsActivewearGateway(client, clock, country="US", settle_s=0)
    try:
        yield gateway
    finally:
        gateway.close()


def trickle(connection: socket.socket, prefix: bytes, byte: bytes) -> None:
    connection.sendall(prefix)
    for _ in range(40):
        connection.sendall(byte)
        time.sleep(0.05)


BEHAVIOURS = {
    "reset": lambda c: None,
    "cut in the headers": lambda c: c.sendall(HEAD[:20]),
    "cut in the body": lambda c: c.sendall(HEAD + b"Content-Length: 500\r\n\r\n[{"),
    "no HTTP": lambda c: c.sendall(b"hello there\r\n\r\n"),
    "bad gzip": lambda c: c.sendall(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
    "silent": lambda c: time.sleep(0.8),
    "trickling body": lambda c: trickle(c, HEAD + b"Content-Length: 500\r\n\r\n", b"["),
    "trickling headers": lambda c: trickle(c, HEAD + b"X-Slow: ", b"x"),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_post_without_a_whole_answer_is_in_doubt_within_the_timeout_and_sent_once(behaviour):
    with served(BEHAVIOURS[behaviour]) as (url, requests), connected(url, 0.3) as gateway:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknownError):
            gateway.submit(a_purchase(), '{"poNumber":"QA-1001"}')
        assert time.monotonic() - began < 1.2
    assert len(requests) == 1
    assert requests[0].endswith(b'\r\n\r\n{"poNumber":"QA-1001"}')


@pytest.mark.parametrize("behaviour", ["reset", "cut in the body", "no HTTP"])
def test_a_read_without_a_whole_answer_is_repeated_and_then_unavailable(behaviour):
    with (
        served(BEHAVIOURS[behaviour]) as (url, requests),
        connected(url) as gateway,
        pytest.raises(ServiceUnavailableError),
    ):
        gateway.find_by_po_number(PO)
    assert len(requests) == 3


def test_nobody_listening_means_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with connected(f"http://127.0.0.1:{port}") as gateway, pytest.raises(ServiceUnavailableError):
        gateway.submit(a_purchase(), "{}")


def test_a_post_that_was_given_up_before_it_was_sent_is_not_sent_later(monkeypatch):
    real = socket.getaddrinfo
    resolved = threading.Event()

    def slow(*args, **kwargs):
        time.sleep(0.5)
        try:
            return real(*args, **kwargs)
        finally:
            resolved.set()

    with served(lambda c: None) as (url, requests):
        monkeypatch.setattr(socket, "getaddrinfo", slow)
        with connected(url, 0.1) as gateway:
            with pytest.raises(OutcomeUnknownError):
                gateway.submit(a_purchase(), '{"poNumber":"QA-1001"}')
            assert resolved.wait(3)
            time.sleep(0.2)
    assert not any(b"poNumber" in request for request in requests)


def test_no_thread_to_send_from_means_not_sent(monkeypatch):
    class NoThread:
        def __init__(self, **kwargs: object) -> None: ...

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(deadline, "Thread", NoThread)
    supplier = FakeSupplier()
    with pytest.raises(ServiceUnavailableError):
        a_gateway(supplier).submit(a_purchase(), "{}")
    assert supplier.requests == []
