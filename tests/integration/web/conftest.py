"""The application on a real socket, over an installation beside the simulated servers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from order_sync import OrderSync


@contextmanager
def served(app: object) -> Iterator[str]:
    """The application's address while it is served from a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on"))
    server.install_signal_handlers = lambda: None  # the main thread belongs to pytest
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def wait_for(condition: Callable[[], object], *, within_s: float = 20.0) -> None:
    """Return when it holds; fail when it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def environment() -> dict[str, str]:
    return {}


@pytest.fixture
def sync(tmp_path, sandbox, environment):
    credentials = sandbox.credentials()
    with OrderSync(home=tmp_path, environment=environment) as opened:
        opened.connect(
            "main",
            source="shopify",
            supplier="ssactivewear",
            settings={
                "source.shop": credentials["shop"],
                "source.base_url": credentials["shopify_base_url"],
                "supplier.account": credentials["account"],
                "supplier.base_url": credentials["supplier_base_url"],
                "supplier.settle_s": "0.2",
            },
            secrets={
                "source.token": credentials["token"],
                "source.client_secret": credentials["client_secret"],
                "supplier.api_key": credentials["api_key"],
            },
        )
        opened.change_settings("main", {"enabled": True, "auto_fulfillment": True, "test_order": False})
        yield opened
