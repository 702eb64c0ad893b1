"""Telling people what needs them, once for each cause, and once a day what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from order_sync.core.model.notice import Notice
from order_sync.core.model.task import Task
from order_sync.core.policies.causes import Cause, Comparison, causes_of, compare, grouped, message_of
from order_sync.core.policies.digest import DAY, DIGEST, digest_of, is_due
from order_sync.core.ports import (
    AccountGates,
    Clock,
    Delivery,
    Ledger,
    Messenger,
    Notices,
    Pauses,
    RecordReader,
)

CLAIM = "#notify"
"""Claimed like an order, so that one process sends."""
SENT = "#sent"
"""The notice that says when a message last went out."""
FAILED = "#failed"
"""The notice of messages that do not go out: since when, the last try, how many."""
_CLAIM_S = 600.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 30.0, 3600.0


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one go: messages that went out, and what services said that did not take one."""

    sent: int = 0
    problems: tuple[Delivery, ...] = ()


class TellPeople:
    """Compares what stands with what was told, and sends the difference. Nothing else waits for it.

    A message is remembered after a service took it: after a crash in between it goes out once more.

    Args:
        digest_at: when the message of the day goes out (UTC); None: never.
        overdue: gives the tasks of kind OVERDUE.
    """

    def __init__(
        self,
        reader: RecordReader,
        ledger: Ledger,
        pauses: Pauses,
        gates: AccountGates,
        notices: Notices,
        messenger: Messenger,
        clock: Clock,
        digest_at: time | None = None,
        report: Callable[[str], None] = lambda outcome: None,
        overdue: Callable[[], Iterable[Task]] = tuple,
    ) -> None:
        self._reader = reader
        self._ledger = ledger
        self._pauses = pauses
        self._gates = gates
        self._notices = notices
        self._messenger = messenger
        self._clock = clock
        self._digest_at = digest_at
        self._report = report
        self._overdue = overdue

    def __call__(self, *, gathered: bool = False) -> Told:
        """Tell what is to be told now; nothing while another process does.

        Args:
            gathered: everything was looked at just now, so that no more of the same is waited for.

        Raises:
            StorageError: the ledger cannot be used.
        """
        causes = self._causes()
        if not self._something_to_do(self._compared(causes, gathered=gathered)):
            return Told()
        claim = self._ledger.claim("", CLAIM, now=self._clock.now(), lease_s=_CLAIM_S)
        if claim is None:
            return Told()
        try:
            return self._tell(causes, self._compared(causes, gathered=gathered))
        finally:
            self._ledger.give_back(claim)

    def digest(self) -> tuple[Delivery, ...]:
        """Send the message of the day now; the next goes out at its time all the same."""
        now = self._clock.now()
        return self._messenger.send(*self._digest_of(now - DAY, now))

    def _causes(self) -> tuple[Cause, ...]:
        now = self._clock.now()
        return causes_of(self._reader.asking(), self._pauses.all(), self._gates.all(), now, self._overdue())

    def _compared(self, causes: tuple[Cause, ...], *, gathered: bool) -> Comparison:
        return compare(causes, self._notices.all(), self._clock.now(), gathered=gathered)

    def _something_to_do(self, found: Comparison) -> bool:
        now, last = self._clock.now(), self._mark(DIGEST)
        digest = is_due(self._digest_at, last, now) or (self._digest_at is not None and last is None)
        waits = self._waits(now)
        return bool(found.fresh or found.ended) or ((bool(found.ready) or digest) and not waits)

    def _tell(self, causes: tuple[Cause, ...], found: Comparison) -> Told:
        now = self._clock.now()
        self._notices.put(*found.fresh)
        self._notices.remove(*found.ended)
        if self._waits(now):
            return Told()
        told = Told()
        known = {(n.connection, n.cause): n for n in (*self._notices.all(), *found.fresh)}
        for group in grouped(found.ready):
            went, problems = self._send(*message_of(group))
            told = Told(told.sent + went, told.problems + problems)
            if not went:
                return told
            now = self._clock.now()
            self._notices.put(
                *(replace(known[cause.connection, cause.key], told_at=now, count=cause.count) for cause in group)
            )
        return self._digest_if_due(told)

    def _digest_if_due(self, told: Told) -> Told:
        now, last = self._clock.now(), self._mark(DIGEST)
        if self._digest_at is not None and last is None:
            self._notices.put(Notice("", DIGEST, since=now))
        if last is None or not is_due(self._digest_at, last, now):
            return told
        since = max(last.told_at or now - DAY, now - 7 * DAY)
        went, problems = self._send(*self._digest_of(since, now))
        if went:
            self._notices.put(replace(last, told_at=now, count=last.count + 1))
        return Told(told.sent + went, told.problems + problems)

    def _digest_of(self, since: datetime, until: datetime) -> tuple[str, str]:
        return digest_of(self._reader.each(since=since), self._causes(), since=since, until=until)

    def _send(self, title: str, body: str) -> tuple[bool, tuple[Delivery, ...]]:
        """Whether any service took it, and what the others said."""
        deliveries = self._messenger.send(title, body)
        problems = tuple(delivery for delivery in deliveries if delivery.problem)
        went = len(problems) < len(deliveries)
        now = self._clock.now()
        self._report("sent" if went else "failed")
        if went:
            self._notices.put(Notice("", SENT, since=now, told_at=now))
            self._notices.remove(Notice("", FAILED, since=now))
        else:
            before = self._mark(FAILED)
            since, count = (before.since, before.count + 1) if before else (now, 1)
            self._notices.put(Notice("", FAILED, since=since, told_at=now, count=count))
        return went, problems

    def _waits(self, now: datetime) -> bool:
        """Whether messages did not go out just now: they are tried again later, and later."""
        failed = self._mark(FAILED)
        if failed is None or failed.told_at is None:
            return False
        wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(failed.count - 1, 10))
        # further ahead than any wait: the clock was set back
        return timedelta() <= now - failed.told_at < timedelta(seconds=wait_s)

    def _mark(self, cause: str) -> Notice | None:
        return next((n for n in self._notices.all() if (n.connection, n.cause) == ("", cause)), None)
