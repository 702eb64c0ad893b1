"""Creating, editing and configuring connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from order_sync.bootstrap.connections import convert_values
from order_sync.core.errors import ConfigurationError, UnknownConnectionError
from order_sync.core.model.settings import Connection, PluginSettings
from order_sync.core.policies.po_number import default_prefix
from order_sync.core.ports import Clock, SettingsStore, SupplierGateway
from order_sync.plugins.manager import Plugins

SIDES = ("source", "supplier")


class ConnectionSetup:
    """Changes stored connections: checked as a whole, stored whole or not at all."""

    def __init__(self, store: SettingsStore, plugins: Plugins, clock: Clock) -> None:
        self._store = store
        self._plugins = plugins
        self._clock = clock

    def connect(
        self,
        name: str,
        source: str | None,
        supplier: str | None,
        settings: Mapping[str, Any],
        secrets: Mapping[str, str],
        *,
        revision: str | None = None,
    ) -> Connection:
        """See OrderSync.connect."""
        saved = self._store.save(self.draft(name, source, supplier, settings, secrets, revision=revision))
        for key, value in secrets.items():
            self._store.set_secret(name, key, value)
        return saved

    def draft(
        self,
        name: str,
        source: str | None,
        supplier: str | None,
        settings: Mapping[str, Any],
        secrets: Mapping[str, str],
        *,
        revision: str | None = None,
    ) -> Connection:
        """The connection as `connect` would store it, checked; nothing is stored."""
        present = self._present(name)
        chosen = {
            "source": source or (present.source.plugin if present else ""),
            "supplier": supplier or (present.supplier.plugin if present else ""),
        }
        for side, plugin in chosen.items():
            if not plugin:
                raise ConfigurationError(
                    f"Connection {name!r} does not exist yet, and no {side} is given.",
                    next_step=f"Give --{side}; order-sync plugins list shows what there is.",
                    setting=side,
                )
        by_side = _split_sides(settings)
        secrets_by_side = _split_sides(secrets)
        sides = {side: self._side(side, chosen[side], present, by_side[side]) for side in SIDES}
        for side in SIDES:
            self._check_secret_names(side, chosen[side], secrets_by_side[side])
        shop, wholesaler = sides["source"], sides["supplier"]
        draft = replace(present, source=shop, supplier=wholesaler) if present else Connection(name, shop, wholesaler)
        return _based_on(revision, self._with_prefix(draft))

    def change(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        gateway: Callable[[], SupplierGateway],
        revision: str | None = None,
    ) -> Connection:
        """See OrderSync.change_settings. Options are checked with the supplier's plugin before they are stored."""
        connection = _based_on(revision, self._store.get(name))
        changed = connection.order_sync.with_values(values, now=self._clock.now())
        prefix = changed.po_prefix
        if "po_prefix" in values and prefix in self._other_prefixes(connection):
            raise ConfigurationError(
                f"po_prefix {prefix!r} is used by another connection to the same supplier account.",
                next_step="Choose another: PO numbers must be unique inside an account.",
                setting="po_prefix",
            )
        if {"shipping_method", "warehouse_preference"} & set(values):
            problems = gateway().option_problems(changed.options)
            if problems:
                raise ConfigurationError(problems[0], setting="shipping_method")
        return self._store.save(replace(connection, order_sync=changed))

    def _present(self, name: str) -> Connection | None:
        try:
            return self._store.get(name)
        except UnknownConnectionError:
            return None

    def _side(self, side: str, plugin: str, present: Connection | None, texts: Mapping[str, Any]) -> PluginSettings:
        entry = (self._plugins.order_sources if side == "source" else self._plugins.suppliers).get(plugin)
        before: PluginSettings | None = getattr(present, side) if present else None
        same = before is not None and before.plugin == plugin
        values = convert_values(side, entry.fields, texts, before.values if before and same else {})
        return PluginSettings(plugin, values)

    def _check_secret_names(self, side: str, plugin: str, secrets: Mapping[str, Any]) -> None:
        entry = (self._plugins.order_sources if side == "source" else self._plugins.suppliers).get(plugin)
        known = [field.name for field in entry.fields if field.secret]
        for name, value in secrets.items():
            if name not in known:
                raise ConfigurationError(
                    f"{plugin} has no secret {side}.{name}.",
                    next_step=f"It takes: {', '.join(f'{side}.{each}' for each in known) or 'none'}.",
                    secret=f"{side}.{name}",
                )
            if not str(value).strip():
                raise ConfigurationError(f"The secret {side}.{name} is empty.", secret=f"{side}.{name}")

    def _with_prefix(self, draft: Connection) -> Connection:
        """A PO prefix from the shop's name, unlike every other connection's on the same supplier account."""
        settings = draft.order_sync
        taken = self._other_prefixes(draft)
        if settings.po_prefix and settings.po_prefix not in taken:
            return draft
        prefix = default_prefix(str(draft.source.values.get("shop") or draft.name), taken)
        chosen = settings.chosen | {"po_prefix"}
        return replace(draft, order_sync=replace(settings, po_prefix=prefix, chosen=chosen))

    def _other_prefixes(self, connection: Connection) -> set[str]:
        others = (self._store.get(name) for name in self._store.names() if name != connection.name)
        return {o.order_sync.po_prefix for o in others if o.supplier_account == connection.supplier_account}


def _based_on(revision: str | None, connection: Connection) -> Connection:
    """The connection as somebody saw it: the store refuses it when it was changed since."""
    return connection if revision is None else replace(connection, revision=revision)


def _split_sides(pairs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    split: dict[str, dict[str, Any]] = {side: {} for side in SIDES}
    for key, value in pairs.items():
        side, dot, name = key.partition(".")
        if side not in split or not dot or not name:
            raise ConfigurationError(
                f"{key!r} names no setting.", next_step="Write source.NAME or supplier.NAME.", setting=key
            )
        split[side][name] = value
    return split
