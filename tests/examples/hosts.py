"""Running a hosting application of the examples in a process of its own, as its README says."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.faults.harness import ROOT, Program, wait_for

EXAMPLES = ROOT / "examples"
_RUNNING = re.compile(r"Uvicorn running on (http://\S+)")


@contextmanager
def hosted(example: str, home: Path, *arguments: str, **environment: str) -> Iterator[httpx.Client]:
    """A client of the application while it is served; its end must be clean."""
    uvicorn = ("--app-dir", str(EXAMPLES / example), "--host", "127.0.0.1", "--port", "0")
    with Program(home, *uvicorn, *arguments, module="uvicorn", **environment) as program:

        def running() -> str | None:
            assert program.process.poll() is None, program.said
            found = _RUNNING.search(program.said)
            return found[1] if found else None

        url = wait_for(running, lambda: f"the host is served\n{program.said}", within_s=30)
        with httpx.Client(base_url=url, timeout=15) as client:
            yield client
        program.process.send_signal(signal.SIGTERM)
        # uvicorn ends of the signal that told it to end, after everything else has ended
        assert program.ended(within_s=20) in (0, -signal.SIGTERM), program.said
        wait_for(lambda: "Application shutdown complete" in program.said, lambda: program.said, within_s=5)
        assert "Traceback" not in program.said and "Error" not in program.said, program.said
