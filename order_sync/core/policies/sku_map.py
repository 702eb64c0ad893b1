"""The supplier's SKU for a SKU of the shop that the supplier does not know by that name. Pure."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping

from order_sync.core.errors import ConfigurationError
from order_sync.core.model.order import ShopSku

HEADER = ("sku", "supplier_sku")
LONGEST = 255
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""A spreadsheet takes a cell that begins so for a formula; an apostrophe before it keeps it text."""


def mapped(sku_map: Mapping[str, str], sku: str) -> str | None:
    """What a SKU is mapped to: by exactly that name first, then without regard to case and surrounding blanks.

    It is looked up once, not on and on: a shop may call A what the supplier calls B, and B what it calls A.
    """
    if sku in sku_map or not sku_map:
        return sku_map.get(sku)
    return _by_plain_name(sku_map).get(_plain(sku))


def translated(sku_map: Mapping[str, str], skus: Iterable[ShopSku]) -> dict[ShopSku, ShopSku]:
    """What the supplier is asked for, by the shop's SKU."""
    plain = _by_plain_name(sku_map)
    return {sku: ShopSku(sku_map.get(sku) or plain.get(_plain(sku)) or sku) for sku in skus}


def supplier_name(sku_map: Mapping[str, str], sku: str) -> str:
    """The name of a shop's SKU at the supplier, in lower case: what its answers are compared with."""
    return (mapped(sku_map, sku) or sku).strip().casefold()


def _by_plain_name(sku_map: Mapping[str, str]) -> dict[str, str]:
    """The first of those that differ only in case and blanks."""
    plain: dict[str, str] = {}
    for sku, target in sku_map.items():
        plain.setdefault(_plain(sku), target)
    return plain


def with_entries(sku_map: Mapping[str, str], entries: Mapping[str, str]) -> dict[str, str]:
    """The map with entries added or replaced; one that differs only in case replaces the other.

    Raises:
        ConfigurationError: an entry is empty or too long, or two of them are the same SKU.
    """
    _check(entries)
    fresh = {_plain(sku) for sku in entries}
    kept = {sku: target for sku, target in sku_map.items() if _plain(sku) not in fresh}
    return {**kept, **{sku.strip(): target.strip() for sku, target in entries.items()}}


def without(sku_map: Mapping[str, str], skus: Iterable[str]) -> dict[str, str]:
    """The map without these. Raises ConfigurationError for one that is not in it."""
    gone = {_plain(sku): sku for sku in skus}
    known = {_plain(sku) for sku in sku_map}
    for plain, sku in gone.items():
        if plain not in known:
            raise ConfigurationError(
                f"{sku!r} is not in the SKU map.", next_step="order-sync orders map NAME shows it.", setting="sku_map"
            )
    return {sku: target for sku, target in sku_map.items() if _plain(sku) not in gone}


def as_csv(sku_map: Mapping[str, str]) -> str:
    """The map as CSV with a header, sorted; safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for sku, target in sorted(sku_map.items()):
        writer.writerow((_escaped(sku), _escaped(target)))
    return out.getvalue()


def from_csv(text: str) -> dict[str, str]:
    """A map from such CSV. Raises ConfigurationError that names the line and what is wrong with it."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    entries: dict[str, str] = {}
    seen: dict[str, int] = {}
    try:
        header = tuple(cell.strip().casefold() for cell in next(rows, []))
        if header != HEADER:
            raise _wrong(1, "the first line must be: sku,supplier_sku")
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            line = rows.line_num
            if len(row) != len(HEADER):
                raise _wrong(line, f"there are {len(row)} values instead of 2")
            sku, target = (_unescaped(cell).strip() for cell in row)
            if not sku or not target:
                raise _wrong(line, "a SKU is empty")
            if len(sku) > LONGEST or len(target) > LONGEST:
                raise _wrong(line, f"a SKU is longer than {LONGEST} characters")
            if _has_controls(sku) or _has_controls(target):
                raise _wrong(line, "a SKU has characters in it that are no text")
            if (plain := _plain(sku)) in seen:
                raise _wrong(line, f"{sku} is in line {seen[plain]} too")
            seen[plain], entries[sku] = line, target
    except csv.Error as exc:
        raise _wrong(rows.line_num, f"this is not CSV ({exc})") from exc
    return entries


def _check(entries: Mapping[str, str]) -> None:
    plain: dict[str, str] = {}
    for sku, target in entries.items():
        unfit = _has_controls(sku) or _has_controls(target)
        if unfit or not sku.strip() or not target.strip() or max(len(sku), len(target)) > LONGEST:
            raise ConfigurationError(
                f"{sku!r} cannot be mapped to {target!r}.",
                next_step=f"Write SKU=SUPPLIER_SKU, each of 1 to {LONGEST} characters, all of them text.",
                setting="sku_map",
            )
        other = plain.setdefault(_plain(sku), sku)
        if other != sku:
            raise ConfigurationError(f"{other!r} and {sku!r} are the same SKU.", setting="sku_map")


def _wrong(line: int, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"Line {line}: {why}.", next_step="Correct the file and import it again; nothing was changed.", line=line
    )


def _has_controls(text: str) -> bool:
    """Whether it has control characters or halves of characters in it, which no supplier and no terminal takes."""
    return any(unicodedata.category(char) in ("Cc", "Cs") for char in text.strip())


def _escaped(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _unescaped(text: str) -> str:
    rest = text.removeprefix("'")
    return rest if rest != text and rest.startswith(_FORMULA) else text


def _plain(sku: str) -> str:
    return sku.strip().casefold()
