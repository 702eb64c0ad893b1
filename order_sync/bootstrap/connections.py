"""From a stored connection to its two sides, built."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from order_sync.core.errors import ConfigurationError, InvalidPluginError, OrderSyncError
from order_sync.core.model.settings import Connection, PluginSettings
from order_sync.core.model.supplier_order import Capabilities
from order_sync.core.ports import (
    Clock,
    Extensions,
    OrderSource,
    Pause,
    PaymentProfileProvider,
    SettingsStore,
    SupplierGateway,
)
from order_sync.core.use_cases.context import ConnectionContext
from order_sync.core.use_cases.supplier_calls import SupplierCalls
from order_sync.plugins.manager import Plugins
from order_sync.plugins.registry import (
    Field,
    OrderSourceContext,
    OrderSourcePlugin,
    Supplier,
    SupplierContext,
    SupplierPlugin,
    fill_in,
)

SecretOf = Callable[[str, str], Callable[[str], str | None]]
"""How a side of a connection looks its secrets up: by connection and side."""
RETIRED_FOR_S = 900.0
"""Adapters that were replaced are closed after this (seconds): workers may be in the middle of a call with them."""


@dataclass(frozen=True)
class BuiltConnection:
    """A connection with its adapters."""

    connection: Connection
    source: OrderSource
    supplier: Supplier
    paused: Callable[[], Pause | None]
    extensions: Extensions

    @property
    def gateway(self) -> SupplierGateway:
        """Who buys at the supplier."""
        return self.supplier.gateway

    @property
    def payment_profiles(self) -> PaymentProfileProvider | None:
        """Who lists the supplier's payment profiles; None: it declares none."""
        return self.supplier.payment_profiles

    def context(self, *, dry_run: bool = False) -> ConnectionContext:
        """What the use cases take."""
        return ConnectionContext(
            self.connection,
            self.source,
            self.gateway,
            dry_run=dry_run,
            paused=self.paused,
            extensions=self.extensions,
        )

    def close(self) -> None:
        """Give network connections back."""
        self.source.close()
        self.gateway.close()


class ConnectionFactory:
    """Builds the adapters of connections and keeps them until a connection's stored form changes."""

    def __init__(
        self,
        store: SettingsStore,
        plugins: Plugins,
        clock: Clock,
        http_transport: Any,
        calls_of: Callable[[str], SupplierCalls],
        paused: Callable[[str], Pause | None],
    ) -> None:
        self._store = store
        self._plugins = plugins
        self._clock = clock
        self._http_transport = http_transport
        self._calls_of = calls_of
        self._paused = paused
        self._lock = threading.Lock()
        self._built: dict[str, BuiltConnection] = {}
        self._retired: list[tuple[float, BuiltConnection]] = []

    def get(self, name: str) -> BuiltConnection:
        """The connection as it is stored now.

        Raises:
            UnknownConnectionError, ConfigurationError: it is not stored, or its plugin or a secret is missing.
        """
        connection = self._store.get(name)
        with self._lock:
            known = self._built.get(name)
            if known is not None and known.connection.revision == connection.revision:
                return known
            self._retire(name)
            self._built[name] = built = self._build(connection)
            return built

    def trial(self, draft: Connection, secrets: Mapping[str, str]) -> BuiltConnection:
        """A connection that is not stored, with secrets given over those that are; to be closed by the caller."""

        def secret_of(name: str, side: str) -> Callable[[str], str | None]:
            stored = self._secret_of(name, side)
            return lambda key: secrets.get(f"{side}.{key}") or stored(key)

        return self._build(draft, secret_of)

    def forget(self, name: str) -> None:
        """Build it anew next time, for example because a secret was replaced; who works with the old one may go on."""
        with self._lock:
            self._retire(name)

    def close(self) -> None:
        """Close everything."""
        with self._lock:
            everything = [*self._built.values(), *(built for _, built in self._retired)]
            self._built.clear()
            self._retired.clear()
        for built in everything:
            built.close()

    def _retire(self, name: str) -> None:
        now = time.monotonic()
        for retired in [each for each in self._retired if now - each[0] >= RETIRED_FOR_S]:
            self._retired.remove(retired)
            retired[1].close()
        known = self._built.pop(name, None)
        if known is not None:
            self._retired.append((now, known))

    def _build(self, connection: Connection, secret_of: SecretOf | None = None) -> BuiltConnection:
        secret_of = secret_of or self._secret_of
        source = self._plugins.order_sources.get(connection.source.plugin)
        supplier = self._plugins.suppliers.get(connection.supplier.plugin)
        calls = self._calls_of(connection.supplier_account)
        for_shop = self._given(connection.name, "source", source.fields, connection.source, secret_of)
        for_supplier = self._given(connection.name, "supplier", supplier.fields, connection.supplier, secret_of)
        return BuiltConnection(
            connection=connection,
            source=_built(source, OrderSourceContext(**for_shop)),
            supplier=_checked(supplier, _built(supplier, SupplierContext(**for_supplier, calls=calls))),
            paused=partial(self._paused, connection.name),
            extensions=self._plugins.hooks,
        )

    def _given(
        self, name: str, side: str, fields: tuple[Field, ...], settings: PluginSettings, secret_of: SecretOf
    ) -> dict[str, Any]:
        return {
            "connection": name,
            "settings": fill_in(fields, settings.values),
            "secret": secret_of(name, side),
            "clock": self._clock,
            "http_transport": self._http_transport,
        }

    def _secret_of(self, name: str, side: str) -> Callable[[str], str | None]:
        return lambda key: self._store.get_secret(name, f"{side}.{key}")


