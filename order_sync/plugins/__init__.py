"""How suppliers, shops and settings stores are added: hook specifications, manager, registry."""

from order_sync.plugins.hookspecs import hookimpl
from order_sync.plugins.registry import (
    Field,
    OrderSourceContext,
    OrderSourcePlugin,
    SettingsStoreContext,
    SettingsStorePlugin,
    Supplier,
    SupplierContext,
    SupplierPlugin,
    checked,
    seconds,
    seconds_from_zero,
)

__all__ = [
    "Field",
    "OrderSourceContext",
    "OrderSourcePlugin",
    "SettingsStoreContext",
    "SettingsStorePlugin",
    "Supplier",
    "SupplierContext",
    "SupplierPlugin",
    "checked",
    "hookimpl",
    "seconds",
    "seconds_from_zero",
]
