"""The pages on the simulated servers, with orders flowing."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import httpx

from tests.e2e.conftest import Installation
from tests.faults.harness import wait_for


def test_the_demo_serves_the_pages_while_sample_orders_flow(installation: Installation, tmp_path: Path):
    installation.environment["TMPDIR"] = str(tmp_path)
    process = installation.start("demo", "--serve")
    try:
        assert process.stderr is not None
        told = ""
        while "token=" not in told:
            line = process.stderr.readline()
            assert line, told
            told += line
        link = re.search(r"http://127\.0\.0\.1:\d+/login\?token=\S+", told)
        assert link
        with httpx.Client(follow_redirects=True) as operator:
            assert operator.get(link[0]).url.path == "/connections"
            orders = str(operator.get(link[0]).url.join("/orders"))
            wait_for(lambda: "placed</span>" in operator.get(orders).text, "an order is bought", within_s=30)
            assert operator.get(orders).text.count("badge held") >= 1
    finally:
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
    assert process.returncode == 0 and "Traceback" not in rest
    assert list(tmp_path.glob("order-sync-demo-*")) == []
