"""Finding plugins and keeping each one's mistakes to itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from order_sync.core.errors import InvalidPluginError
from order_sync.plugins import hookspecs
from order_sync.plugins.hooks import PluginHooks
from order_sync.plugins.registry import (
    BUILT_IN_COMMANDS,
    CommandPlugin,
    NotifierPlugin,
    OrderSourcePlugin,
    Registrations,
    SettingsStorePlugin,
    SupplierPlugin,
)

GIVEN_BY_HOST = "given by the host"
_BUILT_IN = "order_sync."
_COMMAND_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True)
class PluginReport:
    """One plugin as ``plugins list`` shows it.

    Attributes:
        origin: the distribution and version that it comes from, or who gave it.
        value: the module of its entry point; empty when a host gave it.
        status: loaded, quarantined or blocked; ``reason`` says why.
        provides: what it registered, as "kind name".
        hooks: the hooks that it implements beside those that register.
        capabilities: what each of its suppliers declares, by the supplier's name.
        built_in: it is part of Order Sync itself.
    """

    name: str
    origin: str
    status: str
    provides: tuple[str, ...] = ()
    reason: str = ""
    version: str = ""
    value: str = ""
    hooks: tuple[str, ...] = ()
    capabilities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    built_in: bool = False


@dataclass
class Plugins:
    """Everything that loaded, by kind, a report on every plugin found, and the hooks of those that loaded."""

    order_sources: Registrations[OrderSourcePlugin] = field(default_factory=lambda: Registrations("order source"))
    suppliers: Registrations[SupplierPlugin] = field(default_factory=lambda: Registrations("supplier"))
    settings_stores: Registrations[SettingsStorePlugin] = field(default_factory=lambda: Registrations("settings store"))
    notifiers: Registrations[NotifierPlugin] = field(default_factory=lambda: Registrations("notifier"))
    commands: Registrations[CommandPlugin] = field(default_factory=lambda: Registrations("command"))
    reports: list[PluginReport] = field(default_factory=list)
    manager: pluggy.PluginManager = field(default_factory=lambda: _new_manager())

    def __post_init__(self) -> None:
        self.hooks = PluginHooks(self.manager)
        for registrations, _ in self._kinds().values():
            registrations._absent = self._absent

    def _absent(self) -> str:
        return "; ".join(f"{each.name} ({each.reason})" for each in self.reports if each.status != "loaded")

    def _kinds(self) -> Mapping[str, tuple[Registrations[Any], type]]:
        return {
            "register_order_sources": (self.order_sources, OrderSourcePlugin),
            "register_suppliers": (self.suppliers, SupplierPlugin),
            "register_settings_stores": (self.settings_stores, SettingsStorePlugin),
            "register_notifiers": (self.notifiers, NotifierPlugin),
            "register_commands": (self.commands, CommandPlugin),
        }


@dataclass(frozen=True)
class _Found:
    """A plugin that was found, and how it is loaded."""

    name: str
    origin: str
    load: Callable[[], object]
    version: str = ""
    value: str = ""
    built_in: bool = False


def load_plugins(
    extra: Iterable[tuple[str, object]] = (),
    *,
    blocked: Iterable[str] = (),
    safe_mode: bool = False,
    found: Iterable[EntryPoint] | None = None,
) -> Plugins:
    """Load every plugin of the entry-point group, then the extra ones; one that fails is quarantined, alone.

    The built-in ones come first, so that nothing installed later can take a name from them.

    Args:
        extra: (name, module or object) given by a hosting app.
        blocked: names that are not loaded.
        safe_mode: load the built-in ones only; the others are not even imported.
        found: entry points to use instead of the installed ones.
    """
    plugins = Plugins()
    not_wanted = frozenset(blocked)
    points = entry_points(group=hookspecs.ENTRY_POINT_GROUP) if found is None else found
    installed = [_found(point) for point in points]
    given = [_Found(name, GIVEN_BY_HOST, partial(_given, plugin)) for name, plugin in extra]
    for each in [*sorted(installed, key=lambda p: (not p.built_in, p.name)), *given]:
        if each.name in not_wanted:
            _report(plugins, each, "blocked", "ORDER_SYNC_BLOCK_PLUGINS names it")
        elif safe_mode and not each.built_in:
            _report(plugins, each, "blocked", "safe mode loads built-in plugins only")
        else:
            _load(plugins, each)
    return plugins


def _given(plugin: object) -> object:
    return plugin


def _found(point: EntryPoint) -> _Found:
    dist = point.dist
    origin = f"{dist.name} {dist.version}" if dist else point.value
    built_in = point.value.startswith(_BUILT_IN)
    return _Found(point.name, origin, point.load, dist.version if dist else "", point.value, built_in)


def _load(plugins: Plugins, each: _Found) -> None:
    try:
        if any(report.name == each.name and report.status == "loaded" for report in plugins.reports):
            raise InvalidPluginError(f"Another plugin is already called {each.name!r}.", plugin=each.name)
        plugin = each.load()
        provides, hooks = _checked(plugins, each.name, plugin)
        plugins.manager.register(plugin, name=each.name)
    except (Exception, SystemExit) as exc:  # a plugin may raise anything; it must not take the tool down
        for registrations, _ in plugins._kinds().values():
            registrations.remove_origin(each.name)
        _report(plugins, each, "quarantined", _why(exc))
        return
    declared = {
        entry.name: entry.capabilities.declared()
        for entry, origin in plugins.suppliers.items()
        if origin == each.name and entry.capabilities is not None
    }
    _report(plugins, each, "loaded", provides=provides, hooks=hooks, capabilities=declared)


def _report(plugins: Plugins, each: _Found, status: str, reason: str = "", **more: Any) -> None:
    plugins.reports.append(
        PluginReport(
            each.name,
            each.origin,
            status,
            reason=reason,
            version=each.version,
            value=each.value,
            built_in=each.built_in,
            **more,
        )
    )


def _new_manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _checked(plugins: Plugins, name: str, plugin: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Have the plugin register what it gives; returns that as "kind name", and the other hooks that it has.

    It is tried alone first, so that what is wrong with it touches nobody else.
    """
    _check_version(name, plugin)
    manager = _new_manager()
    manager.register(plugin, name=name)
    manager.check_pending()  # a hook that is misspelt is an error, not silence
    kinds = plugins._kinds()
    used = [caller.name for caller in manager.get_hookcallers(plugin) or ()]
    _check_wrappers(name, manager, used)
    provides: list[str] = []
    for hook in (hook for hook in kinds if hook in used):
        registrations, kind = kinds[hook]
        getattr(manager.hook, hook)(register=partial(_register, name, registrations, kind, provides))
    others = tuple(sorted(hook for hook in used if hook not in kinds))
    if not provides and not others:
        raise InvalidPluginError(f"Plugin {name!r} registers nothing.", plugin=name)
    return tuple(provides), others


