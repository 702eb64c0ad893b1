"""Finding plugins and keeping each one's mistakes to itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, distributions, entry_points
from typing import Any

import pluggy

from order_sync.core.errors import InvalidPluginError
from order_sync.core.policies.redaction import one_line
from order_sync.plugins import hookspecs
from order_sync.plugins.entries import check_entry
from order_sync.plugins.hook_checks import check_hooks, check_version
from order_sync.plugins.hooks import PluginHooks
from order_sync.plugins.registry import (
    CommandPlugin,
    NotifierPlugin,
    OrderSourcePlugin,
    Registrations,
    SettingsStorePlugin,
    SupplierPlugin,
)
from order_sync.plugins.undisturbed import undisturbed

GIVEN_BY_HOST = "given by the host"
_BUILT_IN = "order_sync."
_OWN_DISTRIBUTION = "order-sync"
_LONGEST_REASON = 600


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
    installed = [_found(point) for point in (_installed(plugins) if found is None else found)]
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


def _installed(plugins: Plugins) -> Iterable[EntryPoint]:
    """Every entry point of the group; a distribution whose list of them cannot be read is reported, and left out."""
    try:
        return tuple(entry_points(group=hookspecs.ENTRY_POINT_GROUP))
    except Exception:  # one broken file in the whole environment: look at each distribution alone
        return tuple(_one_by_one(plugins))


def _one_by_one(plugins: Plugins) -> Iterator[EntryPoint]:
    seen: set[str] = set()
    for dist in distributions():
        name = "?"
        try:
            name = str(dist.name)
            points = tuple(dist.entry_points.select(group=hookspecs.ENTRY_POINT_GROUP))
        except Exception as exc:
            where = getattr(dist, "_path", name)
            reason = f"The list of its entry points cannot be read: {_why(exc)}"
            plugins.reports.append(PluginReport(str(name), str(where), "quarantined", reason=reason))
            continue
        if name not in seen:  # the first on the path is the one that is imported
            seen.add(name)
            yield from points


def _found(point: EntryPoint) -> _Found:
    name, version = _distribution_of(point)
    origin = f"{name} {version}" if name else point.value
    built_in = point.value.startswith(_BUILT_IN) and name in ("", _OWN_DISTRIBUTION)
    return _Found(point.name, origin, point.load, version, point.value, built_in)


def _distribution_of(point: EntryPoint) -> tuple[str, str]:
    """Name and version, as far as its metadata can be read."""
    try:
        return (str(point.dist.name or ""), str(point.dist.version or "")) if point.dist else ("", "")
    except Exception:
        return "", ""


def _load(plugins: Plugins, each: _Found) -> None:
    if any(report.name == each.name and report.status == "loaded" for report in plugins.reports):
        # nothing is taken back here: what is registered under this name is the other's
        _report(plugins, each, "quarantined", f"InvalidPluginError: Another plugin is already called {each.name!r}.")
        return
    try:
        with contextlib.nullcontext() if each.built_in else undisturbed():
            plugin = each.load()
            provides, hooks = _checked(plugins, each.name, plugin)
            plugins.manager.register(plugin, name=each.name)
        capabilities = _declared(plugins, each.name)
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # a plugin may raise anything; it must not take the tool down
        for registrations, _ in plugins._kinds().values():
            registrations.remove_origin(each.name)
        _report(plugins, each, "quarantined", _why(exc))
        return
    _report(plugins, each, "loaded", provides=provides, hooks=hooks, capabilities=capabilities)


def _declared(plugins: Plugins, name: str) -> dict[str, tuple[str, ...]]:
    return {
        entry.name: entry.capabilities.declared()
        for entry, origin in plugins.suppliers.items()
        if origin == name and entry.capabilities is not None
    }


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
    check_version(name, plugin)
    manager = _new_manager()
    manager.register(plugin, name=name)
    manager.check_pending()  # a hook that is misspelt is an error, not silence
    kinds = plugins._kinds()
    used = [caller.name for caller in manager.get_hookcallers(plugin) or ()]
    check_hooks(name, plugin, manager, used)
    provides: list[str] = []
    for hook in (hook for hook in kinds if hook in used):
        registrations, kind = kinds[hook]
        getattr(manager.hook, hook)(register=partial(_register, name, registrations, kind, provides))
    others = tuple(sorted(hook for hook in used if hook not in kinds))
    if not provides and not others:
        raise InvalidPluginError(f"Plugin {name!r} registers nothing.", plugin=name)
    return tuple(provides), others


def _register(name: str, registrations: Registrations[Any], kind: type[Any], provides: list[str], entry: Any) -> None:
    check_entry(name, registrations.kind, kind, entry)
    registrations.add(entry, name)
    provides.append(f"{registrations.kind} {entry.name}")


def _why(exc: BaseException) -> str:
    """Its kind and what it says, as far as that can be had; pluggy says what is wrong in its last line."""
    try:
        text = str(exc).strip()
    except Exception:
        text = ""
    return one_line(f"{type(exc).__name__}: {text}" if text else type(exc).__name__)[:_LONGEST_REASON]
