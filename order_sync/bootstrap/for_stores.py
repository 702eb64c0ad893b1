"""What a host needs that keeps connections in a place of its own: their text, and the secrets behind references."""

from __future__ import annotations

from collections.abc import Mapping

from order_sync.core.model.settings import Connection


def connection_to_json(connection: Connection) -> str:
    """A connection as text, as the built-in store writes it; neither its revision nor a secret is in it."""
    from order_sync.adapters.storage_json.documents import document_of

    return document_of(connection)


def connection_from_json(text: str, *, name: str, revision: str, where: str) -> Connection:
    """The connection of a text, also one that an earlier version wrote.

    Args:
        name: what it is stored under.
        revision: the store's own mark of this version.
        where: names the place in errors.

    Raises:
        StorageCorruptError: the text cannot be understood.
    """
    from order_sync.adapters.storage_json.documents import connection_from

    return connection_from(text, where, name=name, revision=revision)


def look_up_secret(value: str, key: str, environment: Mapping[str, str] | None = None) -> str:
    """A stored secret: itself, or what ``env:NAME``, ``file:PATH`` or ``keyring:SERVICE/NAME`` leads to now.

    Args:
        key: names the secret in errors.
        environment: where ``env:NAME`` is looked up; None: the process's.

    Raises:
        ConfigurationError: nothing is where the reference leads.
    """
    from order_sync.adapters.secret_references import looked_up

    return looked_up(value, key, environment) if is_reference(value) else value


def is_reference(value: str) -> bool:
    """Whether a secret is kept elsewhere, so that its text may be shown."""
    from order_sync.adapters import secret_references

    return secret_references.is_reference(value)
