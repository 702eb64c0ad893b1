"""What can go wrong between a client and a server, to be switched on by a test."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from order_sync.sandbox.messages import Request

BEFORE_EFFECT = frozenset({"status", "cut_before"})
AFTER_EFFECT = frozenset({"delay", "status_after", "cut_after", "malformed", "html", "truncated"})


@dataclass
class Fault:
    """One failure, applied to the next requests that match.

    kind:
        delay         the effect happens, the answer waits `delay_s` (real seconds)
        status        `status` is answered, nothing happened
        status_after  the effect happens, then `status` is answered
        cut_before    connection closed without an answer, nothing happened
        cut_after     the effect happens, then the connection is closed without an answer
        malformed     the effect happens, 200 with JSON cut in the middle
        html          the effect happens, 200 with an HTML page
        truncated     the effect happens, the body ends before Content-Length says so
    method, path_contains, body_contains: all given ones must match; the path includes the query.
    times: how often it strikes; None is for ever. probability: chance per matching request, 0..1.
    delay_s: with every kind but `delay`, real seconds to wait before anything else.
    status, headers, body: of the answer, where there is one; by default the vendor's own error body.
    """

    kind: str
    method: str | None = None
    path_contains: str | None = None
    body_contains: str | None = None
    times: int | None = 1
    delay_s: float = 0.0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    probability: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in BEFORE_EFFECT | AFTER_EFFECT:
            raise ValueError(f"unknown fault kind {self.kind!r}")
        if self.kind in {"status", "status_after"} and self.status is None:
            raise ValueError(f"fault {self.kind!r} needs a status")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Fault:
        known = {item.name for item in fields(cls)}
        unknown = set(values) - known
        if unknown:
            raise ValueError(f"unknown fault members {sorted(unknown)}")
        return cls(**values)

    def matches(self, request: Request) -> bool:
        if self.method and self.method.upper() != request.method:
            return False
        where = request.path + "?" + "&".join(f"{key}={value}" for key, value in request.query)
        if self.path_contains and self.path_contains.lower() not in where.lower():
            return False
        return not self.body_contains or self.body_contains.encode() in request.body


class FaultBox:
    """The faults switched on at one server; the first one that matches strikes."""

    def __init__(self, seed: int = 0) -> None:
        self._faults: list[Fault] = []
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self.struck = 0  # requests that a fault was applied to

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def as_dicts(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(self, request: Request) -> Fault | None:
        """The fault to apply to this request, its count lowered; None when all is well."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(request) or self._chance.random() >= fault.probability:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                self.struck += 1
                return fault
        return None
