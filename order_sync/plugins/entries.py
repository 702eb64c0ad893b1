"""What a plugin hands over, held against what it must be: at load, not in the middle of an order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from order_sync.core.errors import InvalidPluginError
from order_sync.core.model.supplier_order import Capabilities
from order_sync.plugins.registry import BUILT_IN_COMMANDS, CommandPlugin, Field, SupplierPlugin

ACCOUNT = "account"
"""The field that every supplier has: PO numbers are unique inside an account, and its calls are counted together."""
_LONGEST_NAME = 100
_COMMAND_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_TEXTS = ("title", "help")
_CALLED = ("build", "load")


def check_entry(plugin: str, what: str, kind: type[Any], entry: Any) -> None:
    """Refuse what could only fail later.

    Args:
        plugin: the plugin's name; ``what``: the kind of thing in words, as in "supplier".
        kind: the class that the entry must be of.

    Raises:
        InvalidPluginError: names the plugin, the thing, and what is wrong with it.
    """
    if not isinstance(entry, kind):
        raise InvalidPluginError(
            f"Plugin {plugin!r} registered a {type(entry).__name__} as {what}; it must be a {kind.__name__}.",
            plugin=plugin,
        )
    _check_name(plugin, what, entry.name)
    if kind is CommandPlugin:
        _check_command(plugin, entry.name)
    problem = _problem(entry)
    if problem:
        raise InvalidPluginError(
            f"Plugin {plugin!r} registers the {what} {entry.name!r}, whose {problem}.",
            next_step="Report it to the plugin's author.",
            plugin=plugin,
        )


def _check_name(plugin: str, what: str, name: Any) -> None:
    if isinstance(name, str) and name == name.strip() and name.isprintable() and 1 <= len(name) <= _LONGEST_NAME:
        return
    raise InvalidPluginError(
        f"Plugin {plugin!r} registers the {what} {str(name)[:_LONGEST_NAME]!r}, which is no name; "
        f"use 1 to {_LONGEST_NAME} characters.",
        plugin=plugin,
    )


def _check_command(plugin: str, command: str) -> None:
    if command in BUILT_IN_COMMANDS:
        raise InvalidPluginError(
            f"Plugin {plugin!r} registers the command {command!r}, which Order Sync itself has.",
            next_step="Give it another name.",
            plugin=plugin,
        )
    if not _COMMAND_NAME.fullmatch(command):
        raise InvalidPluginError(
            f"Plugin {plugin!r} registers the command {command!r}; use small letters, digits and -, up to 31.",
            plugin=plugin,
        )


def _problem(entry: Any) -> str:
    """What is wrong with an entry of the right class, in words; empty: nothing."""
    for each in _TEXTS:
        if not isinstance(getattr(entry, each, ""), str):
            return f"{each} is no text"
    for each in _CALLED:
        if not callable(getattr(entry, each, _problem)):
            return f"{each} cannot be called"
    fields = getattr(entry, "fields", ())
    problem = _problem_of_fields(fields)
    if not problem and isinstance(entry, SupplierPlugin):
        if ACCOUNT not in (field.name for field in fields if not field.secret):
            return f"fields lack {ACCOUNT!r}: PO numbers are unique inside an account"
        if entry.capabilities is not None and not isinstance(entry.capabilities, Capabilities):
            return "capabilities are no Capabilities"
    return problem


def _problem_of_fields(fields: Any) -> str:
    if not isinstance(fields, Iterable) or isinstance(fields, str) or iter(fields) is fields:
        return "fields are no tuple of Field"
    wrong = next((field for field in fields if not isinstance(field, Field)), None)
    if wrong is not None:
        return f"fields have a {type(wrong).__name__} that is no Field"
    names = [field.name for field in fields]
    for field in fields:
        if not isinstance(field.name, str) or not field.name.isprintable() or not field.name.strip():
            return f"fields have one that is called {field.name!r}"
        if names.count(field.name) > 1:
            return f"fields have {field.name!r} twice"
        if not isinstance(field.title, str) or not isinstance(field.help, str):
            return f"field {field.name!r} has a title or help that is no text"
        if not callable(field.convert):
            return f"field {field.name!r} has a convert that cannot be called"
        if not isinstance(field.choices, tuple) or not all(isinstance(choice, str) for choice in field.choices):
            return f"field {field.name!r} has choices that are no tuple of texts"
    return ""
