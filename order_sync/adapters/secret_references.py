"""Secrets that are kept elsewhere: a variable, a file, the keyring. Shared by the settings stores."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from order_sync.core.errors import ConfigurationError

REFERENCES = ("env:", "file:", "keyring:")


def is_reference(text: str) -> bool:
    """Whether it says where a secret is, and is not one."""
    return text.startswith(REFERENCES)


def looked_up(reference: str, key: str, environment: Mapping[str, str] | None = None) -> str:
    """What is kept there now.

    Args:
        key: names the secret in errors.
        environment: where ``env:NAME`` is looked up; None: the process's.

    Raises:
        ConfigurationError: nothing is, or it cannot be read; names the secret and the place.
    """
    kind, _, rest = reference.partition(":")
    if kind == "env":
        value = (os.environ if environment is None else environment).get(rest, "").strip()
    else:
        value = {"file": _from_file, "keyring": _from_keyring}[kind](rest, key)
    if not value:
        raise ConfigurationError(
            f"The secret {key} is kept in {reference}, and there is nothing there.",
            next_step="Put it there, or give it again: order-sync connect NAME --secret.",
            secret=key,
        )
    return value


def _from_file(path: str, key: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigurationError(
            f"The secret {key} is kept in the file {path}, which cannot be read ({type(exc).__name__}).",
            next_step="Make the file readable, or give the secret again: order-sync connect NAME --secret.",
            secret=key,
        ) from exc


def _from_keyring(place: str, key: str) -> str:
    try:
        import keyring
    except ImportError as exc:
        raise ConfigurationError(
            f"The secret {key} is kept in the keyring, and the package keyring is not installed.",
            next_step="Install it: pip install 'order-sync[keyring]'.",
            secret=key,
        ) from exc
    service, _, name = place.partition("/")
    return keyring.get_password(service, name) or ""
