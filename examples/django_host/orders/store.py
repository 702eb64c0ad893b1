"""Order Sync's settings store on Django's ORM."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import Error, IntegrityError, close_old_connections, transaction

from order_sync import Connection, connection_from_json, connection_to_json, is_reference, look_up_secret
from order_sync.core.errors import ConcurrentUpdateError, ConfigurationError, StorageError, UnknownConnectionError
from orders.models import StoredConnection, StoredSecret


class DjangoSettingsStore:
    """The SettingsStore port. Safe between threads and processes: every change is one conditional statement."""

    def names(self) -> tuple[str, ...]:
        """See SettingsStore."""
        with _database():
            return tuple(sorted(StoredConnection.objects.values_list("name", flat=True)))

    def get(self, name: str) -> Connection:
        """See SettingsStore."""
        with _database():
            stored = StoredConnection.objects.filter(name=name).first()
        if stored is None:
            raise _unknown(name)
        return connection_from_json(
            stored.document, name=name, revision=stored.revision, where=f"connection {name} in Django's database"
        )

    def save(self, connection: Connection) -> Connection:
        """See SettingsStore. A revision never comes back, so one of a deleted namesake is old, too."""
        text, revision = connection_to_json(connection), secrets.token_hex(16)
        with _database():
            if connection.revision:
                mine = StoredConnection.objects.filter(name=connection.name, revision=connection.revision)
                done = mine.update(document=text, revision=revision) == 1
            else:
                done = _is_created(connection.name, text, revision)
        if not done:
            raise ConcurrentUpdateError(
                f"Connection {connection.name!r} was changed by somebody else meanwhile; nothing was saved.",
                next_step="Look at it again and repeat the change.",
                connection=connection.name,
            )
        return replace(connection, revision=revision)

    def delete(self, name: str) -> None:
        """See SettingsStore."""
        with _database(), transaction.atomic():
            count, _ = StoredConnection.objects.filter(name=name).delete()
            StoredSecret.objects.filter(connection=name).delete()
        if not count:
            raise _unknown(name)

    def secret_names(self, name: str) -> Mapping[str, str]:
        """See SettingsStore."""
        with _database():
            kept = StoredSecret.objects.filter(connection=name).values_list("key", "reference")
            return {key: reference or "stored, encrypted" for key, reference in kept}

    def get_secret(self, name: str, key: str) -> str | None:
        """See SettingsStore."""
        with _database():
            kept = StoredSecret.objects.filter(connection=name, key=key).first()
        if kept is None:
            return None
        return look_up_secret(kept.reference or _decrypted(kept.encrypted, key), key)

    def set_secret(self, name: str, key: str, value: str) -> None:
        """See SettingsStore."""
        kept = {"reference": value, "encrypted": ""}
        if not is_reference(value):
            kept = {"reference": "", "encrypted": _fernet().encrypt(value.encode()).decode()}
        with _database():
            StoredSecret.objects.update_or_create(connection=name, key=key, defaults=kept)

    def describe(self) -> str:
        """See SettingsStore."""
        return "Django's database"


@contextmanager
def _database() -> Iterator[None]:
    """Django's errors as Order Sync's; and connections in threads that are no requests, which nobody else closes."""
    close_old_connections()
    try:
        yield
    except (Error, UnicodeEncodeError) as exc:  # half a character cannot be stored
        raise StorageError(f"Django's database cannot be used ({type(exc).__name__}).") from exc
    finally:
        close_old_connections()


def _is_created(name: str, text: str, revision: str) -> bool:
    try:
        with transaction.atomic():
            StoredConnection.objects.create(name=name, document=text, revision=revision)
    except IntegrityError:
        return False
    return True


def _unknown(name: str) -> UnknownConnectionError:
    return UnknownConnectionError(
        f"There is no connection {name!r}.", next_step="Create it at /order-sync/connections.", connection=name
    )


def _fernet() -> Fernet:
    """The key is derived from Django's own: whoever changes SECRET_KEY gives the secrets again."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"order-sync\0" + settings.SECRET_KEY.encode()).digest()))


def _decrypted(token: str, key: str) -> str:
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as exc:
        raise ConfigurationError(
            f"The secret {key} cannot be decrypted with this SECRET_KEY.",
            next_step="Give it again at /order-sync/connections.",
            secret=key,
        ) from exc
