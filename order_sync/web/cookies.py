"""Cookies that only this process can make."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from typing import Any

from itsdangerous import BadSignature, Signer
from starlette.requests import Request


class Cookie:
    """One cookie: signed, not readable by scripts, ending with the browser.

    Args:
        key: signs it.
        secure: sent over https only.
        embedded: also sent inside the frame of another site, and kept apart for each such site.
    """

    def __init__(self, name: str, key: bytes, *, secure: bool, embedded: bool = False) -> None:
        self._name = name
        self._secure = secure or embedded
        self._embedded = embedded
        self._signer: Any = Signer(key, salt=name, key_derivation="hmac", digest_method=hashlib.sha256)

    def read(self, request: Request) -> str | None:
        """The value, when we signed it.

        Under one name a browser also sends what an application above ours in the same site has set: of several, ours
        is the one that we signed.
        """
        name = self._full_name(request)
        for line in request.headers.getlist("cookie"):
            for part in line.split(";"):
                given, _, value = part.strip().partition("=")
                if given == name:
                    with contextlib.suppress(BadSignature, UnicodeError):
                        return str(self._signer.unsign(value).decode())
        return None

    def setting(self, request: Request, value: str) -> str:
        """The header that sets it."""
        return self._header(request, self._signer.sign(value).decode())

    def ending(self, request: Request) -> str:
        """The header that removes it."""
        return self._header(request, "", "; Max-Age=0")

    def _header(self, request: Request, value: str, more: str = "") -> str:
        # written by hand: older libraries do not know Partitioned
        same_site = "; SameSite=None; Partitioned" if self._embedded else "; SameSite=Lax"
        secure = "; Secure" if self._secure else ""
        return f"{self._full_name(request)}={value}; Path={_path(request)}; HttpOnly{secure}{same_site}{more}"

    def _full_name(self, request: Request) -> str:
        # a browser takes a cookie of this name from this host alone, not from a neighbour under the same domain
        return f"__Host-{self._name}" if self._secure and _path(request) == "/" else self._name


class FormSlips:
    """CSRF tokens where there is no session of ours: for the login page, and for the users of a host.

    The token is made of the cookie and the user's name, so one user's token is worth nothing to another.
    """

    def __init__(self, key: bytes, *, secure: bool) -> None:
        self._key = key
        self._cookie = Cookie("order_sync_form", key, secure=secure)

    def slip(self, request: Request, name: str) -> tuple[str, tuple[str, ...]]:
        """The token, and the headers that set the cookie where there is none yet."""
        known = self._cookie.read(request)
        value = known or secrets.token_urlsafe(24)
        return self._token(value, name), () if known else (self._cookie.setting(request, value),)

    def _token(self, value: str, name: str) -> str:
        text = f"{value}\0{name}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()


def same(given: object, right: str) -> bool:
    """Whether a form's token is the right one; how long it takes says nothing."""
    text = given if isinstance(given, str) else ""
    return hmac.compare_digest(text.encode("utf-8", "surrogatepass"), right.encode())


def _path(request: Request) -> str:
    return request.scope.get("root_path", "") or "/"
