"""What we tell Shopify, in its words: the input of mutations. Pure.

Source: Shopify Admin API 2026-10, FulfillmentInput and FulfillmentTrackingInput.
"""

from __future__ import annotations

import re
from typing import Any

from order_sync.core.model.order import TrackingInfo
from order_sync.core.ports import FulfillmentWrite

_COMPANIES = ("UPS", "USPS", "FedEx", "DHL Express", "DHL eCommerce", "OnTrac", "Canada Post", "Purolator", "Estes")
EXACT_COMPANIES = {name.casefold(): name for name in _COMPANIES}
"""Names that Shopify builds tracking links for, where capitals matter (FulfillmentTrackingInput.company)."""
_BEGINNINGS = (
    (r"ups", "UPS"),
    (r"united parcel", "UPS"),
    (r"usps", "USPS"),
    (r"(united states|u\.? ?s\.?) postal", "USPS"),
    (r"fed[ -]?ex", "FedEx"),
    (r"federal express", "FedEx"),
    (r"purolator", "Purolator"),
    (r"(canada post|postes canada)", "Canada Post"),
    (r"dhl e-?commerce", "DHL eCommerce"),
    (r"dhl", "DHL Express"),
    (r"on ?trac", "OnTrac"),
    (r"estes", "Estes"),
)
CARRIERS = tuple((re.compile(rf"{words}(?![A-Za-z0-9])", re.IGNORECASE), company) for words, company in _BEGINNINGS)
"""How suppliers begin the names of their services ("UPS Ground", "FEDEX HOME DELIVERY"), and whose they are."""


def fulfillment_input(write: FulfillmentWrite) -> dict[str, Any]:
    """FulfillmentInput; its list of work is empty when there is nothing to fulfil.

    Work without lines is left out: Shopify would take it for *all* lines of that work.
    """
    work = []
    for work_id, pieces in write.work_lines.items():
        lines = [{"id": line_id, "quantity": quantity} for line_id, quantity in pieces.items() if quantity > 0]
        if lines:
            work.append({"fulfillmentOrderId": work_id, "fulfillmentOrderLineItems": lines})
    found: dict[str, Any] = {"lineItemsByFulfillmentOrder": work, "notifyCustomer": write.notify_customer}
    tracking = tracking_input(write.tracking)
    if tracking:
        found["trackingInfo"] = tracking
    return found


def tracking_input(tracking: tuple[TrackingInfo, ...]) -> dict[str, Any]:
    """FulfillmentTrackingInput; empty when there is no tracking number.

    One company stands for all numbers, so it is given only where all agree. Several urls are matched to the
    numbers by position, so they are given only where every number has one.
    """
    by_number: dict[str, TrackingInfo] = {}
    for info in tracking:
        if info.number.strip():
            by_number.setdefault(info.number.strip(), info)
    parcels = list(by_number.values())
    if not parcels:
        return {}
    found: dict[str, Any] = {}
    companies = {_company(info.carrier) for info in parcels}
    if len(companies) == 1 and "" not in companies:
        found["company"] = companies.pop()
    urls = [info.url.strip() for info in parcels]
    if len(parcels) == 1:
        found["number"] = next(iter(by_number))
        if urls[0]:
            found["url"] = urls[0]
        return found
    found["numbers"] = list(by_number)
    if all(urls):
        found["urls"] = urls
    return found


def _company(carrier: str) -> str:
    name = " ".join(carrier.split())
    exact = EXACT_COMPANIES.get(name.casefold())
    return exact or next((company for words, company in CARRIERS if words.match(name)), name)
