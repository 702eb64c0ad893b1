"""The application on a real socket, over an installation beside the simulated servers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from order_sync import OrderSync
from tests.faults.harness import connect, wait_for


@contextmanager
def served(app: object) -> Iterator[str]:
    """The application's address while it is served from a thread."""
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


@pytest.fixture
def environment() -> dict[str, str]:
    return {}


@pytest.fixture
def sync(tmp_path, sandbox, environment):
    with OrderSync(home=tmp_path, environment=environment) as opened:
        connect(opened, sandbox)
        yield opened


@pytest.fixture
def empty(tmp_path):
    """Nothing is connected yet."""
    with OrderSync(home=tmp_path, environment={}) as opened:
        yield opened


@pytest.fixture
def person(sync):
    """Somebody who has logged in, before the connection ``main``."""
    from tests.integration.web.person import person_at

    with person_at(sync) as somebody:
        yield somebody
