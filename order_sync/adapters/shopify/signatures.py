"""Whether a body was signed with our client secret, without reading the secret's file for every request.

Source: Shopify, "Verify webhook deliveries": X-Shopify-Hmac-Sha256 is the base64 of HMAC-SHA256 over the raw body
with the app's client secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from threading import Lock

from order_sync.core.errors import ConfigurationError, EventSignatureError

KEPT_FOR_S = 1.0
"""A replaced secret counts after that at the latest; a file is read for thousands of requests once."""


class ClientSecret:
    """The secret that webhooks are signed with, looked up where it is kept. Thread-safe.

    Args:
        secret: looks up ``client_secret``.
        connection: its name, for errors.
        seconds: a clock that is never set back.
    """

    def __init__(
        self, secret: Callable[[str], str | None], connection: str, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._secret = secret
        self._connection = connection
        self._seconds = seconds
        self._lock = Lock()
        self._kept: tuple[bytes, float] | None = None
        self._doubted_at: float | None = None

    def check(self, signature: str, body: bytes) -> None:
        """Return when the body is signed with the secret.

        One that does not fit is tried with the secret as it is now, so that nobody is refused right after it was
        replaced; a flood of forged ones causes one look-up a second.

        Raises:
            EventSignatureError, ConfigurationError: see Webhooks.receive.
        """
        given = signature.strip().encode("utf-8", "surrogatepass")
        secret = self._present()
        if hmac.compare_digest(_signature(secret, body), given):
            return
        fresh = self._looked_up_again()
        if fresh in (None, secret) or not hmac.compare_digest(_signature(fresh, body), given):
            raise EventSignatureError(
                f"The event is not signed with the client secret of connection {self._connection!r}."
                if given
                else "The event is not signed.",
                next_step="If the shop sent it, give the app's present secret: "
                f"order-sync connect {self._connection} --secret source.client_secret=env:NAME.",
            )

    def _present(self) -> bytes:
        kept = self._kept
        if kept is None or self._seconds() - kept[1] >= KEPT_FOR_S:
            with self._lock:
                if self._kept is kept:
                    self._kept = self._look_up()
                kept = self._kept
        assert kept is not None
        return kept[0]

    def _looked_up_again(self) -> bytes | None:
        """The secret as it is now; None when a doubt led to a look-up less than a second ago."""
        with self._lock:
            now = self._seconds()
            if self._doubted_at is not None and now - self._doubted_at < KEPT_FOR_S:
                return None if self._kept is None else self._kept[0]
            self._doubted_at = now
            self._kept = self._look_up()
            return self._kept[0]

    def _look_up(self) -> tuple[bytes, float]:
        value = (self._secret("client_secret") or "").strip()
        if not value:
            raise ConfigurationError(
                f"Connection {self._connection!r} has no source.client_secret, so no webhook can be verified.",
                next_step="Give the app's client secret: "
                f"order-sync connect {self._connection} --secret source.client_secret=env:NAME.",
                secret="source.client_secret",  # noqa: S106 - a name
            )
        return value.encode("utf-8", "surrogatepass"), self._seconds()


def _signature(secret: bytes | None, body: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret or b"", body, hashlib.sha256).digest())
