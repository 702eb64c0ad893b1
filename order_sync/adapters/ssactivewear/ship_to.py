"""Where S&S says that it ships, and whether that is what was sent. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from order_sync.adapters.ssactivewear.wire import lowered
from order_sync.core.model.address import Address

MEMBERS = ("customer", "attn", "address", "city", "state", "zip")
"""Of ``shippingAddress``, in requests and replies alike (S&S API v2, POST and GET orders pages)."""
SHORTEST_CUT = 25
"""S&S documents no text lengths. A text of theirs of at least so many characters that ours begins with counts as
cut, not as different; a shorter one has lost something, for example the apartment. Assumed."""


def ship_to_of(value: Any) -> Address | None:
    """The address of a reply; None when it has none."""
    texts = _texts(value)
    if not any(texts.values()):
        return None
    return Address(
        name=texts["attn"],
        company=texts["customer"],
        address1=texts["address"],
        city=texts["city"],
        province_code=texts["state"],
        postal_code=texts["zip"],
    )


def differences(body: str, ship_to: Address) -> tuple[str, ...]:
    """Members of ``shippingAddress`` in a composed body that differ from where S&S ships.

    A body that was erased or is none of ours tells nothing, and so gives no difference.
    """
    try:
        document = json.loads(body)
    except ValueError:
        return ()
    sent = _texts(document.get("shippingAddress") if isinstance(document, dict) else None)
    theirs = {
        "customer": ship_to.company,
        "attn": ship_to.name,
        "address": ship_to.address1,
        "city": ship_to.city,
        "state": ship_to.province_code,
        "zip": ship_to.postal_code,
    }
    return tuple(name for name in MEMBERS if not _alike(name, sent[name], theirs[name]))


def _texts(value: Any) -> dict[str, str]:
    members = lowered(value) if isinstance(value, Mapping) else {}
    found = {name: members.get(name) for name in MEMBERS}
    return {name: " ".join(str(text).split()) if isinstance(text, str | int) else "" for name, text in found.items()}


def _alike(name: str, ours: str, theirs: str) -> bool:
    """Alike but for case, blanks, punctuation and a cut end; in a ZIP code five digits count (ZIP+4 is cut)."""
    if not ours or not theirs:
        return True
    mine, other = _plain(ours), _plain(theirs)
    if name == "zip" and mine.isdigit() and other.isdigit():
        return mine[:5] == other[:5]
    return mine == other or (len(theirs) >= SHORTEST_CUT and mine.startswith(other))


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
