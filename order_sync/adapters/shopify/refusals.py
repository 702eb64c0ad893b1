"""Shopify's ways to say no, turned into our errors. Pure: needs no network.

Source of codes: Shopify API response status and error codes (Admin API 2026-10).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from order_sync.adapters.http_support import broken_answer, retry_after_s
from order_sync.adapters.shopify.throttle import LEAST_WAIT_S, cost_of
from order_sync.core.errors import (
    AccessDeniedError,
    AuthenticationError,
    MalformedResponseError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedRequestError,
    ServiceError,
)

SERVICE = "Shopify"
LONGEST_QUOTE = 300
_SCOPE = re.compile(r"[`'\"]((?:read|write|unauthenticated)_[a-z_]+)[`'\"]")
_INTERNAL = frozenset({"", "INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})


@dataclass(frozen=True, slots=True)
class Call:
    """One question, as errors name it. ``secrets`` are the names of the secrets in use, never their values."""

    connection: str
    shop: str
    api_version: str
    operation: str
    write: bool
    secrets: tuple[str, ...] = ("token",)

    def about(self, status: int | None = None) -> dict[str, Any]:
        """What every error of this call carries."""
        return {"service": SERVICE, "operation": self.operation, "status": status, "shop": self.shop}

    def replace_secrets(self) -> str:
        """The command that replaces the credentials in use."""
        given = " ".join(f"--secret source.{name}=..." for name in self.secrets)
        return f"order-sync connect {self.connection} {given}"

    def broken(self, why: str, status: int | None = 200) -> ServiceError:
        """The error for an answer that is missing, cut off or not understood."""
        return broken_answer(SERVICE, self.operation, write=self.write, why=why, status=status)


def quote(text: object) -> str:
    """A remote text made fit for a message: one line, not endless."""
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


def status_error(call: Call, status: int, headers: Mapping[str, str], said: str, now: datetime) -> ServiceError:
    """The error for an HTTP status other than 200. ``said`` is what the body says, or empty."""
    about = call.about(status)
    if status == 429:
        wait_s = retry_after_s(headers, now)
        return RateLimitedError("Shopify refused the request: too many requests (429).", retry_after_s=wait_s, **about)
    if status >= 500 or status in (408, 430):  # 430: security rejection, 408: gave up reading the request
        return call.broken(f"status {status}", status)
    if status in (301, 302, 303, 307, 308):
        host = urlsplit(headers.get("location", "")).hostname or "an unknown address"
        return MalformedResponseError(
            f"Shopify sends us on from {call.shop} to {quote(host)} ({status}).",
            next_step="Give the shop's permanent myshopify.com domain as source.shop.",
            **about,
        )
    return _named_refusals(call, status, said, about)


def _named_refusals(call: Call, status: int, said: str, about: dict[str, Any]) -> ServiceError:
    quoted = f": {quote(said)}" if said else "."
    if status == 401:
        return AuthenticationError(
            f"Shopify does not accept the credentials of connection {call.connection!r} for {call.shop} (401).",
            next_step=f"Replace them: {call.replace_secrets()}.",
            **about,
        )
    if status == 403:
        return AuthenticationError(
            f"Shopify forbids connection {call.connection!r} to use {call.shop} (403){quoted}",
            next_step=f"Check that the app is installed and its access scopes; then {call.replace_secrets()}.",
            **about,
        )
    if status == 404:
        return MalformedResponseError(
            f"There is no Admin API at {call.shop} in version {call.api_version} (404).",
            next_step="Check source.shop and source.api_version: one of the two is wrong.",
            **about,
        )
    reasons = {402: "The shop is frozen until its bill is paid (402).", 423: "The shop is locked (423)."}
    if status in reasons:
        return RejectedRequestError(
            f"{call.shop}: {reasons[status]}", next_step="The shop's owner must settle this with Shopify.", **about
        )
    if status < 400:
        return call.broken(f"status {status}", status)
    return RejectedRequestError(f"Shopify refused the request ({status}){quoted}", **about)


def error_list(answer: Any, hidden: str) -> list[dict[str, Any]]:
    """The errors of an answer's JSON in one form: Shopify also writes them as a text or an object.

    Messages are quoted to people, so ``hidden`` (the token) is taken out, should a server repeat it.
    """
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not errors:
        return []
    entries = errors if isinstance(errors, list) else [errors]
    found = [entry if isinstance(entry, dict) and "message" in entry else {"message": entry} for entry in entries]
    return [{**entry, "message": str(entry["message"]).replace(hidden, "***")} for entry in found]


def graphql_error(call: Call, errors: list[dict[str, Any]], answer: dict[str, Any]) -> ServiceError:
    """The error for a 200 that lists errors. What decides is the worst of them, not the first."""
    by_code = {_code(error): error for error in reversed(errors)}
    about = call.about(200)
    if "THROTTLED" in by_code and not (call.write and _has_effect(answer)):
        cost = cost_of(answer.get("extensions"))
        wait_s = max(LEAST_WAIT_S, cost.shortage_s(cost.requested)) if cost else None
        return RateLimitedError(
            "Shopify refused the request: its cost is above what is left.", retry_after_s=wait_s, **about
        )
    if call.write and _may_have_run(by_code, errors, answer):
        return OutcomeUnknownError(
            f"Shopify answered a write with an error, and it may have been carried out: {_said(errors[0])}", **about
        )
    if "ACCESS_DENIED" in by_code:
        return _access_denied(call, by_code["ACCESS_DENIED"], about)
    if "SHOP_INACTIVE" in by_code:
        return RejectedRequestError(
            f"{call.shop} is not active.", next_step="The shop's owner must settle this with Shopify.", **about
        )
    return _named_codes(call, by_code, errors, about)


def _named_codes(
    call: Call, by_code: Mapping[str, dict[str, Any]], errors: list[dict[str, Any]], about: dict[str, Any]
) -> ServiceError:
    internal = next((error for code, error in by_code.items() if code in _INTERNAL and code), None)
    if internal is not None:
        return call.broken(f"internal error: {_said(internal)}", 500)
    if call.write and "INVALID_VARIABLE" in by_code:
        error = by_code["INVALID_VARIABLE"]
        return RejectedRequestError(
            f"Shopify refused the values: {_said(error)}", reasons=(("", _said(error)),), **about
        )
    return MalformedResponseError(
        f"Shopify does not understand our question: {_said(errors[0])}",
        next_step=f"Check that {call.api_version} is a version of the Admin API that Shopify serves.",
        **about,
    )


def _may_have_run(by_code: Mapping[str, Any], errors: list[dict[str, Any]], answer: dict[str, Any]) -> bool:
    """Whether a write with these errors may have had its effect.

    It has not when the whole document was refused (a code, and no data) or the mutation's own field was denied;
    an error deeper in its result came after the effect.
    """
    if _has_effect(answer):
        return True
    deep = any(len(_path(error)) > 1 for error in errors)
    return deep or any(code in _INTERNAL for code in by_code)


def _has_effect(answer: dict[str, Any]) -> bool:
    data = answer.get("data")
    return isinstance(data, dict) and any(value is not None for value in data.values())


def _access_denied(call: Call, error: dict[str, Any], about: dict[str, Any]) -> AccessDeniedError:
    extensions = error.get("extensions")
    required = extensions.get("requiredAccess", "") if isinstance(extensions, dict) else ""
    scopes = tuple(dict.fromkeys(_SCOPE.findall(f"{required} {error.get('message', '')}")))
    where = ".".join(_path(error)) or call.operation
    if scopes:
        next_step = f"Give the app the access scope {' or '.join(scopes)}, install it again, then "
    else:
        next_step = "Check the app's access scopes and its approval for protected customer data, then "
    return AccessDeniedError(
        f"Shopify does not let connection {call.connection!r} see or change {where}: {_said(error)}",
        next_step=f"{next_step}{call.replace_secrets()}.",
        denied=where,
        **about,
    )


def _code(error: dict[str, Any]) -> str:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) else ""


def _path(error: dict[str, Any]) -> tuple[str, ...]:
    path = error.get("path")
    return tuple(str(step) for step in path) if isinstance(path, list) else ()


def _said(error: dict[str, Any]) -> str:
    return quote(error.get("message", ""))


def user_errors(call: Call, entries: list[dict[str, Any]]) -> RejectedRequestError:
    """The error for a mutation's userErrors: understood, refused, nothing done."""
    reasons = tuple((".".join(entry["field"] or ()), quote(entry["message"])) for entry in entries)
    listed = "; ".join(f"{field}: {text}" if field else text for field, text in reasons)
    return RejectedRequestError(f"Shopify refused: {quote(listed)}", reasons=reasons, **call.about(200))