def _check_version(name: str, plugin: object) -> None:
    wanted = getattr(plugin, hookspecs.HOOK_API_NAME, 1)
    if wanted != hookspecs.HOOK_API or isinstance(wanted, bool):
        raise InvalidPluginError(
            f"Plugin {name!r} is built for hook API {wanted!r}; this Order Sync has hook API {hookspecs.HOOK_API}.",
            next_step="Install a version of it, or of order-sync, that fits the other.",
            plugin=name,
        )


def _check_wrappers(name: str, manager: pluggy.PluginManager, hooks: Iterable[str]) -> None:
    for hook in hooks:
        if any(each.wrapper or each.hookwrapper for each in getattr(manager.hook, hook).get_hookimpls()):
            raise InvalidPluginError(
                f"Plugin {name!r} wraps the hook {hook}; no plugin may change another's answer.",
                next_step="Remove wrapper=True or hookwrapper=True.",
                plugin=name,
            )


def _register(name: str, registrations: Registrations[Any], kind: type[Any], provides: list[str], entry: Any) -> None:
    if not isinstance(entry, kind):
        raise InvalidPluginError(
            f"Plugin {name!r} registered a {type(entry).__name__} as {registrations.kind}; "
            f"it must be a {kind.__name__}.",
            plugin=name,
        )
    if kind is CommandPlugin:
        _check_command(name, entry.name)
    registrations.add(entry, name)
    provides.append(f"{registrations.kind} {entry.name}")


def _check_command(name: str, command: str) -> None:
    if command in BUILT_IN_COMMANDS:
        raise InvalidPluginError(
            f"Plugin {name!r} registers the command {command!r}, which Order Sync itself has.",
            next_step="Give it another name.",
            plugin=name,
        )
    if not isinstance(command, str) or not _COMMAND_NAME.fullmatch(command):
        raise InvalidPluginError(
            f"Plugin {name!r} registers the command {command!r}; use small letters, digits and -, up to 31.",
            plugin=name,
        )


def _why(exc: BaseException) -> str:
    text = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {text[0]}" if text else type(exc).__name__
