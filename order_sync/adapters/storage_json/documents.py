"""The shape of the files: what is valid on disk, to the model and back."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, validate
from marshmallow import fields as mm

from order_sync.adapters.storage_json.migrations import VERSION, migrate
from order_sync.core.errors import ConfigurationError, StorageCorruptError
from order_sync.core.model.address import Address, StoreLocation
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.settings import (
    FULFILL_WHEN_CHOICES,
    HOLD_RISK_CHOICES,
    PUBLIC_SETTINGS,
    SHORT_STOCK_CHOICES,
    UNKNOWN_SKU_CHOICES,
    Connection,
    OrderSyncSettings,
    PluginSettings,
    check_settings,
)


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class _Boolean(mm.Boolean):
    """true or false: "yes" in a file is a mistake, not a choice."""

    truthy = {True}
    falsy = {False}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class _Amount(mm.Decimal):
    """An exact amount, as text: a JSON number would pass through binary floating point."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if not isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class _Address(_Strict):
    name = mm.String()
    company = mm.String()
    address1 = mm.String()
    address2 = mm.String()
    city = mm.String()
    province = mm.String()
    province_code = mm.String()
    country_code = mm.String()
    postal_code = mm.String()
    phone = mm.String()


class _StoreAddress(_Strict):
    location_id = mm.String(required=True)
    name = mm.String(required=True)
    address = mm.Nested(_Address, required=True)


class _PaymentProfile(_Strict):
    email = mm.String(required=True)
    profile_id = mm.String(required=True)
    label = mm.String()
    kind = mm.String()


class _OrderSync(_Strict):
    enabled = _Boolean()
    auto_fulfillment = _Boolean()
    test_order = _Boolean()
    payment_profile = mm.Nested(_PaymentProfile, allow_none=True)
    disable_dropshipping = _Boolean()
    store_address = mm.Nested(_StoreAddress, allow_none=True)
    shipping_method = mm.String(allow_none=True)
    warehouse_preference = mm.String(allow_none=True)
    ship_blind = _Boolean(allow_none=True)
    residential = _Boolean(allow_none=True)
    email_confirmation = mm.String(allow_none=True)
    unknown_sku = mm.String(validate=validate.OneOf(UNKNOWN_SKU_CHOICES))
    po_template = mm.String()
    po_prefix = mm.String()
    reject_line_errors = _Boolean()
    fulfill_when = mm.String(validate=validate.OneOf(FULFILL_WHEN_CHOICES))
    notify_customer = _Boolean()
    short_stock = mm.String(validate=validate.OneOf(SHORT_STOCK_CHOICES))
    hold_above = _Amount(allow_none=True)
    hold_countries = mm.List(mm.String())
    hold_tags = mm.List(mm.String())
    hold_older_than_days = mm.Integer(strict=True, allow_none=True)
    hold_risk = mm.String(validate=validate.OneOf(HOLD_RISK_CHOICES))
    order_limit = _Amount(allow_none=True)
    daily_limit = _Amount(allow_none=True)
    overdue_days = mm.Integer(strict=True)
    retention_days = mm.Integer(strict=True, allow_none=True)
    enabled_since = mm.AwareDateTime(format="iso", allow_none=True)


class _Plugin(Schema):
    class Meta:
        unknown = "include"  # the plugin's own settings: the plugin knows them, this file does not

    plugin = mm.String(required=True, validate=validate.Length(min=1))


class _Connection(_Strict):
    version = mm.Integer(required=True, strict=True)
    name = mm.String(required=True)
    source = mm.Nested(_Plugin, required=True)
    supplier = mm.Nested(_Plugin, required=True)
    order_sync = mm.Nested(_OrderSync, required=True)
    sku_map = mm.Dict(keys=mm.String(), values=mm.String(validate=validate.Length(min=1)))


