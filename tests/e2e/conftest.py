"""An installation in an empty folder, beside simulated servers, driven by the real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from order_sync.sandbox import Sandbox


class Installation:
    """Runs ``order-sync`` in processes of its own."""

    def __init__(self, home: Path, sandbox: Sandbox) -> None:
        self.home = home
        self.sandbox = sandbox
        credentials = sandbox.credentials()
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("ORDER_SYNC")},
            "ORDER_SYNC_HOME": str(home),
            "SHOPIFY_TOKEN": credentials["token"],
            "SS_API_KEY": credentials["api_key"],
        }

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "order_sync", *args],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *args: str, code: int = 0) -> str:
        process = self.start(*args)
        out, err = process.communicate(timeout=90)
        assert process.returncode == code, (args, process.returncode, out, err)
        assert "Traceback" not in err
        self.errors = err
        return out

    def json(self, *args: str, code: int = 0) -> dict:
        return json.loads(self.run(*args, "--json", code=code))

    def set_up(self, *settings: str) -> None:
        credentials = self.sandbox.credentials()
        self.run(
            *("connect", "main", "--source", "shopify", "--supplier", "ssactivewear"),
            *("--set", f"source.shop={credentials['shop']}"),
            *("--set", f"source.base_url={credentials['shopify_base_url']}"),
            *("--secret", "source.token=env:SHOPIFY_TOKEN"),
            *("--set", f"supplier.account={credentials['account']}"),
            *("--set", f"supplier.base_url={credentials['supplier_base_url']}"),
            *("--set", "supplier.settle_s=1", "--secret", "supplier.api_key=env:SS_API_KEY"),
        )
        self.run("settings", "main", *settings)

    def everything(self) -> dict[str, bytes]:
        """Every file of the installation, to see whether something changed."""
        return {str(path): path.read_bytes() for path in self.home.rglob("*") if path.is_file()}


@pytest.fixture
def installation(tmp_path, sandbox):
    home = tmp_path / "home"
    home.mkdir()
    return Installation(home, sandbox)


LIVE = ("enabled=true", "auto_fulfillment=true", "test_order=false", "disable_dropshipping=false")
SINCE = ("--since", "2026-01-01T00:00:00Z")
