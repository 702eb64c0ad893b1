"""Finding what is due: the ledger's due records and the events not yet applied become hints again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from threading import Lock

from order_sync.core.ports import Clock, Inbox, Ledger, Pause, Pauses, WorkKey
from order_sync.core.use_cases.erase_old_data import EraseOldData
from order_sync.core.use_cases.work_on_order import LOOKED, PAUSED, Worked

LONGEST_WAIT_S = 1.0
"""What other processes store is found within this time (seconds)."""
DEAD_CLAIMS_EVERY = timedelta(seconds=5)
KEEP_APPLIED = timedelta(days=7)
"""Applied events are kept this long, so that their repeats are known; Shopify repeats for hours (webhook documents)."""
PRUNE_EVERY = timedelta(hours=1)
ERASE_EVERY = timedelta(hours=1)
_ERASE_AGAIN = timedelta(minutes=5)
"""After erasing failed."""
_LONGEST_PUT_OFF_S = 300.0
_MOST_SHARES = 20


class Sweep:
    """Submits what is due and free. Hints may be lost anywhere: this brings them back.

    Args:
        submit: takes a hint.
        batch: so many orders are submitted at once; the rest when those are done.
        old_data: erases customers' data that is no longer needed, a batch a sweep; None: nobody does here.
    """

    def __init__(
        self,
        ledger: Ledger,
        inbox: Inbox,
        pauses: Pauses,
        clock: Clock,
        submit: Callable[[WorkKey], None],
        *,
        batch: int,
        old_data: EraseOldData | None = None,
    ) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._pauses = pauses
        self._clock = clock
        self._submit = submit
        self._batch = batch
        self._old_data = old_data
        self._lock = Lock()
        self._not_before: dict[WorkKey, tuple[datetime, float]] = {}
        self._connection_not_before: dict[str, datetime] = {}
        self._paused: frozenset[str] = frozenset()
        self._was_paused: frozenset[str] = frozenset()
        self._dead_claims_at: datetime | None = None
        self._prune_at: datetime | None = None
        self._erase_at: datetime | None = None

    def __call__(self) -> tuple[int, float]:
        """Submit what is due; returns (how many, seconds until the next sweep is worth it).

        Raises:
            StorageError: the ledger cannot be read; the next sweep tries again.
        """
        now = self._clock.now()
        self._keep_house(now)
        pauses = self._pauses.all()
        resting = self._resting(now, pauses)
        due = self._share(
            lambda limit, without: self._ledger.due_orders(until=now, limit=limit, without=without), resting
        )
        hinted = self._share(lambda limit, without: self._inbox.waiting_orders(limit=limit, without=without), resting)
        keys = [WorkKey(*found) for found in dict.fromkeys((*due, *hinted))]
        ready = [key for key in keys if not self._is_put_off(key, now)]
        for key in ready:
            self._submit(key)
        self._erase_old_data(now)
        return len(ready), self._wait_s(now)

    def _share(
        self, ask: Callable[[int, set[str]], Iterable[tuple[str, str]]], resting: set[str]
    ) -> list[tuple[str, str]]:
        """A batch of every connection: one with a thousand orders, or with some that are put off, hides no other's."""
        with self._lock:
            limit = self._batch + len(self._not_before)
        found: list[tuple[str, str]] = []
        for _ in range(_MOST_SHARES):
            page = list(ask(limit, resting))
            found += page
            if len(page) < limit:
                break
            resting = resting | {connection for connection, _ in page}
        return found

    def note(self, key: WorkKey, worked: Worked) -> None:
        """Remember what came of a hint, so that it is not tried again too soon."""
        now = self._clock.now()
        if worked.outcome == LOOKED and key.connection in self._was_paused:
            self._pauses.resume(key.connection)
        with self._lock:
            if worked.outcome == PAUSED:
                # until the next sweep; then the ledger says whether somebody ended the pause
                self._paused |= {key.connection}
            elif worked.connection_in_s is not None:
                self._connection_not_before[key.connection] = now + timedelta(seconds=worked.connection_in_s)
            if worked.again_in_s is None:
                self._not_before.pop(key, None)
                return
            last_s = self._not_before.get(key, (now, 0.0))[1]
            wait_s = max(worked.again_in_s, min(_LONGEST_PUT_OFF_S, last_s * 2 if worked.again_in_s > 1 else last_s))
            self._not_before[key] = (now + timedelta(seconds=wait_s), wait_s)

    def rests(self, connection: str) -> bool:
        """Whether a connection is paused or limited, as far as known from the last sweep: its hints can wait."""
        with self._lock:
            until = self._connection_not_before.get(connection)
            return connection in self._paused or (until is not None and self._clock.now() < until)

    def _is_put_off(self, key: WorkKey, now: datetime) -> bool:
        with self._lock:
            known = self._not_before.get(key)
        # a clock set back must not put anything off for longer than was meant
        return known is not None and now < known[0] <= now + timedelta(seconds=known[1])

    def _resting(self, now: datetime, every: dict[str, Pause]) -> set[str]:
        """Connections of which nothing is submitted. Where a person paused the buying, all the rest goes on."""
        pauses = {name: pause for name, pause in every.items() if not pause.by_person}
        paused = {name for name, pause in pauses.items() if pause.until is None or now < pause.until}
        with self._lock:
            self._paused = frozenset(paused)
            self._was_paused = frozenset(pauses.keys() - paused)
            limited = {name for name, until in self._connection_not_before.items() if now < until}
        return paused | limited

    def _wait_s(self, now: datetime) -> float:
        following = self._ledger.next_due_at(after=now)
        with self._lock:
            times = [until for until, _ in self._not_before.values() if until > now]
            times += [until for until in self._connection_not_before.values() if until > now]
        if following is not None:
            times.append(following)
        soonest = min(times, default=None)
        if soonest is None:
            return LONGEST_WAIT_S
        return min(LONGEST_WAIT_S, max(0.01, (soonest - now).total_seconds()))

    def _forget_put_off(self, now: datetime) -> None:
        """What was put off long ago and never came back was done by somebody else."""
        long_ago = now - timedelta(seconds=2 * _LONGEST_PUT_OFF_S)
        with self._lock:
            self._not_before = {key: known for key, known in self._not_before.items() if known[0] > long_ago}

    def _keep_house(self, now: datetime) -> None:
        if self._dead_claims_at is None or now >= self._dead_claims_at:
            self._ledger.free_dead_claims(now=now)
            self._forget_put_off(now)
            self._dead_claims_at = now + DEAD_CLAIMS_EVERY
        if self._prune_at is None or now >= self._prune_at:
            self._inbox.prune(before=now - KEEP_APPLIED)
            self._prune_at = now + PRUNE_EVERY

    def _erase_old_data(self, now: datetime) -> None:
        """One batch, after everything due was submitted: what fails here keeps no order waiting."""
        if self._old_data is None or (self._erase_at is not None and now < self._erase_at):
            return
        self._erase_at = now + _ERASE_AGAIN
        more = self._old_data.step()
        self._erase_at = now if more else now + ERASE_EVERY
