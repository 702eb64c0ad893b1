"""The machine's clock."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SystemClock:
    """The time of day; a clock that is set back stands still instead, so that leases do not come alive again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """See Clock."""
        with self._lock:
            self._last = max(self._last, datetime.now(UTC))
            return self._last

    def sleep_s(self, seconds: float) -> None:
        """See Clock."""
        time.sleep(max(0.0, seconds))
