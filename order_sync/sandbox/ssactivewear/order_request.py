"""What a POST asks for, read without regard to the case of its members, every problem collected.

Source: S&S API v2, POST orders page (fields, defaults, required ones); the texts of the problems are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from order_sync.sandbox.ssactivewear.catalogue import MILL, WAREHOUSES
from order_sync.sandbox.ssactivewear.errors import Problem
from order_sync.sandbox.ssactivewear.knobs import Knobs

METHODS = {
    "1": ("UPS", "UPS Ground"), "2": ("UPS", "UPS Next Day Air"), "3": ("UPS", "UPS 2nd Day Air"),
    "6": ("Will Call", "Will Call"), "8": ("Messenger", "Messenger Pickup"), "14": ("FedEx", "FedEx Ground"),
    "16": ("UPS", "UPS 3 Day Select"), "17": ("UPS", "UPS Next Day Air Early AM"),
    "19": ("UPS", "UPS Saturday"),
    "20": ("UPS", "UPS Saturday Early"), "21": ("UPS", "UPS Next Day Air Saver"),
    "22": ("UPS", "UPS 2nd Day Air AM"),
    "26": ("FedEx", "FedEx Next Day Priority"), "27": ("FedEx", "FedEx Next Day Standard"),
    "40": ("UPS", "UPS Ground"), "48": ("FedEx", "FedEx 2nd Day Air"), "54": ("USPS", "USPS Priority"),
}  # fmt: skip


@dataclass(frozen=True)
class RequestedLine:
    position: int
    identifier: str
    quantity: int
    warehouse: str | None


@dataclass(frozen=True)
class OrderRequest:
    """The request with defaults filled in. `raw` is the body as sent, kept for tests to look at."""

    ship_to: dict[str, str]
    method: str
    blind: bool
    po_number: str
    test: bool
    autoselect: bool
    allowed: tuple[str, ...]
    fastest: bool
    max_days: int
    reject_line_errors: bool
    profile: tuple[str, str] | None
    lines: tuple[RequestedLine, ...]
    raw: dict[str, Any]


class _Members:
    """A JSON object whose members are found without regard to case; unknown ones are ignored."""

    def __init__(self, value: Any) -> None:
        self._values = {key.lower(): item for key, item in value.items()} if isinstance(value, dict) else {}

    def get(self, name: str, default: Any = None) -> Any:
        value = self._values.get(name.lower())
        return default if value is None else value

    def text(self, name: str, default: str = "") -> str:
        return str(self.get(name, default)).strip()

    def flag(self, name: str, default: bool) -> bool:
        value = self.get(name, default)
        return value.strip().lower() == "true" if isinstance(value, str) else bool(value)


def read_order(body: Any, knobs: Knobs) -> tuple[OrderRequest | None, list[Problem]]:
    """The request, or all the reasons why it is none."""
    if not isinstance(body, dict):
        return None, [Problem("", "a JSON object is required")]
    members = _Members(body)
    problems: list[Problem] = []
    ship_to = _ship_to(_Members(members.get("shippingAddress", {})), knobs, problems)
    lines = _lines(members.get("lines", []), problems)
    method = members.text("shippingMethod", "1")
    if method not in METHODS:
        problems.append(Problem("shippingMethod", f"unknown shipping method {method!r}"))
    preference = members.text("AutoSelectWarehouse_Preference", "fewest").lower()
    if preference not in {"fewest", "fastest"}:
        problems.append(Problem("AutoSelectWarehouse_Preference", "must be fewest or fastest"))
    order = OrderRequest(
        ship_to=ship_to,
        method=method,
        blind=members.flag("shipBlind", False),
        po_number=members.text("poNumber"),
        test=members.flag("testOrder", False),
        autoselect=members.flag("autoselectWarehouse", False),
        allowed=_allowed(members.text("autoselectWarehouse_Warehouses"), knobs, problems),
        fastest=preference == "fastest",
        max_days=_whole(members.get("AutoSelectWarehouse_Fewest_MaxDIT", 10)) or 10,
        reject_line_errors=members.flag("rejectLineErrors", True),
        profile=_profile(members.get("paymentProfile"), problems),
        lines=lines,
        raw=body,
    )
    return (None if problems else order), problems


def _ship_to(address: _Members, knobs: Knobs, problems: list[Problem]) -> dict[str, str]:
    ship_to = {name: address.text(name) for name in ("customer", "attn", "address", "city", "state", "zip")}
    missing = [name for name in ("address", "city", "state", "zip") if not ship_to[name]]
    problems.extend(Problem(f"shippingAddress.{name}", "required") for name in missing)
    zip_code, state = ship_to["zip"], ship_to["state"]
    if knobs.five_digit_zip and zip_code and not (len(zip_code) == 5 and zip_code.isdigit()):
        problems.append(Problem("shippingAddress.zip", "must be 5 digits"))
    if knobs.two_letter_state and state and not (len(state) == 2 and state.isalpha()):
        problems.append(Problem("shippingAddress.state", "must be a 2-letter code"))
    return ship_to


def _lines(value: Any, problems: list[Problem]) -> tuple[RequestedLine, ...]:
    if not isinstance(value, list) or not value:
        problems.append(Problem("lines", "at least one line is required"))
        return ()
    lines = []
    for position, item in enumerate(value):
        line = _Members(item)
        identifier, quantity = line.text("identifier"), _whole(line.get("qty"))
        problems += [] if identifier else [Problem(f"lines[{position}].identifier", "required")]
        if quantity is None or quantity < 1:
            problems += [Problem(f"lines[{position}].qty", "must be a whole number of at least 1")]
        warehouse = line.text("warehouseAbbr").upper() or None
        lines.append(RequestedLine(position, identifier, quantity or 0, warehouse))
    return tuple(lines)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _allowed(text: str, knobs: Knobs, problems: list[Problem]) -> tuple[str, ...]:
    if not text:
        return (*WAREHOUSES, MILL) if knobs.autoselect_uses_ds else WAREHOUSES
    # Codes of warehouses that do not exist here are passed over: the real list is open and longer than ours.
    known = tuple(code for item in text.split(",") if (code := item.strip().upper()) in (*WAREHOUSES, MILL))
    if not known:
        problems.append(Problem("autoselectWarehouse_Warehouses", "names no known warehouse"))
    return known


def _profile(value: Any, problems: list[Problem]) -> tuple[str, str] | None:
    if value is None:
        return None
    profile = _Members(value)
    email, number = profile.text("email"), profile.text("profileID")
    missing = [name for name, given in (("email", email), ("profileID", number)) if not given]
    problems.extend(Problem(f"paymentProfile.{name}", "required") for name in missing)
    return email, number
