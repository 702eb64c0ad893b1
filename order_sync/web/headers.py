"""What keeps a page from loading, sending, or being framed by, anything but itself. Pure."""

from __future__ import annotations

SHOP_ADMIN = "https://admin.shopify.com"
ANY_SHOP = "*.myshopify.com"
"""For a page that tells nothing and changes nothing, when it is not known which shop's admin waits for it."""


def security_headers(shop: str | None = None) -> dict[str, str]:
    """The headers of a page.

    Args:
        shop: the domain of the shop whose admin may frame it; None: nobody may.
    """
    frames = f"https://{shop} {SHOP_ADMIN}" if shop else "'none'"
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        f"img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors {frames}",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if shop:
        del headers["X-Frame-Options"]  # it knows no list; frame-ancestors says it
    return headers


def static_headers() -> dict[str, str]:
    """The headers of a file of the package: kept, and asked for again, so that an update is seen at once."""
    return {**security_headers(), "Cache-Control": "no-cache"}
