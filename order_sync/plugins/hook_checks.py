"""What a plugin's hooks must be; each of these mistakes would else do harm, or nothing without a word."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable

import pluggy

from order_sync.core.errors import InvalidPluginError
from order_sync.plugins import hookspecs


def check_hooks(name: str, plugin: object, manager: pluggy.PluginManager, used: Collection[str]) -> None:
    """Refuse hooks that could not work.

    Args:
        manager: has this plugin alone.
        used: the hooks that it implements.

    Raises:
        InvalidPluginError: names the hook, what is wrong with it and what to do.
    """
    for hook in used:
        _check_hook(name, hook, getattr(manager.hook, hook).get_hookimpls())
    _check_marks(name, plugin, manager, used)


def check_version(name: str, plugin: object) -> None:
    """Refuse a plugin that is written for another version of the hooks. Raises InvalidPluginError."""
    wanted = getattr(plugin, hookspecs.HOOK_API_NAME, 1)
    if type(wanted) is not int or wanted != hookspecs.HOOK_API:
        raise InvalidPluginError(
            f"Plugin {name!r} is built for hook API {wanted!r}; this Order Sync has hook API {hookspecs.HOOK_API}.",
            next_step="Install a version of it, or of order-sync, that fits the other.",
            plugin=name,
        )


def _check_hook(name: str, hook: str, implementations: Iterable[pluggy.HookImpl]) -> None:
    """Refuse what would change another's answer, or do nothing without a word when it is called."""
    for each in implementations:
        problem, remedy = "", ""
        if each.wrapper or each.hookwrapper:
            problem = f"wraps the hook {hook}; no plugin may change another's answer"
            remedy = "Remove wrapper=True or hookwrapper=True."
        elif inspect.iscoroutinefunction(each.function) or inspect.isasyncgenfunction(each.function):
            problem, remedy = f"has an async function as hook {hook}, which nobody awaits", "Write it with def."
        elif inspect.isgeneratorfunction(each.function):
            problem, remedy = f"has a generator as hook {hook}, which nobody runs", "Write it with return, not yield."
        elif inspect.isclass(each.plugin) and _wants_self(each.function):
            problem, remedy = f"is a class, and its hook {hook} needs an object", "Give an object of the class."
        if problem:
            raise InvalidPluginError(f"Plugin {name!r} {problem}.", next_step=remedy, plugin=name)


def _wants_self(function: object) -> bool:
    return inspect.isfunction(function) and next(iter(inspect.signature(function).parameters), "") == "self"


def _check_marks(name: str, plugin: object, manager: pluggy.PluginManager, used: Iterable[str]) -> None:
    """Refuse a function that is called like a hook and is none: it would never be called."""
    hooks = {hook for hook in vars(manager.hook) if not hook.startswith("_")} - set(used)
    for hook in sorted(hooks & set(dir(plugin))):
        found = inspect.getattr_static(plugin, hook, None)
        ours = getattr(found, "__module__", "") == hookspecs.__name__
        if inspect.isroutine(found) and not ours:
            raise InvalidPluginError(
                f"Plugin {name!r} has a function {hook} that is not marked as a hook: it would never be called.",
                next_step="Put @hookimpl of order_sync.plugins above it, or rename it.",
                plugin=name,
            )
