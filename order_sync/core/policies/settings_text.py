"""Settings as a person types them: KEY=VALUE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from order_sync.core.errors import ConfigurationError
from order_sync.core.model.settings import PUBLIC_SETTINGS, OrderSyncSettings

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_NONE = frozenset({"none", "default", ""})
_SELECTED = {
    "payment_profile": "order-sync profiles NAME --email EMAIL --select ID",
    "store_address": "order-sync locations NAME --select ID",
}
_OPTIONAL_BOOLEANS = frozenset({"ship_blind", "residential"})
_AMOUNTS = frozenset({"hold_above", "order_limit", "daily_limit"})
_LISTS = frozenset({"hold_countries", "hold_tags"})
_DAYS = frozenset({"hold_older_than_days", "overdue_days", "retention_days"})
_OPTIONAL_TEXTS = frozenset({"shipping_method", "warehouse_preference", "email_confirmation"})


def split_pair(text: str) -> tuple[str, str]:
    """``KEY=VALUE`` in two. Raises ConfigurationError when there is no ``=``."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigurationError(f"{text!r} is not KEY=VALUE.", next_step="For example: enabled=true.")
    return key.strip(), value.strip()


def parse_settings(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Any]:
    """Typed values from texts. Raises ConfigurationError that names the setting and what it takes."""
    return {name: parse_setting(name, text) for name, text in pairs}


def parse_setting(name: str, text: str) -> Any:
    """One typed value."""
    if name not in PUBLIC_SETTINGS:
        raise ConfigurationError(
            f"There is no setting {name!r}.",
            next_step=f"The settings are: {', '.join(PUBLIC_SETTINGS)}.",
            setting=name,
        )
    lower = text.strip().lower()
    if name in _SELECTED:
        if lower in _NONE:
            return None
        raise ConfigurationError(
            f"{name} is not typed but selected.", next_step=f"Use {_SELECTED[name]}, or {name}=none.", setting=name
        )
    if isinstance(getattr(OrderSyncSettings(), name), bool) or name in _OPTIONAL_BOOLEANS:
        return _boolean(name, lower)
    if name in _AMOUNTS:
        return _amount(name, lower)
    if name in _DAYS:
        return _days(name, lower)
    if name in _LISTS:
        parts = () if lower in _NONE else tuple(part.strip() for part in text.split(",") if part.strip())
        return tuple(dict.fromkeys(part.upper() if name == "hold_countries" else part for part in parts))
    if name in _OPTIONAL_TEXTS:
        return None if lower in _NONE else text.strip()
    return text.strip()


def _amount(name: str, lower: str) -> Decimal | None:
    if lower in _NONE:
        return None
    try:
        return Decimal(lower)
    except InvalidOperation:
        raise ConfigurationError(
            f"{name} cannot be {lower!r}.", next_step="Use an amount such as 250 or 99.50, or none.", setting=name
        ) from None


def _days(name: str, lower: str) -> int | None:
    default = getattr(OrderSyncSettings(), name)
    if lower in _NONE:
        return default if name == "overdue_days" else None
    if not (lower.isascii() and lower.isdigit() and len(lower) < 6):
        raise ConfigurationError(f"{name} cannot be {lower!r}.", next_step="Use a number of days.", setting=name)
    return int(lower)


def _boolean(name: str, lower: str) -> bool | None:
    if lower in _TRUE:
        return True
    if lower in _FALSE:
        return False
    if name in _OPTIONAL_BOOLEANS and lower in _NONE:
        return None
    also = " or none" if name in _OPTIONAL_BOOLEANS else ""
    raise ConfigurationError(f"{name} cannot be {lower!r}.", next_step=f"Use true, false{also}.", setting=name)
