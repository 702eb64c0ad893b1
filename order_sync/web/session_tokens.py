"""Shopify's session tokens: who opened our pages inside which shop's admin.

Source: Shopify, "Session tokens": a JWT, HS256 with the app's client secret; dest is the shop, aud the app's client id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from order_sync.bootstrap.access import ShopApp

LARGEST = 8 * 1024
LEEWAY_S = 10
_SHOP = re.compile(r"https://([a-z0-9][a-z0-9-]{0,99}\.myshopify\.com)/?", re.ASCII)
_CLAIMS = ("iss", "dest", "aud", "exp", "nbf")


@dataclass(frozen=True, slots=True)
class Admitted:
    """The connection that a token is for, and its shop."""

    connection: str
    shop: str
    user: str


def verified(token: str, apps: Callable[[str, str], Sequence[ShopApp]]) -> Admitted | None:
    """What a token proves; None when it proves nothing. What it says is believed only after its signature is checked.

    Args:
        apps: (shop, client id) -> connections, each with the secret that signs.
    """
    claims = _claimed(token)
    shop, client_id = _shop(claims.get("dest")), claims.get("aud")
    if shop is None or not isinstance(client_id, str):
        return None
    for app in apps(shop, client_id):
        checked = _checked(token, app)
        if checked is not None and _shop(checked["dest"]) == shop and _host(checked["iss"]) == shop:
            return Admitted(app.connection, shop, str(checked.get("sub", "")))
    return None


def _claimed(token: str) -> dict[str, Any]:
    """The claims, not to be believed: they only say which secret to check with."""
    import jwt

    if len(token) > LARGEST or not token.isascii():
        return {}
    try:
        return dict(jwt.decode(token, options={"verify_signature": False}))
    except (jwt.PyJWTError, ValueError, RecursionError):
        return {}


def _checked(token: str, app: ShopApp) -> dict[str, Any] | None:
    import jwt

    try:
        return dict(
            jwt.decode(
                token,
                app.client_secret,
                algorithms=["HS256"],
                audience=app.client_id,
                leeway=LEEWAY_S,
                options={"require": list(_CLAIMS)},
            )
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def _shop(dest: object) -> str | None:
    found = _SHOP.fullmatch(dest) if isinstance(dest, str) else None
    return found[1] if found else None


def _host(issuer: object) -> str | None:
    try:
        parts = urlsplit(issuer) if isinstance(issuer, str) else None
    except ValueError:
        return None
    return parts.netloc if parts is not None and parts.scheme == "https" else None
