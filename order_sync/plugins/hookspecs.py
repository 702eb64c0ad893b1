"""The extension manual: every hook that a plugin may implement, in the order in which they are called.

A plugin is a module or object found in the entry-point group ``order_sync``. It implements hooks with
`hookimpl`; a hook's name that is not below is an error that quarantines the plugin, never silence.
All three hooks *give*: they are called once, when an installation is opened, and hand descriptions over
by calling ``register``. Building an adapter happens later, when a connection needs it.
"""

from __future__ import annotations

from collections.abc import Callable

import pluggy

from order_sync.plugins.registry import OrderSourcePlugin, SettingsStorePlugin, SupplierPlugin

PROJECT = "order_sync"
ENTRY_POINT_GROUP = "order_sync"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_order_sources(register: Callable[[OrderSourcePlugin], None]) -> None:
    """Give kinds of shop.

    Args:
        register: call it once for each kind, with an OrderSourcePlugin. A name that is taken quarantines
            the plugin with everything it registered.
    """


@hookspec
def register_suppliers(register: Callable[[SupplierPlugin], None]) -> None:
    """Give kinds of supplier.

    Args:
        register: call it once for each kind, with a SupplierPlugin.
    """


@hookspec
def register_settings_stores(register: Callable[[SettingsStorePlugin], None]) -> None:
    """Give kinds of settings store.

    Args:
        register: call it once for each kind, with a SettingsStorePlugin. Which one is used is chosen by
            ORDER_SYNC_SETTINGS_STORE, ``json`` when that is not set.
    """
