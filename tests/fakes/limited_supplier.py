"""A supplier account with a limit per minute, and clients that share its gate, in simulated time."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from order_sync.adapters.memory import InMemoryAccountGates
from order_sync.core.errors import RateLimitedError
from order_sync.core.policies.pacing import Answer
from order_sync.core.use_cases.supplier_calls import SupplierCalls
from tests.builders import NOW


class EventClock:
    """Stands where the simulation put it; a sleep is only noted, because others go on meanwhile."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self.slept = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.at_s)

    def sleep_s(self, seconds: float) -> None:
        self.slept = seconds


@dataclass
class FixedMinutes:
    """Counts calls per minute; a minute begins ``phase_s`` before the simulation does, and again every 60 s."""

    limit: int = 60
    phase_s: float = 0.0
    tells: bool = True
    counts: dict[int, int] = field(default_factory=dict)

    def answer(self, at_s: float) -> Answer:
        minute = int((at_s + self.phase_s) // 60)
        used = self.counts.get(minute, 0)
        if used >= self.limit:
            return Answer(429, 0 if self.tells else None)
        self.counts[minute] = used + 1
        return Answer(200, self.limit - used - 1 if self.tells else None)


@dataclass
class Outcome:
    """What happened: when each call was answered (seconds), how many were refused, every wait asked for."""

    ended_s: list[float] = field(default_factory=list)
    refused: int = 0
    waits_s: list[float] = field(default_factory=list)


def simulate(supplier: FixedMinutes, *, clients: int, calls: int, latency_s: float, until_s: float = 3600.0) -> Outcome:
    """``clients`` make ``calls`` calls altogether, each the next when its last was answered."""
    clock, outcome = EventClock(), Outcome()
    gate = SupplierCalls(InMemoryAccountGates(), clock, "s:1")
    left = calls
    queue: list[tuple[float, int, str, float | Answer]] = [(0.0, number, "ask", 0.0) for number in range(clients)]
    heapq.heapify(queue)
    serial = clients
    while queue and queue[0][0] < until_s:
        at_s, _, what, detail = heapq.heappop(queue)
        clock.at_s = at_s
        serial += 1
        if what == "ask":
            if not left:
                continue
            clock.slept = 0.0
            try:
                gate.enter("supplier", "order", longest_call_s=30)
            except RateLimitedError as exc:
                outcome.waits_s.append(exc.retry_after_s or 0.0)
                heapq.heappush(queue, (at_s + (exc.retry_after_s or 0.0), serial, "ask", 0.0))
                continue
            left -= 1
            outcome.waits_s.append(clock.slept)
            heapq.heappush(queue, (at_s + clock.slept, serial, "arrive", 0.0))
        elif what == "arrive":
            heapq.heappush(queue, (at_s + latency_s, serial, "answer", supplier.answer(at_s)))
        else:
            assert isinstance(detail, Answer)
            gate.answered("order", detail, seconds=latency_s, per_minute=supplier.limit)
            if detail.status == 429:
                outcome.refused += 1
                left += 1
            else:
                outcome.ended_s.append(at_s)
            heapq.heappush(queue, (at_s, serial, "ask", 0.0))
    return outcome
