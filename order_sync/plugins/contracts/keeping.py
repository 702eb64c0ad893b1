"""How the suites put records into a ledger, and do many things at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from order_sync.core.model.journal import JournalEntry
from order_sync.core.model.sync_record import RecordKey, SyncRecord
from order_sync.core.ports import Attempt, Claim, Ledger
from order_sync.plugins.contracts.builders import NOW

_LONGEST_S = 60.0


def claimed(
    ledger: Ledger, order_id: str, *, connection: str = "main", now: datetime = NOW, lease_s: float = 60.0
) -> Claim:
    """The claim of an order that nobody has."""
    claim = ledger.claim(connection, order_id, now=now, lease_s=lease_s)
    assert claim is not None, f"order {order_id} is claimed by somebody"
    return claim


def stored(
    ledger: Ledger,
    record: SyncRecord,
    *,
    entries: Sequence[JournalEntry] = (),
    calls: Callable[[Claim], Attempt] | None = None,
    now: datetime = NOW,
    free: bool = True,
) -> RecordKey:
    """Save a record under a claim of its order, which is given back if the order is to be ``free``."""
    claim = claimed(ledger, record.key.order_id, connection=record.key.connection, now=now)
    try:
        ledger.save(claim, record, attempt=calls(claim) if calls else None, entries=entries)
    finally:
        if free:
            ledger.give_back(claim)
    return record.key


def all_at_once(work: Callable[[int], None], *, threads: int) -> None:
    """Call ``work`` with 0, 1, … in so many threads that begin together; what one of them raises is raised here."""
    start = threading.Barrier(threads)
    raised: list[BaseException] = []

    def run(number: int) -> None:
        try:
            start.wait(_LONGEST_S)
            work(number)
        except BaseException as exc:
            raised.append(exc)

    running = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(_LONGEST_S)
    if raised:
        raise raised[0]
    assert not any(thread.is_alive() for thread in running), f"not done within {_LONGEST_S:g} s"
