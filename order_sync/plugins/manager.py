"""Finding plugins and keeping each one's mistakes to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from order_sync.core.errors import InvalidPluginError
from order_sync.plugins import hookspecs
from order_sync.plugins.registry import OrderSourcePlugin, Registrations, SettingsStorePlugin, SupplierPlugin


@dataclass(frozen=True)
class PluginReport:
    """One plugin as ``plugins list`` shows it. ``status``: loaded, quarantined or blocked; ``reason`` says why."""

    name: str
    origin: str
    status: str
    provides: tuple[str, ...] = ()
    reason: str = ""


@dataclass
class Plugins:
    """Everything that loaded, by kind, and a report on every plugin found."""

    order_sources: Registrations[OrderSourcePlugin] = field(default_factory=lambda: Registrations("order source"))
    suppliers: Registrations[SupplierPlugin] = field(default_factory=lambda: Registrations("supplier"))
    settings_stores: Registrations[SettingsStorePlugin] = field(default_factory=lambda: Registrations("settings store"))
    reports: list[PluginReport] = field(default_factory=list)

    def _kinds(self) -> Mapping[str, tuple[Registrations[Any], type]]:
        return {
            "register_order_sources": (self.order_sources, OrderSourcePlugin),
            "register_suppliers": (self.suppliers, SupplierPlugin),
            "register_settings_stores": (self.settings_stores, SettingsStorePlugin),
        }


def load_plugins(
    extra: Iterable[tuple[str, object]] = (),
    *,
    blocked: Iterable[str] = (),
    found: Iterable[EntryPoint] | None = None,
) -> Plugins:
    """Load every plugin of the entry-point group, then the extra ones; one that fails is quarantined, alone.

    Args:
        extra: (name, module or object) given by a hosting app.
        blocked: names that are not loaded.
        found: entry points to use instead of the installed ones.
    """
    plugins = Plugins()
    not_wanted = frozenset(blocked)
    installed = entry_points(group=hookspecs.ENTRY_POINT_GROUP) if found is None else found
    for point in sorted(installed, key=lambda p: p.name):
        _load(plugins, point.name, _origin(point), point.load, not_wanted)
    for name, plugin in extra:
        _load(plugins, name, "given by the host", partial(_given, plugin), not_wanted)
    return plugins


def _given(plugin: object) -> object:
    return plugin


def _load(plugins: Plugins, name: str, origin: str, load: Callable[[], object], blocked: frozenset[str]) -> None:
    if name in blocked:
        plugins.reports.append(PluginReport(name, origin, "blocked", reason="ORDER_SYNC_BLOCK_PLUGINS names it"))
        return
    kinds = plugins._kinds()
    try:
        if any(report.name == name and report.status == "loaded" for report in plugins.reports):
            raise InvalidPluginError(f"Another plugin is already called {name!r}.", plugin=name)
        provides = _register_all(name, load(), kinds)
    except (Exception, SystemExit) as exc:  # a plugin may raise anything; it must not take the tool down
        for registrations, _ in kinds.values():
            registrations.remove_origin(name)
        plugins.reports.append(PluginReport(name, origin, "quarantined", reason=_why(exc)))
    else:
        plugins.reports.append(PluginReport(name, origin, "loaded", provides=provides))


def _register_all(name: str, plugin: object, kinds: Mapping[str, tuple[Registrations[Any], type]]) -> tuple[str, ...]:
    """Call the plugin's hooks; returns what it provides as "kind name"."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name=name)
    manager.check_pending()  # a hook that is misspelt is an error, not silence
    provides: list[str] = []
    for hook, (registrations, kind) in kinds.items():
        getattr(manager.hook, hook)(register=partial(_register, name, registrations, kind, provides))
    if not provides:
        raise InvalidPluginError(f"Plugin {name!r} registers nothing.", plugin=name)
    return tuple(provides)


def _register(name: str, registrations: Registrations[Any], kind: type[Any], provides: list[str], entry: Any) -> None:
    entry_name = getattr(entry, "name", "")
    if not isinstance(entry, kind):
        raise InvalidPluginError(
            f"Plugin {name!r} registered a {type(entry).__name__} as {registrations.kind}; "
            f"it must be a {kind.__name__}.",
            plugin=name,
        )
    registrations.add(entry, name)
    provides.append(f"{registrations.kind} {entry_name}")


def _why(exc: BaseException) -> str:
    text = str(exc).strip().splitlines()
    return f"{type(exc).__name__}: {text[0]}" if text else type(exc).__name__


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
