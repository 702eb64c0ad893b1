"""When to try again."""

from __future__ import annotations

import math
import zlib
from datetime import UTC, datetime, timedelta

MAX_ATTEMPTS = 12
"""After so many failures in a row a record is held instead of tried again."""


def delay(attempts: int, seed: str, *, base_s: float = 1.0, cap_s: float = 900.0) -> timedelta:
    """How long to wait after the n-th failure: anything up to base * 2^(n-1), capped (full jitter).

    So orders that failed together do not return together. The draw comes from ``seed`` (an order id), so that a
    test can foretell it. At least a tenth of the base, so that the same order does not return at once.
    """
    full = min(cap_s, base_s * 2.0 ** max(0, min(attempts, 30) - 1))
    drawn = (zlib.crc32(f"{seed}:{attempts}".encode()) % 1000) / 1000
    return timedelta(seconds=max(base_s / 10, full * drawn))


READABLE = timedelta(days=85)
"""How far back a supplier is trusted to show an order: S&S shows about 3 months (S&S API v2, GET orders page)."""


_SLOTS = 12


def follow_at(now: datetime, bought_at: datetime) -> datetime | None:
    """When a bought order is asked after again; None when the supplier no longer shows it.

    Rounded up to a twelfth of the delay (5 minutes at first): what is due at the same moment is asked about at once.
    """
    wait = follow_delay(now - bought_at)
    if wait is None:
        return None
    slot_s = wait.total_seconds() / _SLOTS
    return datetime.fromtimestamp(math.ceil((now + wait).timestamp() / slot_s) * slot_s, UTC)


def follow_delay(age: timedelta) -> timedelta | None:
    """How long until a bought order is asked after again; None when the supplier no longer shows it.

    Hourly reading is S&S's own advice, and orders are readable for about 3 months (S&S API v2, developers
    guide and GET orders page).
    """
    if age < timedelta(days=1):
        return timedelta(hours=1)
    if age < timedelta(days=7):
        return timedelta(hours=4)
    return timedelta(days=1) if age < READABLE else None
