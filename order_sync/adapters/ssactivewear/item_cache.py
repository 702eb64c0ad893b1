"""Items, or their prices, that were looked up a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from order_sync.core.ports import Clock

Sku = TypeVar("Sku", bound=str)
T = TypeVar("T")

KEPT_S = 60.0
"""An account has 60 requests a minute (seen in client code); a minute-old stock is no worse than a fresh one."""

MOST_KEPT = 5000


PRICES_KEPT_S = 600.0
"""Prices change by the day at most."""


class ItemCache(Generic[Sku, T]):
    """What is known by SKU, for ``kept_s``; that a SKU is unknown is never kept. Thread-safe."""

    def __init__(self, clock: Clock, kept_s: float = KEPT_S) -> None:
        self._clock = clock
        self._kept_s = kept_s
        self._lock = Lock()
        self._kept: OrderedDict[Sku, tuple[datetime, T]] = OrderedDict()

    def get(self, skus: Iterable[Sku]) -> dict[Sku, T]:
        """Those that are still fresh."""
        now = self._clock.now()
        with self._lock:
            kept = {sku: self._kept[sku] for sku in skus if sku in self._kept}
        return {sku: item for sku, (until, item) in kept.items() if now < until}

    def put(self, items: Mapping[Sku, T]) -> None:
        """Keep them; the oldest make room."""
        until = self._clock.now() + timedelta(seconds=self._kept_s)
        with self._lock:
            for sku, item in items.items():
                self._kept[sku] = (until, item)
                self._kept.move_to_end(sku)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
