"""A plugin from outside: a shop and suppliers in memory, with fields of their own."""

from __future__ import annotations

import types
from typing import Any

from marshmallow import Schema, fields, validate

from order_sync.adapters.memory import InMemoryGateway, InMemoryOrderSource, InMemoryPaymentProfiles
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.supplier_order import Capabilities
from order_sync.plugins import Field, OrderSourcePlugin, Supplier, SupplierPlugin, hookimpl
from order_sync.plugins.schema_fields import fields_of

EVIL = "<script>alert(1)</script>\"'&{{'not'+'text'}}"


class Terms(Schema):
    """A supplier's settings."""

    account = fields.String(required=True, metadata={"title": "Customer number", "help": "On every invoice"})
    region = fields.String(
        required=True,
        validate=validate.OneOf(["west", "east"]),
        metadata={"title": "Region", "help": "Where you are"},
    )
    days = fields.Integer(load_default=14, validate=validate.Range(1, 60), metadata={"title": "Days to pay"})
    urgent = fields.Boolean(load_default=False, metadata={"title": "Urgent", "help": "Every order is urgent"})
    tags = fields.String(load_default=lambda: "none", metadata={"title": "Tags"})
    password = fields.String(metadata={"title": "Password", "secret": True})


def acme(shop: InMemoryOrderSource, gateway: InMemoryGateway, *, texts: str = "") -> types.ModuleType:
    """The plugin's module; ``texts`` is what its titles and helps say."""
    module = types.ModuleType("acme")
    profiles = InMemoryPaymentProfiles({"buyer@example.com": (PaymentProfile("buyer@example.com", "7", texts or "B"),)})
    own = (
        Field("account", texts or "Account", texts, required=True),
        Field("pause_s", "Pause", "Seconds", convert=float, default=1.0),
        Field("level", "Level", texts, choices=("low", texts or "high")),
        Field("key", texts or "Key", secret=True, required=True),
    )

    terms = InMemoryGateway({"B00760004": 100}, capabilities=Capabilities(stock=True))

    @hookimpl
    def register_order_sources(register: Any) -> None:
        register(
            OrderSourcePlugin(
                "acme-shop", texts or "Acme shop", lambda context: shop, (Field("shop", texts or "Shop"),)
            )
        )

    @hookimpl
    def register_suppliers(register: Any) -> None:
        register(SupplierPlugin("acme", texts or "Acme", lambda context: Supplier(gateway, profiles), own))
        register(SupplierPlugin("acme-terms", "Acme terms", lambda context: Supplier(terms), fields_of(Terms)))

    module.register_order_sources = register_order_sources
    module.register_suppliers = register_suppliers
    return module


def a_gateway(**capabilities: bool) -> InMemoryGateway:
    return InMemoryGateway(
        {"B00760004": 100}, capabilities=Capabilities(**{"payment_profiles": True, "stock": True, **capabilities})
    )
