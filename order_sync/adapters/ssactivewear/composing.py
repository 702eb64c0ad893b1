"""From a purchase order to the exact body of POST /v2/orders/. Pure.

Only members that S&S documents (S&S API v2, POST orders page); what is not chosen is left out, so that the
account's own setting stays in force.
"""

from __future__ import annotations

import json
import re
from typing import Any

from order_sync.adapters.ssactivewear.addresses import shipping_address
from order_sync.core.errors import ConfigurationError
from order_sync.core.model.payment_profile import PaymentProfile
from order_sync.core.model.purchase_order import Mode, PurchaseOptions, PurchaseOrder, PurchaseOrderLine

_PO_NUMBER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_-]+")


def can_be_looked_up(po_number: str) -> bool:
    """Whether an order could be found again under that PO number."""
    return _PO_NUMBER.fullmatch(po_number) is not None


def check_po_number(po_number: str) -> None:
    """Raise ConfigurationError for a PO number under which an order could not be found again.

    It becomes a path segment, and shares one namespace with order, invoice and GUID numbers
    (S&S API v2, GET orders page), so a number without a letter may be somebody else's.
    """
    if not can_be_looked_up(po_number):
        raise ConfigurationError(
            f"The PO number {po_number!r} cannot be looked up at S&S Activewear.",
            next_step="Use letters, digits, - and _, with at least one letter; see the setting po_template.",
            po_number=po_number,
        )


def composed(purchase_order: PurchaseOrder, country: str) -> str:
    """The body as compact ASCII JSON in the order of S&S's page; the same order always gives the same text."""
    check_po_number(purchase_order.po_number)
    options = purchase_order.options
    address: dict[str, Any] = {**shipping_address(purchase_order.ship_to, country)}
    if options.residential is not None:
        address["residential"] = options.residential
    body: dict[str, Any] = {"shippingAddress": address, **_shipping(options)}
    body["poNumber"] = purchase_order.po_number
    if options.email_confirmation:
        body["emailConfirmation"] = options.email_confirmation
    body["testOrder"] = purchase_order.mode is not Mode.LIVE
    body["autoselectWarehouse"] = True
    if options.warehouse_preference is not None:
        body["AutoSelectWarehouse_Preference"] = options.warehouse_preference
    body["rejectLineErrors"] = options.reject_line_errors
    if purchase_order.payment_profile is not None:
        body["paymentProfile"] = _payment_profile(purchase_order.payment_profile)
    body["lines"] = merged_lines(purchase_order.lines)
    return json.dumps(body, ensure_ascii=True, separators=(",", ":"))


def merged_lines(lines: tuple[PurchaseOrderLine, ...]) -> list[dict[str, Any]]:
    """One line per SKU: whether S&S takes the same SKU twice is not documented."""
    pieces: dict[str, int] = {}
    for line in lines:
        pieces[line.sku] = pieces.get(line.sku, 0) + line.quantity
    return [{"identifier": sku, "qty": quantity} for sku, quantity in pieces.items()]


def _shipping(options: PurchaseOptions) -> dict[str, Any]:
    chosen = {"shippingMethod": options.shipping_method, "shipBlind": options.ship_blind}
    return {name: value for name, value in chosen.items() if value is not None}


def _payment_profile(profile: PaymentProfile) -> dict[str, Any]:
    number = profile.profile_id.strip()
    if not re.fullmatch(r"[0-9]{1,18}", number):
        raise ConfigurationError(
            f"The payment profile {profile.profile_id!r} is not one of S&S Activewear: its ids are whole numbers.",
            next_step="Choose one that S&S lists for that e-mail address.",
            setting="payment_profile",
        )
    return {"email": profile.email, "profileID": int(number)}
