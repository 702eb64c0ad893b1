"""Form fields from what is declared: a plugin's fields, and the Order Sync settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from order_sync.core.model.settings import PUBLIC_SETTINGS, OrderSyncSettings
from order_sync.plugins.registry import Field

OWN_PLACE = ("enabled", "auto_fulfillment", "test_order", "payment_profile", "disable_dropshipping", "store_address")
"""Settings that the Order Sync tab shows by itself, in the order of the feature's description."""
_KEPT = "Stored; leave it empty to keep it"
_THREE_WAY = (("none", "The supplier's default"), ("true", "Yes"), ("false", "No"))


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form.

    Attributes:
        kind: text, email, password, checkbox or select.
        choices: (value, label) of a select.
        error: what is wrong with the value; empty when nothing is known to be.
        rare: it has a default that most people keep.
    """

    name: str
    label: str
    help: str = ""
    kind: str = "text"
    value: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    error: str = ""
    placeholder: str = ""
    rare: bool = False

    @property
    def key(self) -> str:
        """Its id on the page."""
        return self.name.replace(".", "-")


def plugin_field(
    side: str, field: Field, stored: Mapping[str, Any], secrets: Mapping[str, str], given: Mapping[str, str], error: str
) -> FormField:
    """A plugin's field as it is stored, or as it was just given. A secret's value is never shown again.

    Args:
        side: source or supplier.
        secrets: where each secret of the connection is kept, by SIDE.NAME.
        given: texts of the form by SIDE.NAME; empty before it was sent.
    """
    name = f"{side}.{field.name}"
    if field.secret:
        kept = name in secrets
        return FormField(
            name,
            field.title,
            ". ".join(filter(None, (field.help, _KEPT))) if kept else field.help,
            "password",
            required=field.required and not kept,
            error=error,
            placeholder="(stored)" if kept else "",
        )
    present = stored.get(field.name)
    text = given.get(name, "" if present is None else _text(present))
    default = "" if field.default is None else _text(field.default)
    choices = _choices(field, text, default) if field.choices else ()
    return FormField(
        name,
        field.title,
        field.help,
        "select" if choices else "text",
        text,
        field.required,
        choices,
        error,
        default,
        rare=not field.required and not text,
    )


def _choices(field: Field, text: str, default: str) -> tuple[tuple[str, str], ...]:
    """What may be chosen; nothing is before somebody chose, and what is stored stays while nobody does."""
    first = "Choose…" if field.required else f"Default ({default})" if default else "Default"
    kept = (text,) if text and text not in field.choices else ()
    return (("", first), *((choice, choice) for choice in (*field.choices, *kept)))


def settings_field(name: str, settings: OrderSyncSettings, given: Mapping[str, str], error: str) -> FormField:
    """An Order Sync setting as it is stored, or as it was just given."""
    declared = PUBLIC_SETTINGS[name]
    value = getattr(settings, name)
    default = getattr(OrderSyncSettings(), name)
    choices: tuple[tuple[str, str], ...] = tuple((choice, choice.capitalize()) for choice in declared["choices"])
    kind = "select" if choices else "text"
    if isinstance(default, bool):
        kind = "checkbox"
    elif name in ("ship_blind", "residential"):
        kind, choices = "select", _THREE_WAY
    elif name == "email_confirmation":
        kind = "email"
    shown = settings_text(value) if kind == "select" or value not in (None, ()) else ""
    return FormField(
        name,
        declared["title"],
        declared["help"],
        kind,
        given.get(name, shown),
        choices=choices,
        error=error,
        rare=name not in OWN_PLACE,
    )


def settings_text(value: Any) -> str:
    """A setting's value as a form has it, and policies/settings_text.py reads it."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ",".join(str(each) for each in value)
    return _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
