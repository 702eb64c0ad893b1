"""What needs a person now, grouped by cause, and which of it is to be told. Pure.

A message says what is wrong now, not what just happened: a cause is told once while it stands, again when it grew
tenfold, and anew when it had ended and came back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from order_sync.core.model.account_gate import AccountGate, Circuit
from order_sync.core.model.notice import Notice
from order_sync.core.model.sync_record import LineOutcome, State, SyncRecord
from order_sync.core.model.task import Task
from order_sync.core.policies.redaction import OTHERS_WORDS, next_action_of, one_line, reason_of
from order_sync.core.ports.pauses import Pause

GATHER = timedelta(seconds=60)
"""After a cause is first seen, so that a hundred orders give one message."""
DOUBT_PATIENCE = timedelta(minutes=15)
"""A doubt is settled by looking the purchase up, mostly within minutes."""
CIRCUIT_PATIENCE = timedelta(minutes=5)
GROWN = 10
MARK = "#"
"""Notices whose cause begins so are marks of ours, not causes."""
BY_A_PERSON = "paused"
"""The code of a pause that somebody made: it is no news."""
_LONGEST_KEY = 200
_LONGEST_DETAIL = 120
_NAMES = 3
_NUMBER = re.compile(r"\S*\d\S*")


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that needs a person.

    Attributes:
        what: "held", "in doubt", "paused", …: what its orders, or the connection, are.
        detail: the SKU or the supplier's words at fault; empty when the code says it all.
        names: the orders concerned; empty when it is about a connection or an account.
        since: since when, as far as known.
        patience: it often ends by itself within this.
    """

    connection: str
    code: str
    what: str
    detail: str = ""
    why: str = ""
    next_action: str = ""
    names: tuple[str, ...] = ()
    since: datetime | None = None
    patience: timedelta = field(default_factory=timedelta)

    @property
    def count(self) -> int:
        """How many orders."""
        return max(1, len(self.names))

    @property
    def key(self) -> str:
        """By which it is remembered."""
        key = f"{self.what}:{self.code}:{self.detail}"
        return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed since people were last told: ``fresh`` is to be remembered, ``ended`` forgotten, ``ready`` told."""

    fresh: tuple[Notice, ...]
    ended: tuple[Notice, ...]
    ready: tuple[Cause, ...]


def causes_of(
    records: Iterable[SyncRecord],
    pauses: Mapping[str, Pause],
    gates: Mapping[str, AccountGate],
    now: datetime,
    overdue: Iterable[Task] = (),
) -> tuple[Cause, ...]:
    """Every cause that stands now; records of one cause together.

    Args:
        overdue: tasks of kind OVERDUE: no record says by itself that its time has passed.
    """
    found: dict[tuple[str, str], Cause] = {}
    for cause in (*map(_of_record, records), *map(_of_overdue, overdue)):
        if cause is None:
            continue
        key = (cause.connection, cause.key)
        found[key] = _joined(found[key], cause) if key in found else cause
    paused = (_of_pause(pause) for pause in pauses.values() if pause.code != BY_A_PERSON)
    failing = (_of_gate(name) for name, gate in gates.items() if gate.circuit(now) is not Circuit.CLOSED)
    return (*found.values(), *paused, *failing)


def _of_record(record: SyncRecord) -> Cause | None:
    if record.state is State.IN_DOUBT:
        what, patience = "in doubt", timedelta() if record.reason_code == "cannot_look_up" else DOUBT_PATIENCE
    elif record.needs_person:
        what, patience = "held" if record.state is State.HELD else "waiting for a person", timedelta()
    else:
        return None
    return Cause(
        connection=record.key.connection,
        code=record.reason_code or str(record.state),
        what=what,
        detail=_detail(record),
        why=reason_of(record),
        next_action=next_action_of(record),
        names=(one_line(record.order_name),),
        since=record.doubt_since or record.reason_since or record.updated_at,
        patience=patience,
    )


def _of_overdue(task: Task) -> Cause:
    own = task.reason_code != task.record.reason_code  # said of the record, not by it
    return Cause(
        connection=task.record.key.connection,
        code=task.reason_code,
        what="overdue",
        why=one_line(task.reason) if own else reason_of(task.record),
        next_action=one_line(task.next_action) if own else next_action_of(task.record),
        names=(one_line(task.record.order_name),),
        since=task.since,
    )


def _detail(record: SyncRecord) -> str:
    """The SKU at fault, else a supplier's words without the numbers in which one order differs from the next."""
    skus = sorted({line.sku for line in record.lines if line.outcome is LineOutcome.HELD and line.sku})
    if skus:
        return one_line(skus[0])[:_LONGEST_DETAIL]
    if record.reason_code in OTHERS_WORDS:
        return _NUMBER.sub("…", reason_of(record))[:_LONGEST_DETAIL]
    return ""


