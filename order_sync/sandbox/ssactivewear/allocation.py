"""Which warehouse ships which piece. Source: S&S API v2, POST orders page, the autoselectWarehouse fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

Stock = dict[str, dict[str, int]]  # sku -> warehouse -> pieces left


@dataclass(frozen=True)
class Wanted:
    """One requested line. `position` is its place in the request, from 0."""

    position: int
    identifier: str
    sku: str
    quantity: int
    warehouse: str | None = None


@dataclass(frozen=True)
class Portion:
    """Part of a line that one warehouse ships."""

    position: int
    sku: str
    quantity: int
    warehouse: str


def autoselect(
    lines: Sequence[Wanted], stock: Stock, transit: Callable[[str], int], fastest: bool, max_days: int
) -> list[Portion]:
    """Portions for lines that can all be filled from `stock` (only the allowed warehouses are in it).

    "fewest": the smallest set of warehouses that can fill everything, the nearest among equals; when the
    farthest of them needs more than `max_days`, "fastest" instead. "fastest": nearest warehouse first.
    """
    warehouses = sorted({code for places in stock.values() for code in places}, key=lambda code: (transit(code), code))
    if not fastest:
        chosen = _fewest(lines, stock, warehouses, transit)
        if max(map(transit, chosen), default=0) <= max_days:
            return _fill(lines, stock, chosen)
    return _fill(lines, stock, warehouses, whole_first=False)


def fillable(lines: Sequence[Wanted], stock: Stock) -> tuple[list[Wanted], list[Wanted]]:
    """Split lines into those that the stock can fill, in order of the request, and the others."""
    left = {sku: sum(places.values()) for sku, places in stock.items()}
    can: list[Wanted] = []
    cannot: list[Wanted] = []
    for line in lines:
        if left.get(line.sku, 0) >= line.quantity:
            left[line.sku] -= line.quantity
            can.append(line)
        else:
            cannot.append(line)
    return can, cannot


def _fewest(lines: Sequence[Wanted], stock: Stock, warehouses: list[str], transit: Callable[[str], int]) -> list[str]:
    need: dict[str, int] = {}
    for line in lines:
        need[line.sku] = need.get(line.sku, 0) + line.quantity
    for size in range(1, len(warehouses) + 1):
        good = [
            group
            for group in combinations(warehouses, size)
            if all(sum(stock[sku].get(code, 0) for code in group) >= pieces for sku, pieces in need.items())
        ]
        if good:
            return list(min(good, key=lambda group: sum(map(transit, group))))
    return warehouses


def _fill(lines: Sequence[Wanted], stock: Stock, warehouses: Sequence[str], whole_first: bool = True) -> list[Portion]:
    left = {sku: dict(places) for sku, places in stock.items()}
    portions: list[Portion] = []
    for line in lines:
        places = left[line.sku]
        order = list(warehouses)
        if whole_first:  # a line stays together where one warehouse can fill it
            order.sort(key=lambda code: places.get(code, 0) < line.quantity)
        missing = line.quantity
        for code in order:
            take = min(missing, places.get(code, 0))
            if take > 0:
                places[code] -= take
                missing -= take
                portions.append(Portion(line.position, line.sku, take, code))
    return portions
