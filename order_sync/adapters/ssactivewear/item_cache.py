"""Items that were looked up a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from threading import Lock

from order_sync.core.model.order import ShopSku
from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.ports import Clock

KEPT_S = 60.0
"""An account has 60 requests a minute (seen in client code); a minute-old stock is no worse than a fresh one."""

MOST_KEPT = 5000


class ItemCache:
    """Known items by SKU for a minute; that a SKU is unknown is never kept. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[ShopSku, tuple[datetime, SupplierItem]] = OrderedDict()

    def get(self, skus: Iterable[ShopSku]) -> dict[ShopSku, SupplierItem]:
        """Those that are still fresh."""
        now = self._clock.now()
        with self._lock:
            kept = {sku: self._kept[sku] for sku in skus if sku in self._kept}
        return {sku: item for sku, (until, item) in kept.items() if now < until}

    def put(self, items: Mapping[ShopSku, SupplierItem]) -> None:
        """Keep them; the oldest make room."""
        until = self._clock.now() + timedelta(seconds=KEPT_S)
        with self._lock:
            for sku, item in items.items():
                self._kept[sku] = (until, item)
                self._kept.move_to_end(sku)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
