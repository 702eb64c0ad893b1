"""Minting PO numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from order_sync.core.errors import ConfigurationError
from order_sync.core.model.order import Order
from order_sync.core.model.purchase_order import Mode, PoNumber
from order_sync.core.model.settings import OrderSyncSettings

MAX_LENGTH = 40
"""Longest PO number we mint (characters). S&S documents no limit; clients seen cut at 40 or 50."""


def mint(order: Order, settings: OrderSyncSettings, mode: Mode, taken: Iterable[str]) -> PoNumber:
    """A PO number for a share: deterministic, and none of those taken by the order's other shares.

    A second share adds ``-2``, and so on. Test shares end in ``-T``: a test order occupies its PO number at
    the supplier, so the real purchase must have another one.

    Raises:
        ConfigurationError: the template gives a number that is too long or has no letter for this order.
    """
    base = _base(order, settings, mode)
    used = set(taken)
    number, count = base, 1
    while number in used:
        count += 1
        number = f"{base}-{count}"
    if len(number) > MAX_LENGTH or not any(char.isalpha() for char in number):
        raise ConfigurationError(
            f"PO number {number!r} for order {order.name} is {'too long' if len(number) > MAX_LENGTH else 'unsafe'}.",
            next_step=f"Change po_template or po_prefix: at most {MAX_LENGTH} characters, with a letter.",
            order=order.name,
            po_number=number,
        )
    return PoNumber(number)


def _base(order: Order, settings: OrderSyncSettings, mode: Mode) -> str:
    """The number of an order's first share."""
    base = settings.po_template.format(
        prefix=settings.po_prefix, order_number=_clean(order.number or order.name), order_name=_clean(order.name)
    )
    return base + ("-T" if mode is Mode.TEST else "")


def mode_of(number: str, order: Order, settings: OrderSyncSettings) -> Mode | None:
    """The mode in which a number is one of the order's, by the present template; None when it is none of them."""
    for mode in Mode:
        base = _base(order, settings, mode)
        if number == base or re.fullmatch(rf"{re.escape(base)}-([2-9]|[1-9][0-9]+)", number):
            return mode
    return None


def mode_by_ending(number: str) -> Mode:
    """The mode that the ending of one of our numbers speaks of, when its order is not known."""
    return Mode.TEST if re.search(r"-T(-[0-9]+)?$", number) else Mode.LIVE


def order_words(number: str, settings: OrderSyncSettings) -> tuple[str, ...]:
    """What the order of a number may be called, the most likely first; empty when the template cannot give it.

    ``-T`` and ``-2`` at the end may belong to the order's name or to the share, so both readings are given.
    """
    literal = re.escape(settings.po_template).replace(r"\{prefix\}", re.escape(settings.po_prefix))
    pattern = re.sub(r"\\\{order_(?:number|name)\\\}", "([A-Za-z0-9_-]+)", literal)
    words = list[str]()
    for ending in (r"(?:-T)?(?:-[0-9]+)?", r"(?:-[0-9]+)?", r"(?:-T)?", ""):
        shortest = pattern.replace("+)", "+?)") if ending else pattern
        found = re.fullmatch(shortest + ending, number)
        words += found.groups() if found else []
    return tuple(dict.fromkeys(words))


def is_called(name: str, words: tuple[str, ...]) -> bool:
    """Whether an order of that name is one that `order_words` speaks of."""
    return _clean(name) in words


def default_prefix(shop: str, taken: Iterable[str]) -> str:
    """A prefix from the shop's name: letters and digits of its first label, at most 12, unlike those taken."""
    label = re.sub(r"^https?://", "", shop.strip()).split(".")[0]
    base = re.sub(r"[^A-Z0-9]", "", label.upper())[:12]
    if not any(char.isalpha() for char in base):
        base = f"S{base}"
    used = {prefix.upper() for prefix in taken}
    prefix, count = base, 1
    while prefix in used:
        count += 1
        prefix = f"{base}{count}"
    return prefix


def _clean(text: str) -> str:
    """Only characters that are safe in a PO number: it becomes a path segment of a look-up."""
    return re.sub(r"[^A-Za-z0-9_-]", "", text)
