"""Turning knobs by name, for a test in another process."""

from __future__ import annotations

from dataclasses import fields
from typing import Any


def turn(knobs: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Set fields of a knobs dataclass; an unknown name is an error, so that a typo cannot pass as a test."""
    known = {item.name for item in fields(knobs)}
    unknown = set(values) - known
    if unknown:
        raise ValueError(f"unknown knobs {sorted(unknown)}; known are {sorted(known)}")
    for name, value in values.items():
        setattr(knobs, name, tuple(value) if isinstance(getattr(knobs, name), tuple) else value)
    return {name: getattr(knobs, name) for name in sorted(known)}
