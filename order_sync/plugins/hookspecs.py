"""The extension manual: every hook that a plugin may implement, in the order in which they are called.

A plugin is a module or object found in the entry-point group ``order_sync``. It implements hooks with `hookimpl`, and
says with ``ORDER_SYNC_HOOK_API = 1`` for which version of this file it is written; one that says nothing is taken for
version 1. A hook's name that is not below, an argument that a hook does not have, a function called like a hook without
the mark, an async or generator function, or another version quarantines the plugin, never silence. So does a thing that
is registered and could only fail later: a name that is taken or none, a supplier without the field ``account``.

A plugin's module only defines things. What it prints while it is imported goes to stderr, and what it changes of
ORDER_SYNC_… variables or of the logger ``order_sync`` is put back. In a hook it prints nothing: stdout is an answer.

There are three kinds of hooks, told apart by name:

- ``register_…`` *give*: called once, when an installation is opened. They hand descriptions over by calling
  ``register``. Building an adapter happens later, when a connection needs it.
- ``resolve_…`` and ``adjust_…`` *decide*: called while an order is decided, possibly again and again and from several
  threads, also for previews. They answer quickly, ask nobody over the network, and change nothing.
- ``order_…`` *tell*: called after what they tell of was stored. What must happen does not belong into them: a process
  that dies in between tells nobody.

A hook that raises is logged as PluginHookError and left out: it stops no other plugin and no order. Plugins that are
given by a host are asked first, then the installed ones, from the last name to the first; pluggy's ``tryfirst`` and
``trylast`` change that. Wrappers are refused: no plugin changes another's answer.
"""

from __future__ import annotations

from collections.abc import Callable

import pluggy

from order_sync.core.model.plan_adjustment import PlanAdjustment, ProposedPlan
from order_sync.core.model.sync_record import SyncRecord
from order_sync.plugins.registry import (
    CommandPlugin,
    NotifierPlugin,
    OrderSourcePlugin,
    SettingsStorePlugin,
    SupplierPlugin,
)

PROJECT = "order_sync"
ENTRY_POINT_GROUP = "order_sync"
HOOK_API = 1
"""The version of this file. It rises when a plugin that was right would no longer be."""
HOOK_API_NAME = "ORDER_SYNC_HOOK_API"
"""What a plugin calls the version that it is written for."""
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


@hookspec
def register_notifiers(register: Callable[[NotifierPlugin], None]) -> None:
    """Give ways to send messages to people.

    Args:
        register: call it once for each kind, with a NotifierPlugin. It is used when ORDER_SYNC_NOTIFY has
            ``plugin:NAME``; it then gets the same messages as the other services, each cause once.
    """


@hookspec
def register_commands(register: Callable[[CommandPlugin], None]) -> None:
    """Give commands of ``order-sync``.

    Args:
        register: call it once for each command, with a CommandPlugin. The name of a built-in command is refused.
    """


@hookspec(firstresult=True)
def resolve_supplier_sku(connection: str, supplier: str, sku: str) -> str | None:
    """Decide what the supplier calls a SKU of the shop.

    Called for every SKU of an order that the connection's SKU map does not have. The first plugin that knows it
    decides. The supplier is then asked for the item of that name: what it does not have is not bought.

    Args:
        connection: the connection's name.
        supplier: the name of the supplier's plugin.
        sku: as the shop writes it.

    Returns:
        The supplier's SKU, 1 to 255 characters; None: not mine.
    """


@hookspec
def adjust_plan(plan: ProposedPlan) -> PlanAdjustment | None:
    """Leave lines out of a purchase, or hold it for a person; nothing can be added to it.

    Called each time that a share of an order is decided, before anything is sent. Every plugin is asked; what any of
    them wants left out is left out, and any of them may hold it. A person may release such a hold; lines stay out.

    Args:
        plan: what would be bought, line by line. A line whose ``supplier_sku`` is empty holds the order unless it is
            removed.

    Returns:
        What to change; None: nothing.
    """


@hookspec
def order_placed(record: SyncRecord) -> None:
    """Be told that a purchase was placed at the supplier.

    Args:
        record: the share as stored, with ``po_number`` and ``supplier_orders``; ``key.mode`` tells test from live.
    """


@hookspec
def order_held(record: SyncRecord) -> None:
    """Be told that a share waits for a person.

    Args:
        record: the share as stored; ``reason_code``, ``reason`` and ``next_action`` say why and what to do.
    """


@hookspec
def order_shipped(record: SyncRecord) -> None:
    """Be told that a purchase was handed to a carrier, in part or whole; told again when more of it was.

    Args:
        record: the share as stored; ``tracking`` has every parcel known so far.
    """
