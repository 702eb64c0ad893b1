"""The Order Sync settings of a connection, and the connection itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from order_sync.core.errors import ConfigurationError
from order_sync.core.model.address import StoreLocation
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.purchase_order import Mode, PurchaseOptions

CONNECTION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
PO_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,20}")
PO_FIELDS = ("prefix", "order_number", "order_name")
_PO_LITERAL = re.compile(r"[A-Za-z0-9_-]*")
_PO_TEMPLATE_PART = re.compile(r"\{([^{}]*)\}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LARGEST_AMOUNT = Decimal(10) ** 9
_MOST_DAYS = 3650
EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+")

UNKNOWN_SKU_CHOICES = ("hold", "skip")
FULFILL_WHEN_CHOICES = ("shipped", "placed")
SHORT_STOCK_CHOICES = ("supplier", "hold", "partial")
HOLD_RISK_CHOICES = ("none", "cancel", "investigate")


def _setting(default: Any, title: str, help_text: str, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"title": title, "help": help_text, "choices": choices})


@dataclass(frozen=True)
class OrderSyncSettings:
    """What the operator chose on the Order Sync tab. Every value is read somewhere; see docs/operators.md.

    ``enabled_since`` is kept by `with_values`; ``chosen`` names the settings that were set by a person.
    """

    enabled: bool = _setting(False, "Order Sync", "Buy at the supplier what customers buy in the shop")
    auto_fulfillment: bool = _setting(
        False,
        "Auto Fulfillment",
        "On: buy as soon as payment is complete. Off: after the order is marked fulfilled",
    )
    test_order: bool = _setting(True, "Test Order", "Send orders to the supplier as test orders")
    payment_profile: PaymentProfile | None = _setting(
        None, "Payment Profile", "Which saved payment pays; none = the account's terms"
    )
    disable_dropshipping: bool = _setting(
        False, "Disable Dropshipping", "On: ship to the store's address. Off: ship to the customer"
    )
    store_address: StoreLocation | None = _setting(
        None, "Store Address", "One of the shop's locations; required when dropshipping is disabled"
    )
    shipping_method: str | None = _setting(None, "Shipping Method", "The supplier's own code; none = its default")
    warehouse_preference: str | None = _setting(
        None, "Warehouse Preference", "The supplier's own word; none = its default"
    )
    ship_blind: bool | None = _setting(
        None, "Blind Shipping", "Hide the supplier's name on the parcel; none = its default"
    )
    residential: bool | None = _setting(None, "Residential", "Deliver as to a home; none = the supplier's default")
    email_confirmation: str | None = _setting(None, "Email Confirmation", "Where the supplier mails its confirmation")
    unknown_sku: str = _setting(
        "hold", "Unknown SKU", "Hold the order, or skip the line with a reason", UNKNOWN_SKU_CHOICES
    )
    po_template: str = _setting(
        "{prefix}-{order_number}",
        "PO Number",
        "From {prefix}, {order_number}, {order_name}; must contain a letter",
    )
    po_prefix: str = _setting("", "PO Prefix", "Stands for {prefix}; unique per supplier account")
    reject_line_errors: bool = _setting(
        True,
        "Reject Line Errors",
        "On: all lines or none. Off: the supplier sends what it can, the rest is held",
    )
    fulfill_when: str = _setting(
        "shipped",
        "Fulfill When",
        "Auto mode: mark the order fulfilled once shipped or once placed",
        FULFILL_WHEN_CHOICES,
    )
    notify_customer: bool = _setting(True, "Notify Customer", "The shop mails the customer when it is marked fulfilled")
    short_stock: str = _setting(
        "supplier",
        "Short Stock",
        "Too little in stock: let the supplier decide, hold the order, or buy what there is",
        SHORT_STOCK_CHOICES,
    )
    hold_above: Decimal | None = _setting(None, "Hold Above", "Hold orders whose total is higher; none = no limit")
    hold_countries: tuple[str, ...] = _setting((), "Hold Countries", "Hold orders that ship there: codes such as CA,MX")
    hold_tags: tuple[str, ...] = _setting((), "Hold Tags", "Hold orders with one of these tags of the shop")
    hold_older_than_days: int | None = _setting(
        None, "Hold Older Than", "Hold orders older than so many days when they are to be bought; none = any age"
    )
    hold_risk: str = _setting(
        "none", "Hold Risk", "Hold orders that the shop recommends to cancel, or also to investigate", HOLD_RISK_CHOICES
    )
    order_limit: Decimal | None = _setting(
        None, "Order Limit", "Most that one purchase order may cost, in the supplier's currency; none = no limit"
    )
    daily_limit: Decimal | None = _setting(
        None, "Daily Limit", "Most that all purchases of a day (UTC) may cost; none = no limit"
    )
    overdue_days: int = _setting(5, "Overdue After", "Days after which a bought order that is not shipped is overdue")
    retention_days: int | None = _setting(
        90, "Retention", "Days after which customers' data of finished orders is erased; none = never"
    )
    enabled_since: datetime | None = field(default=None, metadata={"internal": True})
    chosen: frozenset[str] = field(default=frozenset(), compare=False, metadata={"internal": True})

    @property
    def mode(self) -> Mode:
        """The mode in which new shares begin."""
        return Mode.TEST if self.test_order else Mode.LIVE

    @property
    def live(self) -> bool:
        """Whether orders are bought for real money."""
        return self.enabled and not self.test_order

    @property
    def options(self) -> PurchaseOptions:
        """What is passed on to the supplier with every purchase order."""
        return PurchaseOptions(
            shipping_method=self.shipping_method,
            warehouse_preference=self.warehouse_preference,
            ship_blind=self.ship_blind,
            residential=self.residential,
            email_confirmation=self.email_confirmation,
            reject_line_errors=self.reject_line_errors,
        )

    def with_values(self, values: Mapping[str, Any], *, now: datetime) -> OrderSyncSettings:
        """These settings with some changed, checked as a whole.

        Turning Order Sync on, or going from test to live while it is on, stores ``enabled_since``: nothing
        older is bought without an explicit backfill.

        Raises:
            ConfigurationError: names the setting and a good value; nothing is changed.
        """
        unknown = sorted(set(values) - set(PUBLIC_SETTINGS))
        if unknown:
            raise ConfigurationError(
                f"There is no setting {unknown[0]!r}.",
                next_step=f"The settings are: {', '.join(PUBLIC_SETTINGS)}.",
                setting=unknown[0],
            )
        changed = replace(self, **values, chosen=self.chosen | set(values))
        starts = changed.enabled and not self.enabled
        goes_live = changed.enabled and self.test_order and not changed.test_order
        if starts or goes_live:
            changed = replace(changed, enabled_since=now.replace(microsecond=0))  # shops date orders by the second
        check_settings(changed)
        return changed


PUBLIC_SETTINGS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {f.name: f.metadata for f in fields(OrderSyncSettings) if not f.metadata.get("internal")}
)
"""The settings a person may change: name -> title, help, choices; in the order of the page."""


def check_settings(settings: OrderSyncSettings) -> None:
    """Raise ConfigurationError for the first setting that cannot work."""
    for name, metadata in PUBLIC_SETTINGS.items():
        choices = metadata["choices"]
        if choices and getattr(settings, name) not in choices:
            raise ConfigurationError(
                f"{name} cannot be {getattr(settings, name)!r}.",
                next_step=f"Use one of: {', '.join(choices)}.",
                setting=name,
            )
    if settings.po_prefix and not PO_PREFIX.fullmatch(settings.po_prefix):
        raise ConfigurationError(
            f"po_prefix {settings.po_prefix!r} is not usable.",
            next_step="Use 1 to 20 letters, digits, - or _.",
            setting="po_prefix",
        )
    check_po_template(settings.po_template, settings.po_prefix)
    if settings.email_confirmation and not EMAIL.fullmatch(settings.email_confirmation):
        raise ConfigurationError(
            f"email_confirmation {settings.email_confirmation!r} is not an e-mail address.",
            next_step="Give one address such as orders@example.com, or none.",
            setting="email_confirmation",
        )
    _check_numbers(settings)
    wrong = [code for code in settings.hold_countries if not _COUNTRY.fullmatch(code)]
    if wrong:
        raise ConfigurationError(
            f"hold_countries has {wrong[0]!r}, which is no country code.",
            next_step="Use codes of two capital letters, separated by commas: CA,MX.",
            setting="hold_countries",
        )
    if settings.disable_dropshipping and settings.store_address is None:
        raise ConfigurationError(
            "disable_dropshipping needs a store address to ship to, and none is selected.",
            next_step="Choose one of the shop's locations first: order-sync locations NAME --select ID.",
            setting="store_address",
        )


def _check_numbers(settings: OrderSyncSettings) -> None:
    for name in ("hold_above", "order_limit", "daily_limit"):
        amount = getattr(settings, name)
        if amount is not None and not (amount.is_finite() and 0 <= amount < _LARGEST_AMOUNT):
            raise ConfigurationError(
                f"{name} cannot be {amount}.", next_step="Use an amount such as 250 or 99.50, or none.", setting=name
            )
    for name in ("hold_older_than_days", "overdue_days", "retention_days"):
        days = getattr(settings, name)
        if days is not None and not 1 <= days <= _MOST_DAYS:
            raise ConfigurationError(
                f"{name} cannot be {days}.", next_step=f"Use a number of days from 1 to {_MOST_DAYS}.", setting=name
            )


def check_po_template(template: str, prefix: str) -> None:
    """Raise ConfigurationError unless the template gives PO numbers that are safe to look up.

    Letters, digits, ``-`` and ``_`` only, a letter for certain, and something that differs per order: the
    supplier looks PO numbers, order numbers and invoice numbers up in one namespace (S&S API v2, GET orders).
    """

    def refuse(why: str, next_step: str) -> None:
        raise ConfigurationError(f"po_template {template!r} {why}", next_step=next_step, setting="po_template")

    names = _PO_TEMPLATE_PART.findall(template)
    literal = _PO_TEMPLATE_PART.sub("", template)
    for name in names:
        if name not in PO_FIELDS:
            refuse(f"uses {{{name}}}, which does not exist.", "Use {prefix}, {order_number} or {order_name}.")
    if not _PO_LITERAL.fullmatch(literal):
        refuse("has characters that PO numbers cannot have.", "Use letters, digits, - and _ around the fields.")
    if not {"order_number", "order_name"} & set(names):
        refuse("would give every order the same PO number.", "Add {order_number} or {order_name}.")
    letters = literal + (prefix if "prefix" in names and prefix else "")
    prefix_unknown = "prefix" in names and not prefix
    if not prefix_unknown and not any(char.isalpha() for char in letters):
        refuse(
            "gives PO numbers without a letter, which can be mistaken for order or invoice numbers.",
            "Add a letter, for example {prefix}-{order_number}.",
        )


@dataclass(frozen=True)
class PluginSettings:
    """Which plugin serves one side of a connection, and that plugin's own settings as stored."""

    plugin: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Connection:
    """One shop joined to one supplier account, with its Order Sync settings. Everything is keyed by its name.

    ``sku_map`` has the supplier's SKU for SKUs of the shop that the supplier does not know by that name.
    ``revision`` is the store's own mark of the stored version; saving with an old one is refused.
    """

    name: str
    source: PluginSettings
    supplier: PluginSettings
    order_sync: OrderSyncSettings = field(default_factory=OrderSyncSettings)
    revision: str = field(default="", compare=False)
    sku_map: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not CONNECTION_NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"{self.name!r} cannot name a connection.",
                next_step="Use up to 63 letters, digits, - and _, beginning with a letter or digit.",
                connection=self.name,
            )

    @property
    def supplier_account(self) -> str:
        """What PO numbers must be unique in: the supplier's plugin and the account there."""
        return f"{self.supplier.plugin}:{self.supplier.values.get('account', '')}"