def _built(plugin: OrderSourcePlugin | SupplierPlugin, context: Any) -> Any:
    """What the plugin builds; whatever it raises that is none of our errors is said to be its own."""
    try:
        built = plugin.build(context)
    except (OrderSyncError, KeyboardInterrupt):
        raise
    except BaseException as exc:  # sys.exit too: it would end a worker
        raise InvalidPluginError(
            f"Plugin {plugin.name!r} cannot build what connection {context.connection!r} needs: "
            f"it raised {type(exc).__name__}.",
            next_step="Report it to the plugin's author; other connections work.",
            plugin=plugin.name,
            connection=context.connection,
        ) from exc
    if isinstance(plugin, OrderSourcePlugin) and (lacking := _lacking(OrderSource, built)):
        raise _unusable(plugin, f"it built a {type(built).__name__} that lacks {', '.join(lacking)}")
    return built


_ASKED_WHEN_DECLARED = {
    "find_by_po_number": "find_by_po",
    "find_by_po_numbers": "find_many",
    "recent_orders": "list_orders",
    "address_differences": "list_orders",
    "cancel_order": "cancel",
    "item_prices": "prices",
    "suggest_items": "catalogue",
}
"""Methods of a gateway that may be missing without the capability."""


def _lacking(port: type, built: object, without: Collection[str] = ("webhooks",)) -> list[str]:
    """The members of a port that an object does not have; a source that is older than webhooks has none."""
    names = (name for name in vars(port) if not name.startswith("_") and name not in without)
    return [name for name in names if not hasattr(built, name)]


def _checked(plugin: SupplierPlugin, built: Any) -> Supplier:
    """The supplier, if what it declares is what it has.

    Raises:
        InvalidPluginError: names what does not fit.
    """
    try:
        problem = _problem_of(plugin, built)
    except Exception as exc:  # it cannot even be looked at
        raise _unusable(plugin, f"its gateway raised {type(exc).__name__} when it was looked at") from exc
    if problem:
        raise _unusable(plugin, problem)
    return cast(Supplier, built)


def _problem_of(plugin: SupplierPlugin, built: Any) -> str:
    if not isinstance(built, Supplier):
        return f"it built a {type(built).__name__} instead of a Supplier"
    declared = getattr(built.gateway, "capabilities", None)
    if not isinstance(declared, Capabilities):
        return f"its gateway is a {type(built.gateway).__name__} without Capabilities"
    undeclared = [method for method, name in _ASKED_WHEN_DECLARED.items() if not getattr(declared, name)]
    if lacking := _lacking(SupplierGateway, built.gateway, undeclared):
        return f"its gateway lacks {', '.join(lacking)}"
    if (built.payment_profiles is not None) is not declared.payment_profiles:
        what = "gives" if built.payment_profiles is not None else "lacks"
        return f"it {what} a PaymentProfileProvider, unlike its capability payment_profiles says"
    if plugin.capabilities is not None and plugin.capabilities.declared() != declared.declared():
        return "its gateway has other capabilities than its SupplierPlugin declares"
    return ""


def _unusable(plugin: OrderSourcePlugin | SupplierPlugin, problem: str) -> InvalidPluginError:
    return InvalidPluginError(
        f"Plugin {plugin.name!r} cannot be used: {problem}.",
        next_step=f"Its author mends that; order-sync plugins check {plugin.name} names it too.",
        plugin=plugin.name,
    )


def convert_values(
    side: str, fields: tuple[Field, ...], texts: Mapping[str, Any], present: Mapping[str, Any]
) -> dict[str, Any]:
    """Stored values of one side from typed texts over the present ones; empty text removes a value.

    Raises:
        ConfigurationError: names the setting, what is wrong with it, and those that exist.
    """
    known = {field.name: field for field in fields if not field.secret}
    values = dict(present)
    for name, text in texts.items():
        field = known.get(name)
        if field is None:
            secret = any(f.name == name for f in fields)
            raise ConfigurationError(
                f"{side}.{name} is a secret." if secret else f"There is no setting {side}.{name}.",
                next_step=f"Give it with --secret {side}.{name}=env:NAME."
                if secret
                else f"The settings are: {', '.join(f'{side}.{f}' for f in known)}.",
                setting=f"{side}.{name}",
            )
        if isinstance(text, str) and not text.strip():
            values.pop(name, None)
            continue
        values[name] = _convert(side, field, text)
    missing = [name for name, field in known.items() if field.required and values.get(name) is None]
    if missing:
        raise ConfigurationError(
            f"{side}.{missing[0]} is missing ({known[missing[0]].title}).",
            next_step=f"Give it with --set {side}.{missing[0]}=…",
            setting=f"{side}.{missing[0]}",
        )
    return values


def _convert(side: str, field: Field, text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return field.convert(text)
    except ValueError as exc:
        raise ConfigurationError(
            f"{side}.{field.name} cannot be {text!r}: {exc}", next_step=field.help, setting=f"{side}.{field.name}"
        ) from exc
