"""An installation in processes of its own: ``order-sync serve`` and workers that may be killed at any moment."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from order_sync.sandbox import Sandbox


def wait_for(condition: Callable[[], Any], what: str, *, within_s: float = 60.0, every_s: float = 0.05) -> Any:
    """What the condition gives once it is true; fails with ``what`` when it is not in time."""
    deadline = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not in {within_s:g} s: {what}"
        time.sleep(every_s)


class Running:
    """A process of the installation with what it said on stderr so far."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        self.arguments = list(arguments)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "order_sync", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as pipe:
            for line in pipe:
                self.said.append(line.rstrip())

    @property
    def url(self) -> str:
        """Where a ``serve`` listens."""

        def said() -> str:
            assert self.process.poll() is None, self.said
            found = re.search(r"Listening on (http://[^\s,]+)", "\n".join(self.said))
            return found[1] if found else ""

        return str(wait_for(said, f"{self.arguments} listens: {self.said}"))

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(30)
        self._reader.join(5)

    def stop(self, within_s: float = 60.0) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(within_s)
        self._reader.join(5)
        return code

    def end(self) -> None:
        """However it stands, it is gone afterwards."""
        if self.process.poll() is None:
            self.kill()


class Installation:
    """One home beside the simulated servers; every process it started is ended with it."""

    def __init__(self, home: Path, sandbox: Sandbox, *, settle_s: float = 1.0, timeout_s: float = 3.0) -> None:
        self.home = home
        self.sandbox = sandbox
        credentials = sandbox.credentials()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ORDER_SYNC")},
            "ORDER_SYNC_HOME": str(home),
            "SHOP_TOKEN": credentials["token"],
            "SHOP_SECRET": credentials["client_secret"],
            "SS_API_KEY": credentials["api_key"],
        }
        self.running: list[Running] = []
        self.run(
            *("connect", "main", "--source", "shopify", "--supplier", "ssactivewear"),
            *("--set", f"source.shop={credentials['shop']}"),
            *("--set", f"source.base_url={credentials['shopify_base_url']}"),
            *("--secret", "source.token=env:SHOP_TOKEN", "--secret", "source.client_secret=env:SHOP_SECRET"),
            *("--set", f"supplier.account={credentials['account']}"),
            *("--set", f"supplier.base_url={credentials['supplier_base_url']}"),
            *("--set", f"supplier.settle_s={settle_s}", "--set", f"supplier.timeout_s={timeout_s}"),
            *("--secret", "supplier.api_key=env:SS_API_KEY"),
        )
        self.run("settings", "main", "enabled=true", "auto_fulfillment=true", "test_order=false")

    def run(self, *arguments: str, code: int = 0) -> str:
        """A command to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "order_sync", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def start(self, *arguments: str) -> Running:
        """A process that goes on."""
        running = Running(arguments, self.environment)
        self.running.append(running)
        return running

    def serve(self, *arguments: str) -> Running:
        """``order-sync serve`` on a free port."""
        return self.start("serve", "--port", "0", *arguments)

    def end(self) -> None:
        """End every process."""
        for each in self.running:
            each.end()

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """What the ledger's file says, asked from outside."""
        path = self.home / "ledger.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
            return db.execute(sql, parameters).fetchall()

    def states(self) -> dict[str, int]:
        """Records by state."""
        return dict(self.rows("SELECT state, count(*) FROM sync_record GROUP BY state"))

    def waiting_events(self) -> int:
        """Events that nobody has applied."""
        return int(self.rows("SELECT count(*) FROM inbox WHERE applied_at IS NULL")[0][0])
