"""Who holds a claim, so that the claim of a process that died can be taken over at once."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """The running process as ``host|boot|pid|start``: never the same for two processes."""
    pid = os.getpid()
    return f"{socket.gethostname()}|{_boot_id()}|{pid}|{_start_of(pid)}"


def is_dead(owner: str) -> bool:
    """Whether that process certainly runs no more. False when it cannot be known (another host)."""
    try:
        host, boot, pid, start = owner.split("|")
    except ValueError:
        return False
    if host != socket.gethostname() or not _boot_id():
        return False
    return boot != _boot_id() or _start_of(int(pid)) != start


def _boot_id() -> str:
    """The kernel's id of this boot and pid namespace (Linux); empty elsewhere, so nothing is called dead there."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        # containers on one host share the boot, but not the process numbers
        return f"{boot}-{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _start_of(pid: int) -> str:
    """When a process started, in the kernel's ticks since boot; empty when there is no such process.

    Source: proc(5), /proc/pid/stat, field 22. The second field may hold spaces, so count after its last ")".
    A zombie (state Z) runs no more.
    """
    try:
        after = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if after[0] in "ZX" else after[19]
