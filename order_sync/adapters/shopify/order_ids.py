"""How Shopify names an order: a number, or that number in a global id. Pure."""

from __future__ import annotations

import re

_ORDER_ID = re.compile(r"(?:gid://shopify/Order/)?([0-9]{1,20})", re.ASCII)


def order_gid(text: str) -> str | None:
    """gid://shopify/Order/123, from that or from 123; None for what names no order."""
    matched = _ORDER_ID.fullmatch(text.strip())
    return None if matched is None else f"gid://shopify/Order/{int(matched[1])}"
