"""What a plugin hands over: descriptions that can build an adapter, and the registry that keeps them by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from order_sync.core.errors import ConfigurationError, InvalidPluginError
from order_sync.core.model.supplier_order import Capabilities
from order_sync.core.ports import Clock, Messenger, OrderSource, PaymentProfileProvider, SettingsStore, SupplierGateway
from order_sync.core.use_cases.supplier_calls import SupplierCalls


@dataclass(frozen=True, slots=True)
class Field:
    """A setting or a secret of a plugin, as the command line and a settings page show it.

    ``convert`` turns the text of ``--set`` into the stored value and raises ValueError with a reason a person
    understands. ``required`` is checked when a connection is saved. Secrets are kept apart and never shown.
    ``choices``: the texts to choose from; empty: any text that ``convert`` takes. See also schema_fields.py.
    """

    name: str
    title: str
    help: str = ""
    required: bool = False
    default: Any = None
    convert: Callable[[str], Any] = str
    secret: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderSourceContext:
    """What an order source is built from.

    ``settings`` has every declared field (defaults filled in), ``secret(key)`` looks a secret up when it is
    needed, so that one that was replaced meanwhile is found. ``http_transport`` replaces the network (an
    httpx.BaseTransport) in tests and host apps; None is the real one.
    """

    connection: str
    settings: Mapping[str, Any]
    secret: Callable[[str], str | None]
    clock: Clock
    http_transport: Any = None


@dataclass(frozen=True, slots=True)
class SupplierContext(OrderSourceContext):
    """What a supplier is built from: as an order source, and the gate that its calls pass.

    ``calls`` spreads the calls of one account over all threads and processes, honours the pauses that the
    supplier asks for, and leaves it alone when it fails: call ``calls.enter`` before each call and
    ``calls.answered`` after it.
    """

    calls: SupplierCalls = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Supplier:
    """What a supplier plugin builds: the gateway, and who lists payment profiles.

    ``payment_profiles`` is given exactly when the gateway's capabilities declare it.
    """

    gateway: SupplierGateway
    payment_profiles: PaymentProfileProvider | None = None


@dataclass(frozen=True, slots=True)
class SettingsStoreContext:
    """What a settings store is built from: the folder of the installation and the secret key, if set.

    ``environment`` is where secrets given as ``env:NAME`` are looked up; None: the process's.
    """

    home: Path
    secret_key: str | None = None
    environment: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OrderSourcePlugin:
    """A kind of shop: ``name`` is what ``connect --source`` takes."""

    name: str
    title: str
    build: Callable[[OrderSourceContext], OrderSource]
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierPlugin:
    """A kind of supplier: ``name`` is what ``connect --supplier`` takes.

    One field must be called ``account``: PO numbers are unique inside an account. A plugin that registers a supplier
    without it is quarantined. ``capabilities`` is what every gateway that it builds can do, for
    `order-sync plugins list`; None: only a built gateway tells.
    """

    name: str
    title: str
    build: Callable[[SupplierContext], Supplier]
    fields: tuple[Field, ...] = ()
    capabilities: Capabilities | None = None


@dataclass(frozen=True, slots=True)
class SettingsStorePlugin:
    """A kind of settings store: ``name`` is what ORDER_SYNC_SETTINGS_STORE takes."""

    name: str
    title: str
    build: Callable[[SettingsStoreContext], SettingsStore]


@dataclass(frozen=True, slots=True)
class NotifierContext:
    """What a notifier is built from: the environment of the installation, and the network (see OrderSourceContext)."""

    environment: Mapping[str, str]
    http_transport: Any = None


@dataclass(frozen=True, slots=True)
class NotifierPlugin:
    """A way to send messages to people: ``plugin:`` and its ``name`` is what ORDER_SYNC_NOTIFY takes.

    ``build`` returns a Messenger; it is called when the first message is to be sent or the services are listed.
    """

    name: str
    title: str
    build: Callable[[NotifierContext], Messenger]


@dataclass(frozen=True, slots=True)
class CommandPlugin:
    """A command of ``order-sync``: small letters, digits and ``-``; ``help`` is its line in ``order-sync --help``.

    ``load`` returns a click command; it is called when the command is run, so that others do not wait for its imports.
    """

    name: str
    help: str
    load: Callable[[], Any]


BUILT_IN_COMMANDS = frozenset(
    {
        "completion",
        "connect",
        "connections",
        "demo",
        "disconnect",
        "doctor",
        "handle",
        "locations",
        "login",
        "notify",
        "orders",
        "password",
        "pause",
        "plugins",
        "profiles",
        "reconcile",
        "resume",
        "sandbox",
        "serve",
        "settings",
        "sync",
        "webhooks",
        "worker",
    }
)
"""Names that no plugin's command may take."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


