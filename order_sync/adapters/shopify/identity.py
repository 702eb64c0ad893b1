"""What the credentials may do, judged against what the work needs. Pure.

Source: Shopify access scopes, and Shopify Admin API 2026-10, AppInstallation.accessScopes, publicApiVersions.
"""

from __future__ import annotations

from order_sync.adapters.shopify.mapping import Found
from order_sync.core.ports import ShopIdentity

NEEDED = ("read_orders", "read_locations")
WORK_WRITES = (
    "write_merchant_managed_fulfillment_orders",
    "write_assigned_fulfillment_orders",
    "write_third_party_fulfillment_orders",
)
"""Each shows and fulfils the work of other locations: the merchant's own, our own, other apps'."""


def to_identity(answer: Found, *, shop: str, api_version: str) -> ShopIdentity:
    """Whose credentials these are.

    Args:
        shop: the domain that the connection is configured with.
        api_version: the configured version.
    """
    found = answer["shop"]
    installation = answer["current_app_installation"] or {"access_scopes": []}
    scopes = tuple(sorted({scope["handle"] for scope in installation["access_scopes"]}))
    return ShopIdentity(
        shop_id=found["id"],
        name=found["name"],
        domain=found["myshopify_domain"],
        scopes=scopes,
        missing_scopes=missing_scopes(scopes),
        notes=(*_scope_notes(scopes), *_shop_notes(found, shop), *_version_notes(answer, api_version)),
    )


def missing_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Scopes that the work needs and that are not there; a write scope includes its read scope."""
    allowed = _with_reads(scopes)
    missing = [scope for scope in NEEDED if scope not in allowed]
    if not allowed.intersection(WORK_WRITES):
        missing.append(WORK_WRITES[0])
    return tuple(missing)


def _with_reads(scopes: tuple[str, ...]) -> set[str]:
    return {*scopes, *("read_" + scope.removeprefix("write_") for scope in scopes if scope.startswith("write_"))}


def _scope_notes(scopes: tuple[str, ...]) -> list[str]:
    notes = []
    if not _with_reads(scopes).intersection({"read_all_orders"}):
        notes.append("Without the scope read_all_orders only orders of the last 60 days are visible.")
    if WORK_WRITES[0] not in scopes and set(scopes).intersection(WORK_WRITES):
        notes.append(f"Without the scope {WORK_WRITES[0]} work at the merchant's own locations cannot be fulfilled.")
    return notes


def _shop_notes(found: Found, shop: str) -> list[str]:
    notes = []
    if found["myshopify_domain"].lower() != shop:
        notes.append(f"The shop calls itself {found['myshopify_domain']}; the connection is configured with {shop}.")
    if found["plan"] and found["plan"]["partner_development"]:
        notes.append("This is a development store.")
    return notes


def _version_notes(answer: Found, api_version: str) -> list[str]:
    """Nothing for unstable, which is never "supported", nor where Shopify lists no version at all."""
    served = [version["handle"] for version in answer["public_api_versions"] if version["supported"]]
    if not served or api_version in (*served, "unstable"):
        return []
    return [f"Admin API version {api_version} is not served any more, or not yet; served are {', '.join(served)}."]
