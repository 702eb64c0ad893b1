"""Order Sync: a shop's paid orders become purchase orders at a wholesale supplier, each exactly once.

    from order_sync import OrderSync

    with OrderSync() as sync:
        result = sync.handle_new_order("main", "gid://shopify/Order/1")

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync
    from order_sync.bootstrap.for_stores import connection_from_json, connection_to_json, is_reference, look_up_secret
    from order_sync.core.errors import OrderSyncError
    from order_sync.core.model.payment_profile import PaymentProfile
    from order_sync.core.model.settings import Connection, OrderSyncSettings
    from order_sync.core.model.sync_record import SyncRecord
    from order_sync.core.use_cases.context import SyncResult

_HOMES = {
    "OrderSync": "order_sync.bootstrap.app",
    "OrderSyncError": "order_sync.core.errors",
    "PaymentProfile": "order_sync.core.model.payment_profile",
    "Connection": "order_sync.core.model.settings",
    "OrderSyncSettings": "order_sync.core.model.settings",
    "SyncRecord": "order_sync.core.model.sync_record",
    "SyncResult": "order_sync.core.use_cases.context",
    "connection_from_json": "order_sync.bootstrap.for_stores",
    "connection_to_json": "order_sync.bootstrap.for_stores",
    "is_reference": "order_sync.bootstrap.for_stores",
    "look_up_secret": "order_sync.bootstrap.for_stores",
}

__all__ = [
    "Connection",
    "OrderSync",
    "OrderSyncError",
    "OrderSyncSettings",
    "PaymentProfile",
    "SyncRecord",
    "SyncResult",
    "__version__",
    "connection_from_json",
    "connection_to_json",
    "is_reference",
    "look_up_secret",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "__version__":
        try:
            return version("order-sync")
        except PackageNotFoundError:  # a source tree that is not installed
            return "0"
    raise AttributeError(f"module 'order_sync' has no attribute {name!r}")
