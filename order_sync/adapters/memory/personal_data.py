"""The PersonalData port over a ledger that a host brought: what a record holds is found through the Ledger port."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from order_sync.core.model.sync_record import SyncRecord
from order_sync.core.ports import Ledger

_CLAIM_S = 30.0
ERASED = "erased on request"


class InMemoryPersonalData:
    """Reads and writes records like everybody else: one that is being worked on now is not erased, and so counted.

    The reasons of past moves stay in such a ledger's history.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def export(self, connection: str, order_ids: Iterable[str]) -> list[dict[str, Any]]:
        """See PersonalData."""
        wanted = set(order_ids)
        return [_plain(asdict(r)) for r in self._ledger.find(connection=connection) if r.key.order_id in wanted]

    def erase(self, connection: str, order_ids: Iterable[str] | None) -> int:
        """See PersonalData."""
        wanted = None if order_ids is None else set(order_ids)
        found = self._ledger.find(connection=connection)
        return sum(self._erase(r) for r in found if wanted is None or r.key.order_id in wanted)

    def _erase(self, record: SyncRecord) -> bool:
        if record.intent_body is None and record.reason in ("", ERASED):
            return False
        key = record.key
        now = record.updated_at or datetime.min
        claim = self._ledger.claim(key.connection, key.order_id, now=now, lease_s=_CLAIM_S)
        if claim is None:
            return False
        try:
            self._ledger.save(claim, replace(record, intent_body=None, reason=ERASED))
        finally:
            self._ledger.give_back(claim)
        return True


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
