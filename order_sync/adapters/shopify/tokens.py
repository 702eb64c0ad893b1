"""Access tokens: a custom app's own, or one granted for an hour or a day against client id and secret.

Source: Shopify, client credentials grant: POST /admin/oauth/access_token, answer access_token and expires_in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from order_sync.core.errors import ConfigurationError
from order_sync.core.ports import Clock

RENEWED_BEFORE_EXPIRY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the names of the secrets it comes from."""

    value: str = field(repr=False)
    secrets: tuple[str, ...]
    renewable: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """An answer to the grant: the token and how long it lives (seconds)."""

    access_token: str = field(repr=False)
    expires_in_s: float


@dataclass(frozen=True, slots=True)
class _Kept:
    grant: Grant
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    until: datetime


class AccessTokens:
    """Finds the token for a request. Thread-safe; many threads wait for one grant.

    Secrets are looked up for every request, so that replaced ones count at once. ``fetch`` asks Shopify for a
    grant, given client id and client secret.
    """

    def __init__(
        self,
        secret: Callable[[str], str | None],
        fetch: Callable[[str, str], Grant],
        clock: Clock,
        connection: str,
    ) -> None:
        self._secret = secret
        self._fetch = fetch
        self._clock = clock
        self._connection = connection
        self._lock = Lock()
        self._kept: _Kept | None = None

    def get(self) -> Token:
        """The token to send now. Raises ConfigurationError when no secret is given."""
        token = self._look_up("token")
        if token:
            return Token(token, ("token",), renewable=False)
        client_id, client_secret = self._look_up("client_id"), self._look_up("client_secret")
        if not client_id or not client_secret:
            raise self._nothing_given(client_id, client_secret)
        with self._lock:
            kept = self._kept
            same = kept is not None and (kept.client_id, kept.client_secret) == (client_id, client_secret)
            if kept is None or not same or self._clock.now() >= kept.until:
                kept = self._grant(client_id, client_secret)
            return Token(kept.grant.access_token, ("client_id", "client_secret"), renewable=True)

    def discard(self, refused: Token) -> None:
        """Forget a granted token that Shopify refused; one that replaced it meanwhile stays."""
        with self._lock:
            if self._kept is not None and self._kept.grant.access_token == refused.value:
                self._kept = None

    def _grant(self, client_id: str, client_secret: str) -> _Kept:
        asked_at = self._clock.now()
        grant = self._fetch(client_id, client_secret)
        lifetime = timedelta(seconds=grant.expires_in_s)
        # A token that lives shorter than the margin is used for half its life, not granted anew for every call.
        until = asked_at + max(lifetime - RENEWED_BEFORE_EXPIRY, lifetime / 2)
        self._kept = _Kept(grant, client_id, client_secret, until)
        return self._kept

    def _look_up(self, name: str) -> str:
        value = (self._secret(name) or "").strip()
        if not (value.isascii() and (value.isprintable() and " " not in value)):
            raise ConfigurationError(
                f"The secret source.{name} of connection {self._connection!r} has characters that no such secret has.",
                next_step=f"Give it again: order-sync connect {self._connection} --secret source.{name}=...",
                setting=f"source.{name}",
            )
        return value

    def _nothing_given(self, client_id: str, client_secret: str) -> ConfigurationError:
        if client_id or client_secret:
            missing = "client_secret" if client_id else "client_id"
            message = f"Connection {self._connection!r} has neither an access token nor the secret source.{missing}."
        else:
            message = f"Connection {self._connection!r} has no credentials for Shopify."
        return ConfigurationError(
            message,
            next_step=f"Give one: order-sync connect {self._connection} --secret source.token=env:NAME "
            "(or both --secret source.client_id=... and --secret source.client_secret=...).",
            setting="source.token",
        )
