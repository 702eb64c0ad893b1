"""What S&S understands of the purchase options. Pure.

Source: S&S API v2, POST orders pages of the US and the Canadian host.
"""

from __future__ import annotations

from collections.abc import Mapping

from order_sync.core.model.purchase_order import PurchaseOptions

SHIPPING_METHODS: Mapping[str, Mapping[str, str]] = {
    "US": {
        "1": "Ground",
        "2": "UPS Next Day Air",
        "3": "UPS 2nd Day Air",
        "6": "Will Call / pickup",
        "8": "Messenger pickup",
        "14": "FedEx Ground",
        "16": "UPS 3 Day Select",
        "17": "UPS Next Day Air Early AM",
        "19": "UPS Saturday",
        "20": "UPS Saturday Early",
        "21": "UPS Next Day Air Saver",
        "22": "UPS 2nd Day Air AM",
        "26": "FedEx Next Day Priority",
        "27": "FedEx Next Day Standard",
        "40": "UPS Ground",
        "48": "FedEx 2nd Day Air",
        "54": "Cheapest of USPS and UPS",
    },
    "CA": {
        "1": "Ground",
        "6": "Will Call / pickup",
        "8": "Messenger pickup",
        "40": "UPS Ground",
        "54": "Cheapest of Purolator and UPS Ground",
        "81": "Purolator Ground",
        "82": "Purolator Express 10:30am",
        "83": "Purolator Express",
        "91": "UPS Express Saver",
    },
}
"""Country code -> shipping method code -> meaning."""

WAREHOUSE_PREFERENCES = ("fewest", "fastest")


def problems_of(options: PurchaseOptions, country: str) -> tuple[str, ...]:
    """Each option that S&S would not understand, with what it would."""
    found = []
    methods = SHIPPING_METHODS[country]
    if options.shipping_method is not None and options.shipping_method not in methods:
        allowed = ", ".join(f"{code} ({meaning})" for code, meaning in methods.items())
        found.append(f"shipping_method {options.shipping_method!r} is not one of S&S ({country}): {allowed}.")
    if options.warehouse_preference is not None and options.warehouse_preference not in WAREHOUSE_PREFERENCES:
        allowed = ", ".join(WAREHOUSE_PREFERENCES)
        found.append(f"warehouse_preference {options.warehouse_preference!r} is not one of S&S: {allowed}.")
    return tuple(found)
