"""Two thousand events a second: what was acknowledged is stored, what was not was refused."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.faults.harness import LONG, ROOT, connect, environment, opened, serve

RATE = 2000
SECONDS = 10 if LONG else 3


@pytest.mark.timeout(300)
def test_under_load_every_acknowledged_event_is_stored_and_every_other_one_was_refused(tmp_path, sandbox):
    with opened(tmp_path) as sync:
        connect(sync, sandbox)
        shop = sandbox.shopify
        with serve(tmp_path, "--workers", "8") as program:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "tests.faults.load"),
                    *(program.url(), shop.client_secret, shop.domain, str(RATE), str(SECONDS)),
                ],
                cwd=ROOT,
                env=environment(tmp_path),
                capture_output=True,
                text=True,
                timeout=240,
            )
            assert done.returncode == 0, done.stderr
            told = json.loads(done.stdout)
            taken = {f"load-{number}" for number in told.pop("taken")}
            program.kill()  # at once, so that only what was on disk when it was acknowledged counts
        with sync.container.ledger().database.read() as db:
            stored = {key.partition("/")[0] for (key,) in db.exec_driver_sql("SELECT delivery_key FROM inbox")}
        print(f"\nload: {json.dumps(told)}")
        assert taken and taken <= stored
        assert sum(told["statuses"].values()) == RATE * SECONDS
        assert set(told["statuses"]) <= {"200", "503", "0"}
        assert "Traceback" not in program.said
