"""What the tests of broken machines share: an installation, programs that are started and killed, waiting."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn

from order_sync import OrderSync
from order_sync.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
LONG = os.environ.get("ORDER_SYNC_FAULTS") == "long"
"""`make faults` sets it: the same tests, with more of everything."""
DEADLINE_S = float(os.environ.get("ORDER_SYNC_FAULTS_DEADLINE_S", "60"))
_LISTENING = re.compile(r"Listening on (http://\S+),")

T = TypeVar("T")


def wait_for(condition: Callable[[], T], what: str | Callable[[], str], *, within_s: float = DEADLINE_S) -> T:
    """What the condition gave when it first held; fails when it never does, and says what was waited for."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within_s:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.02)
    return found


def environment(home: Path, **more: str) -> dict[str, str]:
    """For a program that works on this installation."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith("ORDER_SYNC")}
    path = os.pathsep.join(filter(None, (str(ROOT), mine.get("PYTHONPATH", ""))))
    return {**mine, "PYTHONPATH": path, "ORDER_SYNC_HOME": str(home), **more}


def connect(sync: OrderSync, sandbox: Sandbox, **changes: str) -> None:
    """Join the simulated shop to the simulated supplier as ``main``: on, live, automatic."""
    credentials = sandbox.credentials()
    settings = {
        "source.shop": credentials["shop"],
        "source.base_url": credentials["shopify_base_url"],
        "supplier.account": credentials["account"],
        "supplier.base_url": credentials["supplier_base_url"],
        "supplier.settle_s": "0.3",
        "supplier.timeout_s": "3",
    }
    secrets = {
        "source.token": credentials["token"],
        "source.client_secret": credentials["client_secret"],
        "supplier.api_key": credentials["api_key"],
    }
    given = {name.replace("__", "."): value for name, value in changes.items()}
    sync.connect(
        "main",
        source="shopify",
        supplier="ssactivewear",
        settings={**settings, **{k: v for k, v in given.items() if k not in secrets}},
        secrets={**secrets, **{k: v for k, v in given.items() if k in secrets}},
    )
    sync.change_settings("main", {"enabled": True, "auto_fulfillment": True, "test_order": False})


def opened(home: Path, **parts: Any) -> OrderSync:
    """The installation, in this process, whatever the environment says."""
    return OrderSync(home=home, environment={}, **parts)


class Program:
    """`order-sync …`, or a module of the tests, in a process of its own. What it says is read as it comes."""

    def __init__(self, home: Path, *arguments: str, module: str = "order_sync", **more: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment(home, **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with contextlib.suppress(ValueError):
            for line in self.process.stderr:
                self.lines.append(line.rstrip())

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    @property
    def pid(self) -> int:
        return self.process.pid

    def url(self) -> str:
        """Where `serve` listens, once it does."""

        def listening() -> str | None:
            ended = self.process.poll() is not None
            if ended:
                self._reader.join(5)
            found = next((found[1] for line in list(self.lines) if (found := _LISTENING.search(line))), None)
            assert found or not ended, f"it ended with {self.process.returncode}:\n{self.said}"
            return found

        return wait_for(listening, "the program listens")

    def wait_for_line(self, text: str) -> None:
        wait_for(lambda: text in self.said, f"{text!r} in what the program says")

    def ended(self, *, within_s: float = DEADLINE_S) -> int:
        """Its exit code, once it has ended by itself (or of its signal)."""
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {within_s:g} s:\n{self.said}") from None

    def kill(self) -> None:
        """kill -9, and its end."""
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended(within_s=60)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.kill()
        self._reader.join(5)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def serve(home: Path, *arguments: str, **more: str) -> Program:
    """`order-sync serve` on a free port; few workers, and no look at the shop unless asked for."""
    given = ("--workers", "4") if "--workers" not in arguments else ()
    every = ("--every", "1h") if "--every" not in arguments else ()
    return Program(home, "serve", "--port", "0", *given, *every, *arguments, **more)


@contextlib.contextmanager
def serving(app: object) -> Iterator[str]:
    """The address of an application of this process while it is served from a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
    server.install_signal_handlers = lambda: None  # the main thread belongs to pytest
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    wait_for(lambda: server.started, "the application is served")
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def post(url: str, delivery: Any, *, name: str = "main", timeout_s: float = 15.0) -> int:
    """Deliver an event as the shop does; 0 when no answer came."""
    try:
        answer = httpx.post(
            f"{url}/webhooks/{name}", content=delivery.body, headers=delivery.headers, timeout=timeout_s
        )
    except httpx.TransportError:
        return 0
    return answer.status_code
