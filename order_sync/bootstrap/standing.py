"""The doctor's look at whether a connection works now: pauses, the supplier's limit and circuit, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from order_sync.bootstrap.checks import FAIL, OK, WARN, Check
from order_sync.core.model.account_gate import Circuit
from order_sync.core.model.settings import Connection
from order_sync.core.policies.pacing import interval_s, look
from order_sync.core.ports import LookSummary, Pause

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

LATE = timedelta(minutes=15)
"""An event that waits longer means that nobody works."""


def standing(sync: OrderSync, connection: Connection) -> Iterator[Check]:
    """Every finding about a connection's present work."""
    name, now = connection.name, sync.container.clock().now()
    pause = sync.container.pauses().all().get(name)
    if pause is not None and (pause.until is None or now < pause.until):
        yield _paused(pause)
    yield _circuit(sync, connection, now)
    oldest = sync.container.inbox().stats().oldest.get(name)
    if oldest is not None and now - oldest > LATE:
        yield Check(
            name,
            "events",
            WARN,
            f"Events wait since {oldest:%Y-%m-%d %H:%M} UTC: nobody works on them.",
            f"order-sync serve, or once: order-sync sync {name}",
        )
    last = sync.container.ledger().last_looks().get(name)
    if last is not None:
        yield _looked(last)


def _paused(pause: Pause) -> Check:
    if pause.by_person:
        why = f": {pause.reason}" if pause.reason else "."
        detail = f"Nothing is bought: paused by a person since {pause.since:%Y-%m-%d %H:%M} UTC{why}"
        return Check(pause.connection, "pause", WARN, detail, pause.next_action)
    until = "until it is mended" if pause.until is None else f"until {pause.until:%H:%M:%S} UTC"
    credentials = pause.code in ("authentication", "access_denied")
    detail = f"Paused {until}: {pause.reason}"
    return Check(pause.connection, "pause", FAIL, detail, pause.next_action, credentials=credentials)


def _circuit(sync: OrderSync, connection: Connection, now: datetime) -> Check:
    name = connection.name
    gate = sync.container.account_gates().read(connection.supplier_account)
    if gate.circuit(now) is not Circuit.CLOSED:
        detail = f"The supplier failed {gate.failures} times in a row and is left alone for a while."
        return Check(name, "supplier calls", WARN, detail, "Nothing to do: one call finds out when it works again.")
    wait_s = look(gate, now).wait_s
    if wait_s:
        detail = f"The supplier's limit is reached; the next call is in {wait_s:.0f} s."
        return Check(name, "supplier calls", WARN, detail, "Nothing to do: work goes on by itself.")
    spread_s = interval_s(gate, now)
    detail = f"go through, spread to one in {spread_s:.1f} s" if spread_s else "go through"
    return Check(name, "supplier calls", OK, detail)


def _looked(last: LookSummary) -> Check:
    when = f"{last.started_at:%Y-%m-%d %H:%M} UTC: {last.listed} orders changed, {last.hinted} new to us"
    if last.problem:
        return Check(last.connection, "last look", WARN, f"{when}; it ended early: {last.problem}", "It is repeated.")
    return Check(last.connection, "last look", OK, when)
