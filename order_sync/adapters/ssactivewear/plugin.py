"""How S&S Activewear presents itself: its fields, and how a gateway is built from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from order_sync.adapters.ssactivewear.capabilities import CAPABILITIES
from order_sync.plugins.hookspecs import hookimpl
from order_sync.plugins.registry import (
    Field,
    Supplier,
    SupplierContext,
    SupplierPlugin,
    checked,
    seconds,
    seconds_from_zero,
)

ORDER_SYNC_HOOK_API = 1
NAME = "ssactivewear"
US_URL = "https://api.ssactivewear.com"
CANADA_URL = "https://api-ca.ssactivewear.com"
"""Hosts: S&S API v2, POST orders pages (US and Canada)."""
COUNTRIES = ("US", "CA")


def account_text(text: str) -> str:
    """An account number. Not only digits: a Canadian account with a leading letter was seen in client code."""
    account = str(text).strip()
    if not account:
        raise ValueError("it is empty; give the S&S account number")
    if ":" in account or not account.isprintable():
        raise ValueError("an account number has no ':' and no control characters")
    return account


def base_url_text(text: str) -> str:
    """A service's address without trailing slash; httpx is loaded only when one is given."""
    from order_sync.adapters import http_support

    return http_support.base_url_text(str(text))


def country_text(text: str) -> str:
    """US or CA."""
    country = str(text).strip().upper()
    if country not in COUNTRIES:
        raise ValueError("use US or CA")
    return country


FIELDS = (
    Field("account", "Account", "S&S account number", required=True, convert=account_text),
    Field(
        "api_key", "API key", "From My Account on ssactivewear.com, or by e-mail from S&S", required=True, secret=True
    ),
    Field("base_url", "API address", f"Canada: {CANADA_URL}", default=US_URL, convert=base_url_text),
    Field("country", "Country", "US or CA; none = by the API address", convert=country_text, choices=COUNTRIES),
    Field(
        "settle_s",
        "Settling time",
        "Seconds after a send in which a look-up may still miss the order (S&S states none)",
        default=120.0,
        convert=seconds_from_zero,
    ),
    Field("timeout_s", "Timeout", "Seconds a call may take", default=60.0, convert=seconds),
)


def country_of(base_url: str) -> str:
    """CA for the Canadian host, else US."""
    return "CA" if (urlsplit(base_url).hostname or "").startswith("api-ca") else "US"


def checked_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting in its type, defaults filled in. Raises ConfigurationError that names the setting."""
    typed = checked("supplier", FIELDS, values)
    return {"country": country_of(typed["base_url"]), **typed}


def build(context: SupplierContext) -> Supplier:
    """The gateway and the payment profiles of one connection; they share one client."""
    # Imported here, so that `order-sync --help` does not load the HTTP library.
    from order_sync.adapters.ssactivewear.client import SsActivewearClient
    from order_sync.adapters.ssactivewear.gateway import SsActivewearGateway
    from order_sync.adapters.ssactivewear.payment_profiles import SsActivewearPaymentProfiles

    settings = checked_settings(context.settings)
    client = SsActivewearClient(
        base_url=settings["base_url"],
        account=settings["account"],
        api_key=lambda: context.secret("api_key"),
        clock=context.clock,
        calls=context.calls,
        timeout_s=settings["timeout_s"],
        connection=context.connection,
        transport=context.http_transport,
    )
    gateway = SsActivewearGateway(client, context.clock, country=settings["country"], settle_s=settings["settle_s"])
    return Supplier(gateway=gateway, payment_profiles=SsActivewearPaymentProfiles(client))


@hookimpl
def register_suppliers(register: Callable[[SupplierPlugin], None]) -> None:
    """Give the supplier ``ssactivewear``."""
    register(SupplierPlugin(NAME, "S&S Activewear", build=build, fields=FIELDS, capabilities=CAPABILITIES))