def _joined(one: Cause, other: Cause) -> Cause:
    known = [since for since in (one.since, other.since) if since is not None]
    names = one.names if other.names[0] in one.names else (*one.names, *other.names)
    why = one.why if one.why == other.why else ""
    return replace(one, names=names, why=why, since=min(known, default=None))


def _of_pause(pause: Pause) -> Cause:
    return Cause(
        connection=pause.connection,
        code=pause.code,
        what="paused",
        why=one_line(pause.reason),
        next_action=one_line(pause.next_action),
        since=pause.since,
    )


def _of_gate(account: str) -> Cause:
    return Cause(
        connection="",
        code="circuit_open",
        what="failing",
        detail=account,
        why="The supplier fails again and again and is left alone for a while; orders wait.",
        next_action="Look whether the supplier works; it is tried again by itself.",
        patience=CIRCUIT_PATIENCE,
    )


def compare(causes: Iterable[Cause], notices: Iterable[Notice], now: datetime, *, gathered: bool) -> Comparison:
    """What is new, over and to be told. ``gathered``: everything was looked at just now, so nothing is waited for."""
    known = {(n.connection, n.cause): n for n in notices if not n.cause.startswith(MARK)}
    fresh, ready = [], []
    for cause in causes:
        notice = known.pop((cause.connection, cause.key), None)
        if notice is None:
            notice = Notice(cause.connection, cause.key, since=now)
            fresh.append(notice)
        if _is_ready(cause, notice, now, gathered=gathered):
            ready.append(cause)
    return Comparison(tuple(fresh), tuple(known.values()), tuple(ready))


def _is_ready(cause: Cause, notice: Notice, now: datetime, *, gathered: bool) -> bool:
    if notice.told_at is not None:
        return cause.count >= GROWN * max(1, notice.count)
    patient = now - min(cause.since or notice.since, notice.since) >= cause.patience
    return patient and (gathered or now - notice.since >= GATHER)


def grouped(causes: Iterable[Cause]) -> tuple[tuple[Cause, ...], ...]:
    """Causes that go into one message: of one connection, with one code."""
    groups: dict[tuple[str, str, str], list[Cause]] = {}
    for cause in causes:
        groups.setdefault((cause.connection, cause.what, cause.code), []).append(cause)
    return tuple(tuple(group) for group in groups.values())


def message_of(group: tuple[Cause, ...]) -> tuple[str, str]:
    """Title and body of one message: how many, why, what to do, the first names."""
    first = group[0]
    details = [cause.detail for cause in group if cause.detail]
    names = list(dict.fromkeys(name for cause in group for name in cause.names))
    title = _headline(first, len(names), details)
    why = first.why if len(group) == 1 else ""
    fault = f"{first.code} {_some(details)}".strip()
    lines = [f"{title}: {fault}.", why, f"Next: {first.next_action}" if first.next_action else ""]
    lines.append(f"{_some(names)}." if names else "")
    return f"Order Sync: {title}", "\n".join(line for line in lines if line)


def _headline(first: Cause, orders: int, details: list[str]) -> str:
    if orders:
        noun, verb = ("order", "is") if orders == 1 else ("orders", "are")
        return f"{orders} {noun} of {first.connection} {verb} {first.what}"
    if first.connection:
        return f"{first.connection} is {first.what}"
    return f"{_some(details)} is {first.what}"


def _some(words: list[str]) -> str:
    more = f" and {len(words) - _NAMES} more" if len(words) > _NAMES else ""
    return ", ".join(words[:_NAMES]) + more
