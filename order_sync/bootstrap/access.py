"""Who may open the browser pages: the password, one-time links, the apps of embedded shops."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from order_sync.core.errors import ConfigurationError
from order_sync.core.ports import Clock

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from order_sync.adapters.storage_json.access_file import AccessDocument, AccessFile

Authenticate = Callable[[Any], Any]
"""(Request) -> name, None or Response, or an awaitable of one: who knows the host's users."""
LINK_LIVES = timedelta(minutes=10)
MOST_LINKS = 20
"""More that were not used yet: the oldest one ends."""
LEAST_CHARACTERS = 12
MOST_CHARACTERS = 1000
_LEAST_DIFFERENT = 5
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
)
_WORDS = ("password", "passwort", "ordersync", "letmein", "changeme", "welcome", "administrator", "admin")


@dataclass(frozen=True, slots=True)
class ShopApp:
    """The app through which a connection reaches its shop."""

    connection: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


class Access:
    """Password and one-time links of an installation, kept in its ``access.json``. Thread-safe; every method may block.

    Every method raises StorageError or StorageCorruptError when the file cannot be read or written.
    """

    def __init__(self, file: AccessFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    def has_password(self) -> bool:
        """Whether a password is set."""
        return bool(self._file.read().password)

    def password_version(self) -> str:
        """Another text for every password; costs a look at the file's time."""
        return self._file.read().version

    def set_password(self, password: str) -> None:
        """Make it the password; links that were not used yet end with the old one.

        Raises:
            ConfigurationError: it is too short or too easily guessed.
        """
        password = _normal(password)
        _refuse_weak(password)
        made = self._hasher.hash(password)
        self._file.change(lambda old: replace(old, password=made, version=secrets.token_hex(8), links=()))

    def remove_password(self) -> bool:
        """Let nobody in by password any more; whether there was one."""
        had = self.has_password()
        if had:
            self._file.change(lambda old: replace(old, password="", version=secrets.token_hex(8), links=()))
        return had

    def check_password(self, password: str) -> bool:
        """Whether it is the password; takes as long when there is none."""
        from argon2.exceptions import InvalidHashError, VerificationError

        stored = self._file.read().password
        password = _normal(password) if len(password) <= MOST_CHARACTERS else ""
        try:
            self._hasher.verify(stored or self._no_password, password)
        except (VerificationError, InvalidHashError):
            return False
        if stored and self._hasher.check_needs_rehash(stored):
            made = self._hasher.hash(password)
            self._file.change(lambda now: replace(now, password=made) if now.password == stored else now)
        return bool(stored)

    def new_link(self) -> str:
        """The token of a new one-time link; only its hash is stored."""
        token = secrets.token_urlsafe(32)
        self._file.change(lambda old: self._with_link(old, token))
        return token

    def use_link(self, token: str) -> bool:
        """Whether the token lets in; it does so once, whoever asks at the same time."""
        wanted = _hash(token)
        if not self._is_open(self._file.read(), wanted):
            return False  # without the lock: a stranger's guess holds up nobody
        used = False

        def take(document: AccessDocument) -> AccessDocument:
            nonlocal used
            used = self._is_open(document, wanted)
            return replace(document, links=tuple(each for each in document.links if each.hash != wanted))

        self._file.change(take)
        return used

    def _with_link(self, old: AccessDocument, token: str) -> AccessDocument:
        from order_sync.adapters.storage_json.access_file import Link

        now = self._clock.now()
        alive = [each for each in old.links if each.until > now][-MOST_LINKS + 1 :]
        return replace(old, links=(*alive, Link(_hash(token), now + LINK_LIVES)))

    def _is_open(self, document: AccessDocument, wanted: str) -> bool:
        now = self._clock.now()
        return any(each.until > now and hmac.compare_digest(each.hash, wanted) for each in document.links)

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher()

    @cached_property
    def _no_password(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(32))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _normal(password: str) -> str:
    """Alike from every keyboard: a letter with its accent may arrive as one character or two."""
    return unicodedata.normalize("NFC", password.encode("utf-8", "replace").decode())


def _refuse_weak(password: str) -> None:
    if len(password) < LEAST_CHARACTERS:
        problem = f"The password has fewer than {LEAST_CHARACTERS} characters."
    elif len(password) > MOST_CHARACTERS:
        problem = f"The password has more than {MOST_CHARACTERS} characters."
    elif _is_silly(password):
        problem = "The password is one of the first that anybody would try."
    else:
        return
    raise ConfigurationError(
        f"{problem} Nothing was changed.", next_step="Choose a long one: four random words.", setting="password"
    )


def _is_silly(password: str) -> bool:
    bare = "".join(char for char in password.casefold() if char.isalnum())
    if len(set(password)) < _LEAST_DIFFERENT or not bare:
        return True
    letters = bare.strip("0123456789") or bare
    if any(letters in run * 2 or letters[::-1] in run * 2 for run in _RUNS):
        return True
    left = bare
    for word in _WORDS:
        left = left.replace(word, "")
    return len(left.strip("0123456789")) <= 1 and left != bare
