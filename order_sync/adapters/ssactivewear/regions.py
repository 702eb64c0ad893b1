"""States and provinces by name and code, as two-letter codes go into ``shippingAddress.state``."""

from __future__ import annotations

from collections.abc import Mapping

# Names and codes of the United States Postal Service (states, territories, military) and of Canada Post.
# Which territories and military addresses S&S accepts is not documented; it decides.
_US = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|DC Washington DC|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa
KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|SC South Carolina
SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin
WY Wyoming|PR Puerto Rico|GU Guam|VI U.S. Virgin Islands|VI Virgin Islands|AS American Samoa
MP Northern Mariana Islands|FM Micronesia|FM Federated States of Micronesia|MH Marshall Islands|PW Palau
AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific
"""
_CA = """
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NL Newfoundland
NS Nova Scotia|NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|QC Québec
SK Saskatchewan|YT Yukon|YT Yukon Territory
"""


def _by_name(table: str) -> dict[str, str]:
    entries = [entry.strip() for line in table.splitlines() for entry in line.split("|") if entry.strip()]
    return {name.casefold(): code for code, name in (entry.split(" ", 1) for entry in entries)}


CODE_BY_NAME: Mapping[str, Mapping[str, str]] = {"US": _by_name(_US), "CA": _by_name(_CA)}
"""Country code -> name in lower case -> code."""

CODES: Mapping[str, frozenset[str]] = {country: frozenset(names.values()) for country, names in CODE_BY_NAME.items()}
"""Country code -> codes."""
