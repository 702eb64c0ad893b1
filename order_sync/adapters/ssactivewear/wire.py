"""JSON as S&S writes it: decimals kept exact, member names without regard to case, lists inside lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

DEEPEST_LIST = 4
"""Replies documented as a list are also shown as a list inside a list (S&S API v2, payment profiles page)."""


class NotJsonError(ValueError):
    """The body is not the JSON it should be. Stays inside this adapter."""


class WrongShapeError(ValueError):
    """Valid JSON of a shape that is not known. Stays inside this adapter."""


def parsed(body: bytes) -> Any:
    """The JSON document of a body; numbers with a fraction as Decimal. Raises NotJsonError for anything else.

    NaN, numbers out of range, bad UTF-8 and nesting that would exhaust the stack are errors, not crashes.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, InvalidOperation, RecursionError) as exc:
        raise NotJsonError(f"not JSON: {type(exc).__name__}") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def lowered(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members under lower-case names: replies were seen in camelCase, some clients expect PascalCase.

    Of two names that differ in case only, the one with a value counts.
    """
    found: dict[str, Any] = {}
    for name, value in members.items():
        key = name.lower()
        if key not in found or found[key] in (None, "", []):
            found[key] = value
    return found


def flattened(value: Any) -> list[Any]:
    """The entries of a list, of lists inside it too. Raises WrongShapeError for what is no list."""
    if not isinstance(value, list):
        raise WrongShapeError("not a list")
    return list(_entries(value, DEEPEST_LIST))


def _entries(value: list[Any], depth: int) -> Iterator[Any]:
    for entry in value:
        if not isinstance(entry, list):
            yield entry
        elif depth > 1:
            yield from _entries(entry, depth - 1)
        else:
            raise WrongShapeError("lists nested too deep")


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list (or a single object) under lower-case names. Raises WrongShapeError for others."""
    entries = [value] if isinstance(value, dict) else flattened(value)
    if not all(isinstance(entry, dict) for entry in entries):
        raise WrongShapeError("a list with something that is no object")
    return [lowered(entry) for entry in entries]


def compact(value: Any) -> str:
    """A value as JSON text without spaces, for people."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
