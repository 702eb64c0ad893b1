"""From an address as a shop has it to S&S's ``shippingAddress``, and what keeps one from being used. Pure.

S&S takes one street line, no country, no phone, no e-mail (S&S API v2, POST orders page). Text lengths are not
documented, so nothing is ever cut.
"""

from __future__ import annotations

import re

from order_sync.adapters.ssactivewear.regions import CODE_BY_NAME, CODES
from order_sync.core.model.address import Address, AddressProblem
from order_sync.core.model.purchase_order import PurchaseOptions

COUNTRY_NAMES = {"US": "the United States", "CA": "Canada"}

PO_BOX_METHODS = {"US": frozenset({"54", "6", "8"}), "CA": frozenset({"6", "8"})}
"""Methods that can serve a PO box: 54 may go by USPS (in the US only), 6 and 8 are collected at the warehouse
(S&S API v2, POST orders pages)."""

_US_ZIP = re.compile(r"([0-9]{5})(?:[- ]?[0-9]{4})?")
_CA_CODE = re.compile(r"([A-Z][0-9][A-Z])[ -]?([0-9][A-Z][0-9])")
_PO_BOX = re.compile(
    r"\bP\.?\s*O\.?\s*[-#]?\s*BOX(?:\b|(?=[0-9]))|\bPOST\s+OFFICE\s+BOX\b|\bP\.?\s?O\.?\s?B\.?\s*[#:]?\s*[0-9]",
    re.IGNORECASE,
)
_CASE_POSTALE = re.compile(r"\b(?:CASE|CASIER)\s+POSTALE?\b|\bC\.?\s?P\.?\s*[0-9]+\b", re.IGNORECASE)


def collapsed(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())


def shipping_address(address: Address, country: str) -> dict[str, str]:
    """The members of ``shippingAddress``. What cannot be put right is passed on as it is: a person allowed it."""
    name, company = collapsed(address.name), collapsed(address.company)
    return {
        "customer": company or name,
        "attn": name or company,
        "address": street_line(address),
        "city": collapsed(address.city),
        "state": state_code(address, country) or collapsed(address.province_code or address.province),
        "zip": zip_code(address, country) or collapsed(address.postal_code),
    }


def street_line(address: Address) -> str:
    """Both street lines in one, joined by a space as clients of the API do."""
    return collapsed(f"{address.address1} {address.address2}")


def state_code(address: Address, country: str) -> str:
    """The two-letter code, from the code or else from the full name; empty when neither is known."""
    given = collapsed(address.province_code).upper()
    if given:
        return given if given in CODES[country] else ""
    name = collapsed(address.province)
    if name.upper() in CODES[country]:
        return name.upper()
    return CODE_BY_NAME[country].get(name.casefold(), "")


def zip_code(address: Address, country: str) -> str:
    """Five digits (S&S API v2, POST orders page; clients cut ZIP+4), or "H7N 1A1"; empty when it is neither."""
    text = collapsed(address.postal_code).upper()
    if country == "CA":
        canadian = _CA_CODE.fullmatch(text)
        return f"{canadian[1]} {canadian[2]}" if canadian else ""
    american = _US_ZIP.fullmatch(text)
    return american[1] if american else ""


def is_po_box(address: Address, country: str) -> bool:
    """Whether a street line names a post-office box."""
    text = street_line(address)
    return bool(_PO_BOX.search(text) or (country == "CA" and _CASE_POSTALE.search(text)))


def problems_of(address: Address, options: PurchaseOptions, country: str) -> tuple[AddressProblem, ...]:
    """Why S&S cannot ship there, in the order in which a person would mend it."""
    present = (address.name, address.company, street_line(address), address.city, address.postal_code)
    if not any(collapsed(text) for text in present):
        return (_withheld(),)
    found = [_country_problem(address, country), *_missing(address)]
    if collapsed(address.country_code).upper() in ("", country):  # elsewhere these rules mean nothing
        found += [_state_problem(address, country), _zip_problem(address, country)]
        found.append(_po_box_problem(address, options, country))
    return tuple(problem for problem in found if problem is not None)


def _withheld() -> AddressProblem:
    return AddressProblem(
        "missing_address",
        "The order has no shipping address.",
        "Add it in the shop. If the shop shows one: Shopify withholds addresses from an app without protected "
        "customer data access.",
    )


def _country_problem(address: Address, country: str) -> AddressProblem | None:
    given = collapsed(address.country_code).upper()
    if not given:
        return AddressProblem("missing_country", "The address has no country.", "Add the country in the shop.")
    if given == country:
        return None
    return AddressProblem(
        "country_not_served",
        f"The address is in {given}; this account ships inside {COUNTRY_NAMES[country]} ({country}) only.",
        "Buy elsewhere, or connect the S&S account of that country.",
    )


def _missing(address: Address) -> list[AddressProblem]:
    found = []
    if not collapsed(address.name + address.company):
        found.append(
            AddressProblem(
                "missing_name",
                "The address has neither a name nor a company.",
                "Add one in the shop, or send it without.",
                overridable=True,
            )
        )
    if not street_line(address):
        found.append(AddressProblem("missing_street", "The address has no street.", "Add the street in the shop."))
    if not collapsed(address.city):
        found.append(AddressProblem("missing_city", "The address has no city.", "Add the city in the shop."))
    return found


def _state_problem(address: Address, country: str) -> AddressProblem | None:
    if state_code(address, country):
        return None
    given, kind = collapsed(address.province_code), "province" if country == "CA" else "state"
    if given:
        return AddressProblem(
            "unknown_state",
            f"{given!r} is no {kind} of {COUNTRY_NAMES[country]}.",
            f"Correct the {kind} in the shop.",
        )
    name = collapsed(address.province)
    found = f"The {kind} {name!r} is not known." if name else f"The address has no {kind}."
    return AddressProblem("missing_state", found, f"Choose the {kind} in the shop.")


def _zip_problem(address: Address, country: str) -> AddressProblem | None:
    if zip_code(address, country):
        return None
    given = collapsed(address.postal_code)
    if not given:
        return AddressProblem("missing_zip", "The address has no postal code.", "Add the postal code in the shop.")
    wanted = "like H7N 1A1" if country == "CA" else "of 5 digits, like 55805"
    return AddressProblem("bad_zip", f"The postal code {given!r} is not one {wanted}.", "Correct it in the shop.")


def _po_box_problem(address: Address, options: PurchaseOptions, country: str) -> AddressProblem | None:
    if not is_po_box(address, country) or options.shipping_method in PO_BOX_METHODS[country]:
        return None
    may_use = "shipping method 54 (may go by USPS)" if country == "US" else "another address"
    return AddressProblem(
        "po_box",
        "The address is a PO box, which parcel carriers do not serve.",
        f"Use {may_use}, a street address, or send it all the same.",
        overridable=True,
    )
