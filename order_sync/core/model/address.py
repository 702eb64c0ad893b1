"""Where goods go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address as the shop has it; empty text where the shop has nothing.

    ``country_code`` is ISO 3166-1 alpha-2 ("US"), ``province_code`` the code inside it ("MN").
    """

    name: str = ""
    company: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    province: str = ""
    province_code: str = ""
    country_code: str = ""
    postal_code: str = ""
    phone: str = ""

    def one_line(self) -> str:
        """The address as one line of text, for people."""
        parts = (
            self.name,
            self.company,
            self.address1,
            self.address2,
            self.city,
            f"{self.province_code} {self.postal_code}".strip(),
            self.country_code,
        )
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class StoreLocation:
    """One of the shop's own locations; a snapshot when kept in settings."""

    location_id: str
    name: str
    address: Address
    active: bool = True


@dataclass(frozen=True, slots=True)
class AddressProblem:
    """Why a supplier cannot ship to an address.

    ``code`` is stable (``missing_state``); ``overridable`` says whether a person may send it all the same.
    """

    code: str
    message: str
    next_step: str
    overridable: bool = False
