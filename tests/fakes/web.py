"""A web server on loopback in front of a function: what the toy supplier and the toy shop of the suites are made of.

One server for the whole process, so that a test costs no start and no stop: each toy has a path of its own below it.
"""

from __future__ import annotations

import itertools
import json
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, Any]
Ask = Callable[[str, str, dict[str, str], dict[str, Any], str], Answer]
"""Method, path, query, JSON body and key of a request -> status and JSON answer."""


class Web:
    """Routes requests below ``/{number}`` to the function of that number. Use as a context manager."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._served: dict[str, Ask] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Web:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.web = self
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.01), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def serve(self, ask: Ask) -> str:
        """The address under which a function answers; one request at a time."""
        number = str(next(self._numbers))
        self._served[number] = ask
        return f"http://127.0.0.1:{self._server.server_port}/{number}"

    def answer(self, method: str, url: str, body: bytes, key: str) -> Answer:
        parts = urlsplit(url)
        _, number, path = parts.path.split("/", 2)
        with self._lock:
            return self._served[number](method, path, dict(parse_qsl(parts.query)), json.loads(body or b"{}"), key)


class _Server(ThreadingHTTPServer):
    web: Web
    daemon_threads = True

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer would ask for the name of the host
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, found = self.server.web.answer(self.command, self.path, body, self.headers.get("X-Key", ""))
        content = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
