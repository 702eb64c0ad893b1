"""A plugin's fields from a marshmallow schema: for plugins that have one already."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from order_sync.plugins.registry import Field

if TYPE_CHECKING:
    from marshmallow import Schema
    from marshmallow.fields import Field as SchemaField


def fields_of(schema: type[Schema]) -> tuple[Field, ...]:
    """The fields of a schema, in its order, for OrderSourcePlugin and SupplierPlugin.

    ``metadata`` of a field has ``title`` and ``help`` as people read them, and ``secret=True`` for what is kept
    apart. ``required`` and ``load_default`` count as they do in marshmallow; a validator that is one of, and a
    boolean, become a choice.
    """
    return tuple(_field(name, each) for name, each in schema().fields.items())


def _field(name: str, declared: SchemaField[Any]) -> Field:
    from marshmallow import missing

    default = declared.load_default
    if callable(default):
        default = default()
    return Field(
        name=name,
        title=str(declared.metadata.get("title", name.replace("_", " ").capitalize())),
        help=str(declared.metadata.get("help", "")),
        required=declared.required,
        default=None if default is missing else default,
        convert=_converter(declared),
        secret=bool(declared.metadata.get("secret")),
        choices=_choices(declared),
    )


def _converter(declared: SchemaField[Any]) -> Callable[[Any], Any]:
    from marshmallow import ValidationError

    def convert(text: Any) -> Any:
        try:
            return declared.deserialize(text)
        except ValidationError as exc:
            raise ValueError(" ".join(str(each) for each in exc.messages)) from exc

    return convert


def _choices(declared: SchemaField[Any]) -> tuple[str, ...]:
    from marshmallow import fields, validate

    if isinstance(declared, fields.Boolean):
        return ("true", "false")
    for validator in declared.validators:
        if isinstance(validator, validate.OneOf):
            return tuple(str(choice) for choice in validator.choices)
    return ()