@dataclass
class Registrations(Generic[T]):
    """Plugins of one kind by name. ``kind`` names them in errors; ``_absent`` tells which plugins did not load."""

    kind: str
    _entries: dict[str, tuple[T, str]] = field(default_factory=dict)
    _absent: Callable[[], str] = field(default=lambda: "")

    def add(self, entry: T, origin: str) -> None:
        """Keep an entry that comes from the plugin ``origin``. Raises InvalidPluginError for a taken name."""
        taken = self._entries.get(entry.name)
        if taken is not None:
            raise InvalidPluginError(
                f"Plugin {origin!r} registers the {self.kind} {entry.name!r}, which {taken[1]!r} already has.",
                next_step="Rename one of the two, or uninstall one.",
                plugin=origin,
            )
        self._entries[entry.name] = (entry, origin)

    def remove_origin(self, origin: str) -> None:
        """Forget everything that a plugin registered."""
        self._entries = {name: kept for name, kept in self._entries.items() if kept[1] != origin}

    def get(self, name: str) -> T:
        """The entry of that name. Raises ConfigurationError that lists what there is."""
        if name not in self._entries:
            absent = self._absent()
            raise ConfigurationError(
                f"There is no {self.kind} {name!r}.",
                next_step=f"Installed: {', '.join(sorted(self._entries)) or 'none'}. "
                f"{f'Not loaded: {absent}. ' if absent else ''}See order-sync plugins list.",
                plugin=name,
            )
        return self._entries[name][0]

    def items(self) -> tuple[tuple[T, str], ...]:
        """Every entry with the plugin it comes from, by name."""
        return tuple(self._entries[name] for name in sorted(self._entries))


def fill_in(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the declared defaults filled in; undeclared ones are kept out."""
    return {f.name: f.default if values.get(f.name) is None else values[f.name] for f in fields if not f.secret}


def checked(side: str, fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings in their types, defaults filled in: what a plugin's ``build`` begins with.

    One that is neither set, nor has a default, nor is required is missing from the answer.

    Args:
        side: ``source`` or ``supplier``, for the message.

    Raises:
        ConfigurationError: names the setting and says what it takes.
    """
    given = fill_in(fields, values)
    typed: dict[str, Any] = {}
    for each in fields:
        value = given.get(each.name)
        if each.secret or (value is None and not each.required):
            continue
        try:
            typed[each.name] = each.convert("" if value is None else value)
        except ValueError as exc:
            raise ConfigurationError(
                f"The setting {side}.{each.name} cannot be used: {exc}.", setting=f"{side}.{each.name}"
            ) from exc
    return typed


def seconds(text: object) -> float:
    """For Field.convert: seconds, more than 0."""
    return _seconds(text, least=0.001, allowed="a number of seconds above 0, for example 60")


def seconds_from_zero(text: object) -> float:
    """For Field.convert: seconds, 0 or more."""
    return _seconds(text, least=0.0, allowed="a number of seconds, 0 or more")


def _seconds(text: object, *, least: float, allowed: str) -> float:
    try:
        number = float(str(text))
    except ValueError as exc:
        raise ValueError(f"use {allowed}") from exc
    if not math.isfinite(number) or number < least:
        raise ValueError(f"use {allowed}")
    return number
