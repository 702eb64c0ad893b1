"""The HTTP server under both simulators.

Loopback only, keep-alive, faults on demand, every request recorded.
"""

# ruff: noqa: N815 - http.server names the handlers

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import traceback
from collections import deque
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from order_sync.sandbox import control
from order_sync.sandbox.clock import SandboxClock
from order_sync.sandbox.faults import Fault, FaultBox
from order_sync.sandbox.messages import ReceivedRequest, Reply, Request, record_of

RECORD_LIMIT = 50_000  # oldest rows go first, so that a long load test does not eat the memory
HTML_PAGE = "<!DOCTYPE html><html><head><title>Runtime Error</title></head><body>Server Error</body></html>"


class SandboxServer:
    """Base of a simulator. Subclasses answer in `respond`; everything under `/__sandbox__/` is for the tests.

    `requests` is the record; `crashes` holds tracebacks of the simulator's own mistakes
    and should stay empty.
    """

    def __init__(self, *, port: int = 0, now: Callable[[], datetime] | None = None, seed: int = 0) -> None:
        self.clock = now if isinstance(now, SandboxClock) else SandboxClock(now)
        self.faults = FaultBox(seed)
        self.crashes: list[str] = []
        self.lock = threading.RLock()
        self._record: deque[ReceivedRequest] = deque(maxlen=RECORD_LIMIT)
        self._port = port
        self._listener: _Listener | None = None
        self.stopping = threading.Event()

    # ------------------------------------------------------------ life

    def start(self) -> SandboxServer:
        if self._listener is None:
            self.stopping.clear()
            self._listener = _Listener(("127.0.0.1", self._port), self)
            self._port = self._listener.server_address[1]
            threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the listener and every open connection; a waiting client sees the connection end."""
        listener, self._listener = self._listener, None
        self.stopping.set()
        if listener is not None:
            listener.shutdown()
            listener.close_connections()
            listener.server_close()

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:port`, without a slash at the end. Known once started."""
        if not self._port:
            raise RuntimeError("start the sandbox first: its port is not known yet")
        return f"http://127.0.0.1:{self._port}"

    # ------------------------------------------------------------ for subclasses

    def respond(self, request: Request) -> Reply:
        """The answer to one request, its effect included."""
        raise NotImplementedError

    def error_reply(self, status: int) -> Reply:
        """What this vendor sends with an error status that a fault asks for."""
        return Reply.json(status, {"errors": f"status {status}"})

    def state(self) -> dict[str, Any]:
        """Everything a test in another process may want to see."""
        return {}

    def command(self, name: str, payload: dict[str, Any]) -> Any:
        """Do what `POST /__sandbox__/{name}` asks; raise LookupError when there is no such command."""
        raise LookupError(name)

    # ------------------------------------------------------------ one request

    @property
    def requests(self) -> list[ReceivedRequest]:
        return list(self._record)

    def forget_requests(self) -> None:
        self._record.clear()

    def handle(self, request: Request, send: Callable[[Reply | None, bool], None]) -> None:
        """Answer through `send(reply, truncate)`; a reply of None cuts the connection."""
        if request.path.startswith(control.PREFIX):
            send(control.answer(self, request), False)
            return
        record = record_of(request, self.clock().isoformat())
        fault = self.faults.take(request)
        record.fault = fault.kind if fault else None
        self._record.append(record)
        reply = self._spoiled(fault, request) if fault else self._answer(request)
        record.status = reply.status if reply else None
        send(reply, bool(fault and fault.kind == "truncated"))

    def _answer(self, request: Request) -> Reply:
        try:
            return self.respond(request)
        except Exception:
            self.crashes.append(traceback.format_exc())
            return Reply.json(500, {"errors": "the sandbox itself failed; see crashes in its state"})

    def _spoiled(self, fault: Fault, request: Request) -> Reply | None:
        if fault.kind != "delay" and fault.delay_s:
            self.stopping.wait(fault.delay_s)
        if fault.kind == "cut_before":
            return None
        if fault.kind == "status":
            return self._fault_reply(fault)
        reply = self._answer(request)
        match fault.kind:
            case "delay":
                self.stopping.wait(fault.delay_s)
            case "cut_after":
                return None
            case "status_after":
                return self._fault_reply(fault)
            case "malformed":
                text = reply.body[: max(1, len(reply.body) // 2)] if fault.body is None else fault.body.encode()
                return Reply(fault.status or 200, text, {"Content-Type": "application/json", **fault.headers})
            case "html":
                page = Reply.html(fault.status or 200, fault.body or HTML_PAGE)
                page.headers.update(fault.headers)
                return page
        return reply

    def _fault_reply(self, fault: Fault) -> Reply:
        reply = self.error_reply(fault.status or 500)
        if fault.body is not None:
            reply.body = fault.body.encode()
        reply.headers.update(fault.headers)
        return reply


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # a burst of clients waits in the backlog instead of being refused
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], owner: SandboxServer) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for the host name here, which takes seconds on a machine without DNS.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.owner.crashes.append(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a small answer may wait 40 ms for the client's acknowledgement
    wbufsize = 1 << 16

    def _serve(self) -> None:
        owner = cast(_Listener, self.server).owner
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            path=parts.path,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
        )
        owner.handle(request, self._send)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve

    def _send(self, reply: Reply | None, truncate: bool) -> None:
        try:
            if reply is not None:
                self._write(reply, truncate)
            if reply is None or truncate:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # the client has gone, as it does when it stopped waiting
            self.close_connection = True

    def _write(self, reply: Reply, truncate: bool) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.status != 204 and self.command != "HEAD":
            self.wfile.write(reply.body[: len(reply.body) // 2] if truncate else reply.body)
        self.wfile.flush()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the record says more than a log line."""
