"""What an answer of S&S means by status and body: a document, or one of our errors. Pure.

============  ==============================  ============================
status        a read                          a write
============  ==============================  ============================
2xx           the document                    the document
2xx, no JSON  MalformedResponseError          OutcomeUnknownError
3xx           MalformedResponseError          OutcomeUnknownError
401, 403 JSON AuthenticationError             AuthenticationError
403 else      ServiceUnavailableError         ServiceUnavailableError
404           [] or MalformedResponseError    RejectedRequestError
408, 5xx      ServiceUnavailableError         OutcomeUnknownError
429           RateLimitedError                RateLimitedError
other 4xx     RejectedRequestError            RejectedRequestError
============  ==============================  ============================

Sources: S&S API v2, errors page (400, 404, 500); 401, 403 and 429 as seen in client code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from order_sync.adapters.http_support import broken_answer
from order_sync.adapters.ssactivewear.wire import NotJsonError, WrongShapeError, compact, flattened, lowered, parsed
from order_sync.core.errors import (
    AuthenticationError,
    MalformedResponseError,
    RateLimitedError,
    RejectedRequestError,
    ServiceError,
    ServiceUnavailableError,
)

SERVICE = "S&S Activewear"
LONGEST_TEXT = 200
_ROUTE_ERRORS = (
    "no http resource was found",
    "no type was found that matches the controller",
    # not S&S: gateways and servers in between that know no such address (Kong, Envoy, Express, Spring)
    "no route",
    "route not found",
    "upstream",
    "cannot get ",
    "no static resource",
)


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked: ``operation`` names it in errors, ``write`` says whether it may have had an effect."""

    operation: str
    write: bool
    base_url: str
    connection: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``pause_s`` is how long to wait after a 429."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    pause_s: float | None = None


def document_of(answer: Answer, call: Call) -> Any:
    """The JSON document of a success. "Nothing found" (404 to a read, in S&S's own words) is the empty list.

    Raises:
        ServiceError: by the table above.
    """
    try:
        document, is_json = parsed(answer.body), True
    except NotJsonError:
        document, is_json = None, False
    if 200 <= answer.status < 300:
        if not is_json:
            raise broken_answer(SERVICE, call.operation, write=call.write, why="no JSON", status=answer.status)
        return document
    if answer.status == 404 and not call.write and is_json and says_nothing_found(document):
        return []
    raise error_of(answer, document if is_json else None, call)


def error_of(answer: Answer, document: Any, call: Call) -> ServiceError:
    """The error for an answer that is no success; ``document`` is None for a body that is no JSON."""
    status = answer.status
    about: dict[str, Any] = {"service": SERVICE, "operation": call.operation, "status": status}
    if status == 401 or (status == 403 and _is_theirs(document)):
        return _credentials_refused(call, about)
    if status == 403:
        return _firewall(about)
    if status == 429:
        return RateLimitedError(
            f"{SERVICE} refused {call.operation} for too many requests.",
            retry_after_s=answer.pause_s,
            next_step="It is tried again later.",
            **about,
        )
    if status == 408 or status >= 500:
        return broken_answer(SERVICE, call.operation, write=call.write, why=f"status {status}", status=status)
    if status < 400:
        return _misdirected(call, about, f"redirects (status {status})")
    if status == 404 and not call.write:
        return _misdirected(call, about, "does not know this address (404)")
    return _rejected(answer, document, about)


def says_nothing_found(document: Any) -> bool:
    """Whether a 404 is S&S's own "not found", and not a wrong address or somebody else's page."""
    if isinstance(document, list):
        try:
            return not flattened(document)
        except WrongShapeError:
            return False
    if not isinstance(document, dict):
        return False
    members = lowered(document)
    if members.get("messagedetail") or not any(members.get(name) for name in ("errors", "message", "code")):
        return False
    text = compact(document).lower()
    return not any(words in text for words in _ROUTE_ERRORS)


def _is_theirs(document: Any) -> bool:
    """Whether a 403 comes from the API and not from the Cloudflare firewall before it."""
    return isinstance(document, dict) and "cloudflare" not in compact(document).lower()


def reasons_of(document: Any, body: bytes) -> tuple[tuple[str, str], ...]:
    """Every (field, text) that an error answer lists; else its message; else the beginning of its text."""
    members = lowered(document) if isinstance(document, dict) else {}
    found = tuple(_listed(members.get("errors")))
    if found:
        return found
    texts = [_one_line(members.get(name)) for name in ("message", "messagedetail")]
    message = " ".join(text for text in texts if text)
    if not message:
        message = _one_line(body.decode("utf-8", "replace"))[:LONGEST_TEXT] or "no reason given"
    return (("", message),)


def _listed(errors: Any) -> list[tuple[str, str]]:
    if isinstance(errors, dict):
        errors = [errors]
    if not isinstance(errors, list):
        return [("", _one_line(errors))] if _one_line(errors) else []
    found = []
    for entry in errors:
        if isinstance(entry, dict):
            members = lowered(entry)
            message = _one_line(members.get("message")) or compact(entry)
            found.append((_one_line(members.get("field")), message))
        elif _one_line(entry):
            found.append(("", _one_line(entry)))
    return found


def _one_line(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def _credentials_refused(call: Call, about: dict[str, Any]) -> AuthenticationError:
    return AuthenticationError(
        f"{SERVICE} refused the account number or the API key (status {about['status']}).",
        next_step="Look the key up under My Account on ssactivewear.com, then: "
        f"order-sync connect {call.connection or 'NAME'} --secret supplier.api_key=env:VARIABLE.",
        **about,
    )


def _firewall(about: dict[str, Any]) -> ServiceUnavailableError:
    return ServiceUnavailableError(
        f"A firewall before {SERVICE} refused the request (403); the credentials were not looked at.",
        next_step="Check the network, a proxy that changes the User-Agent, and whether S&S blocks this address.",
        **about,
    )


def _misdirected(call: Call, about: dict[str, Any], why: str) -> ServiceError:
    if call.write:
        return broken_answer(SERVICE, call.operation, write=True, why=why, status=about["status"])
    return MalformedResponseError(
        f"{call.base_url} {why}, so nothing could be asked.",
        next_step="Check the supplier setting base_url.",
        base_url=call.base_url,
        **about,
    )


def _rejected(answer: Answer, document: Any, about: dict[str, Any]) -> RejectedRequestError:
    reasons = reasons_of(document, answer.body)
    shown = "; ".join(f"{field}: {text}" if field else text for field, text in reasons)
    hint = "Check the supplier setting base_url." if answer.status in (404, 405) else "Mend what is named, then retry."
    return RejectedRequestError(
        f"{SERVICE} refused it (status {answer.status}): {shown}", reasons=reasons, next_step=hint, **about
    )
