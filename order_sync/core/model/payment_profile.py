"""Which saved payment pays the supplier."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaymentProfile:
    """A saved card or bank account at the supplier, as the supplier names it.

    ``email`` is the supplier user who owns it, ``label`` what a person recognises ("Bank 4242 (…)"),
    ``kind`` the supplier's own word ("Credit Card", "Bank").
    """

    email: str
    profile_id: str
    label: str = ""
    kind: str = ""