def parse_json(text: str, path: str) -> dict[str, Any]:
    """A JSON object from a file's text. Raises StorageCorruptError with the line of the mistake."""
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as exc:
        place = f", line {exc.lineno} column {exc.colno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise StorageCorruptError(
            f"{path}{place}: this is not valid JSON ({getattr(exc, 'msg', 'nested too deeply')}).",
            next_step="Correct that line, or restore the file from a backup.",
            path=path,
        ) from exc
    if not isinstance(document, dict):
        raise StorageCorruptError(
            f"{path}, line 1: this is not a JSON object.", next_step="Restore the file from a backup.", path=path
        )
    return document


def connection_from(text: str, path: str, *, name: str, revision: str) -> Connection:
    """A connection from a file's text. Raises StorageCorruptError naming the path and the member at fault."""
    document = migrate(parse_json(text, path), path)
    try:
        loaded: dict[str, Any] = _Connection().load(document)
        if loaded["name"] != name:
            raise ValidationError({"name": [f"This is {loaded['name']!r}; the file's name says {name!r}."]})
        settings = _settings_from(loaded["order_sync"])
        check_settings(settings)
        return Connection(
            name=name,
            source=_plugin_from(loaded["source"]),
            supplier=_plugin_from(loaded["supplier"]),
            order_sync=settings,
            revision=revision,
            sku_map=loaded.get("sku_map", {}),
        )
    except ValidationError as exc:
        member, message = _first_message(exc.messages_dict)
        raise _invalid(path, text, member, message) from exc
    except ConfigurationError as exc:
        raise _invalid(path, text, str(exc.about.get("setting", "")), str(exc)) from exc


def document_of(connection: Connection) -> str:
    """The file's text for a connection: what was chosen or is no default, so that the two can be told apart."""
    settings = connection.order_sync
    kept = [
        field.name
        for field in fields(settings)
        if field.name in PUBLIC_SETTINGS
        and (field.name in settings.chosen or getattr(settings, field.name) != field.default)
    ]
    order_sync = {name: _plain(getattr(settings, name)) for name in kept}
    if settings.enabled_since is not None:
        order_sync["enabled_since"] = settings.enabled_since.isoformat()
    document = {
        "version": VERSION,
        "name": connection.name,
        "source": {"plugin": connection.source.plugin, **connection.source.values},
        "supplier": {"plugin": connection.supplier.plugin, **connection.supplier.values},
        "order_sync": order_sync,
        **({"sku_map": dict(sorted(connection.sku_map.items()))} if connection.sku_map else {}),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, StoreLocation):
        address = {name: text for name, text in asdict(value.address).items() if text}
        return {"location_id": value.location_id, "name": value.name, "address": address}
    if isinstance(value, PaymentProfile):
        return asdict(value)
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _plugin_from(loaded: dict[str, Any]) -> PluginSettings:
    values = {key: value for key, value in loaded.items() if key != "plugin"}
    return PluginSettings(plugin=loaded["plugin"], values=values)


def _settings_from(loaded: dict[str, Any]) -> OrderSyncSettings:
    values = dict(loaded)
    enabled_since: datetime | None = values.pop("enabled_since", None)
    if values.get("payment_profile"):
        values["payment_profile"] = PaymentProfile(**values["payment_profile"])
    if values.get("store_address"):
        location = values["store_address"]
        values["store_address"] = StoreLocation(
            location_id=location["location_id"], name=location["name"], address=Address(**location["address"])
        )
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    chosen = frozenset(values) & frozenset(PUBLIC_SETTINGS)
    return OrderSyncSettings(**values, enabled_since=enabled_since, chosen=chosen)


def _first_message(messages: Any, prefix: str = "") -> tuple[str, str]:
    if isinstance(messages, dict):
        key = next(iter(messages))
        return _first_message(messages[key], f"{prefix}.{key}" if prefix else str(key))
    return prefix, str(messages[0]) if isinstance(messages, list) and messages else str(messages)


def _invalid(path: str, text: str, member: str, message: str) -> StorageCorruptError:
    last = member.rpartition(".")[2]
    line = next((n for n, row in enumerate(text.splitlines(), 1) if f'"{last}"' in row), 1)
    return StorageCorruptError(
        f"{path}, line {line}: {member or 'the file'}: {message}",
        next_step="Correct that line, or restore the file from a backup.",
        path=path,
    )
