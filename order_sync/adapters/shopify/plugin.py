"""How Shopify presents itself: its fields, and how an order source is built from them.

Imported by every command, so nothing heavy is imported above `build`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from order_sync.core.ports import OrderSource
from order_sync.plugins.hookspecs import hookimpl
from order_sync.plugins.registry import Field, OrderSourceContext, OrderSourcePlugin, checked, seconds

ORDER_SYNC_HOOK_API = 1
NAME = "shopify"
SHOP_SUFFIX = ".myshopify.com"
DEFAULT_API_VERSION = "2026-10"
DEFAULT_TIMEOUT_S = 30.0
_HANDLE = re.compile(r"[a-z0-9][a-z0-9-]{0,99}", re.ASCII)
_VERSION = re.compile(r"20[0-9]{2}-(01|04|07|10)", re.ASCII)


def shop_domain(text: str) -> str:
    """The shop's permanent domain from its handle, its domain or an address of its shop or admin.

    Raises ValueError for anything else, because a token sent to a wrong host is a token given away.
    """
    shop = str(text).strip().lower()
    _, _, rest = shop.rpartition("://")
    host, _, path = rest.partition("/")
    admin = re.match(r"store/([^/?#]+)", path)
    if host == "admin.shopify.com" and admin:
        host = admin[1]
    handle = host.removesuffix(SHOP_SUFFIX)
    known_scheme = "://" not in shop or shop.startswith(("http://", "https://"))
    if not known_scheme or not _HANDLE.fullmatch(handle):
        raise ValueError(f"give the shop's permanent domain, for example demo{SHOP_SUFFIX} (not its own domain name)")
    return handle + SHOP_SUFFIX


def base_url_text(text: str) -> str:
    """The address of a stand-in for Shopify, without trailing slash; empty for the shop itself."""
    if not str(text).strip():
        return ""
    from order_sync.adapters import http_support  # loads httpx, which most calls do not need

    return http_support.base_url_text(str(text))


def webhook_address_text(text: str) -> str:
    """The address under which Shopify reaches `order-sync serve`, without trailing slash; empty for none."""
    try:
        return base_url_text(text)
    except ValueError as exc:
        raise ValueError(
            "give scheme and host of `order-sync serve` as the shop reaches it, for example https://orders.example.com"
            " (plain http is for 127.0.0.1, ::1 and localhost only)"
        ) from exc


def api_version_text(text: str) -> str:
    """A version such as 2026-10: Shopify publishes one each quarter."""
    version = str(text).strip().lower()
    if version != "unstable" and not _VERSION.fullmatch(version):
        raise ValueError(f"give a version of the Admin API, for example {DEFAULT_API_VERSION}")
    return version


FIELDS = (
    Field("shop", "Shop", f"Its permanent domain, demo{SHOP_SUFFIX}", required=True, convert=shop_domain),
    Field("base_url", "API address", "Only for a stand-in: replaces https://SHOP", convert=base_url_text),
    Field("api_version", "API version", "Of the Admin API", default=DEFAULT_API_VERSION, convert=api_version_text),
    Field("timeout_s", "Timeout", "Seconds a call may take", default=DEFAULT_TIMEOUT_S, convert=seconds),
    Field(
        "webhook_address",
        "Webhook address",
        "Where the shop reaches order-sync serve, for example https://orders.example.com",
        convert=webhook_address_text,
    ),
    Field("token", "Access token", "Admin API access token of a custom app (shpat_...)", secret=True),
    Field("client_id", "Client ID", "Of the app, instead of a token, with its client secret", secret=True),
    Field("client_secret", "Client secret", "Of the app; beside a token it checks webhooks only", secret=True),
)


def build(context: OrderSourceContext) -> OrderSource:
    """The order source of one connection. Secrets are looked up when they are needed, not here."""
    # Imported here, so that `order-sync --help` does not load the HTTP library.
    from order_sync.adapters.shopify.client import ShopifyClient
    from order_sync.adapters.shopify.order_source import ShopifyOrderSource
    from order_sync.adapters.shopify.signatures import ClientSecret

    settings = checked("source", FIELDS, context.settings)
    client = ShopifyClient(
        shop=settings["shop"],
        base_url=settings.get("base_url") or f"https://{settings['shop']}",
        api_version=settings["api_version"],
        timeout_s=settings["timeout_s"],
        secret=context.secret,
        clock=context.clock,
        connection=context.connection,
        transport=context.http_transport,
    )
    return ShopifyOrderSource(client, ClientSecret(context.secret, context.connection), context.clock)


@hookimpl
def register_order_sources(register: Callable[[OrderSourcePlugin], None]) -> None:
    """Give the order source ``shopify``."""
    register(OrderSourcePlugin(name=NAME, title="Shopify", build=build, fields=FIELDS))
