"""A service that kills itself (kill -9) at a named point, and writes down every effect it has.

    python -m tests.faults.mortal '{"effect": "ledger.save placed", "moment": "after", "trace": "/…/trace"}'

It is the installation as it is, with its ports and its HTTP transport wrapped: nothing in the product knows of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from dependency_injector import providers

from order_sync import OrderSync
from order_sync.adapters.system.clock import SystemClock
from order_sync.core.use_cases.scheduled_look import CLAIM

READS = {
    "ledger": "still_mine records_of_order find due due_orders is_due next_due_at count_by_state trusted_since "
    "attempts history last_looks cursor close",
    "inbox": "waiting_orders waiting stats",
    "account_gates": "read all",
    "pauses": "all",
    "personal_data": "at_rest",
    "exports": "",
}
"""Methods of a port that change nothing. Whatever else is called is an effect, a method added later too."""


class AheadClock(SystemClock):
    """The machine's clock, so many seconds ahead: what is due later is due now."""

    def __init__(self, ahead_s: float) -> None:
        super().__init__()
        self._ahead = timedelta(seconds=ahead_s)

    def now(self) -> datetime:
        return super().now() + self._ahead


class Fate:
    """Counts effects, writes them to the trace, and kills this process at the appointed one."""

    def __init__(self, effect: str = "", moment: str = "", number: int = 1, trace: str = "", **_: Any) -> None:
        self._effect, self._moment, self._number = effect, moment, number
        self._trace = Path(trace) if trace else None
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()

    @contextlib.contextmanager
    def effect(self, name: str) -> Iterator[None]:
        with self._lock:
            self._seen[name] += 1
            mine = name == self._effect and self._seen[name] == self._number
            if self._trace is not None:
                with self._trace.open("a", encoding="utf-8") as out:
                    out.write(f"{name}\n")
        if mine and self._moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            yield
        finally:
            if mine and self._moment == "after":
                os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A part of the installation whose effects are counted."""

    def __init__(self, part: Any, name: str, fate: Fate) -> None:
        self._part, self._name, self._fate = part, name, fate
        self._reads = frozenset(READS[name].split())

    def __getattr__(self, method: str) -> Any:
        bound = getattr(self._part, method)
        if not callable(bound) or method in self._reads:
            return bound

        def watched(*args: Any, **kwargs: Any) -> Any:
            with self._fate.effect(f"{self._name}.{method}{_about(self._name, method, args)}"):
                return bound(*args, **kwargs)

        return watched


def _about(part: str, method: str, args: tuple[Any, ...]) -> str:
    match part, method:
        case "ledger", "save":
            return f" {args[1].state}"
        case "ledger", "claim":
            return " look" if args[1] == CLAIM else " order"
        case "ledger", "give_back":
            return " look" if args[0].order_id == CLAIM else " order"
        case "inbox", "add":
            return f" {args[0][0][1].topic}"
    return ""


class WatchedTransport(httpx.HTTPTransport):
    """The network. After a request its effect has happened there, and nobody has read the answer."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._fate.effect(_question(request)):
            return super().handle_request(request)


def _question(request: httpx.Request) -> str:
    path = request.url.path
    if path.endswith("graphql.json"):
        return f"shop.{json.loads(request.read())['operationName']}"
    return f"supplier.{request.method} {path.strip('/').split('/')[1].lower()}"


def main() -> None:
    told = json.loads(sys.argv[1])
    fate = Fate(**told)
    sync = OrderSync(clock=AheadClock(told.get("ahead_s", 0.0)), http_transport=WatchedTransport(fate))
    parts = {name: getattr(sync.container, name)() for name in READS}
    for name, part in parts.items():
        getattr(sync.container, name).override(providers.Object(Watched(part, name, fate)))
    service = sync.service(workers=2, look_every_s=told.get("look_every_s"))
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(sync.asgi_app(service), log_config=None, access_log=False, lifespan="on")
    print(f"Listening on http://127.0.0.1:{listener.getsockname()[1]}, to be killed.", file=sys.stderr, flush=True)
    service.start()
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn ends its loop, then repeats the signal
    uvicorn.Server(config).run(sockets=[listener])
    service.stop()
    sync.close()


if __name__ == "__main__":
    main()
