"""How suppliers, shops, settings stores, notifiers and commands are added, and what else a plugin may do.

hookspecs.py is the manual; everything that a plugin's module needs is here.
"""

from order_sync.core.model.plan_adjustment import PlanAdjustment, ProposedLine, ProposedPlan
from order_sync.plugins.hookspecs import HOOK_API, hookimpl
from order_sync.plugins.registry import (
    CommandPlugin,
    Field,
    NotifierContext,
    NotifierPlugin,
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
    "HOOK_API",
    "CommandPlugin",
    "Field",
    "NotifierContext",
    "NotifierPlugin",
    "OrderSourceContext",
    "OrderSourcePlugin",
    "PlanAdjustment",
    "ProposedLine",
    "ProposedPlan",
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
