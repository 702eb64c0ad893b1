"""The pages that say no."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from order_sync.core.errors import (
    ConcurrentUpdateError,
    OrderNotFoundError,
    OrderSyncError,
    ServiceError,
    StorageError,
    UnknownConnectionError,
)
from order_sync.core.policies.redaction import error_text, trace_of
from order_sync.web.pages import Message, Visitor, page

STATUSES: tuple[tuple[type[OrderSyncError], int], ...] = (
    (UnknownConnectionError, 404),
    (OrderNotFoundError, 404),
    (ConcurrentUpdateError, 409),
    (StorageError, 503),
    (ServiceError, 502),
    (OrderSyncError, 400),
)
"""Most specific first."""

log = logging.getLogger("order_sync")


def error_page(
    request: Request,
    message: Message,
    status: int,
    visitor: Visitor | None = None,
    *,
    title: str = "This did not work",
    link: tuple[str, str] | None = None,
) -> Response:
    """A page with one message. ``link``: where to go from here, as path under the application and name."""
    return page(request, "error.html", title=title, visitor=visitor, status=status, messages=(message,), link=link)


def page_of(request: Request, exc: Exception, visitor: Visitor | None) -> Response:
    """The page for what went wrong; what nobody foresaw is logged, and the page tells nothing of it."""
    if isinstance(exc, OrderSyncError):
        status = next(status for kind, status in STATUSES if isinstance(exc, kind))
        if status >= 500:
            log.error("a page could not be shown: %s", error_text(exc))
        return error_page(request, Message.of(exc), status, visitor)
    if isinstance(exc, HTTPException):
        answer = error_page(request, Message("error", _words(exc)), exc.status_code, visitor)
        answer.headers.update(exc.headers or {})
        return answer
    log.error("a page met a defect: %s", trace_of(exc))
    return error_page(request, Message("error", "Something went wrong here. The log says where."), 500, visitor)


def no_such_page(request: Request, visitor: Visitor | None = None) -> Response:
    """What is not there, or not for this visitor: which of both is not said."""
    return error_page(request, Message("error", "There is no such page."), 404, visitor, title="Not found")


def wrong_name(request: Request) -> Response:
    """The request came for a name that is not ours."""
    message = Message(
        "error",
        "The pages do not answer under this name.",
        "On this machine use 127.0.0.1 or localhost. Behind a proxy set ORDER_SYNC_PUBLIC_URL to its address.",
    )
    return error_page(request, message, 421)


def foreign_form(request: Request, visitor: Visitor | None) -> Response:
    """Another site sent it, or the form is of a session that ended."""
    message = Message(
        "error",
        "Nothing was changed: the form was not sent from a page of this session.",
        "Go back, load the page again and repeat it. Behind a proxy ORDER_SYNC_PUBLIC_URL must be the address you use.",
    )
    return error_page(request, message, 403, visitor)


def log_in_first(request: Request) -> Response:
    """A change was sent by somebody who is not logged in, or no longer."""
    message = Message("error", "Nothing was changed: you are not logged in, or no longer.")
    return error_page(request, message, 401, title="Log in", link=("/login", "Log in"))


def open_again(request: Request) -> Response:
    """A frame without a session: the one it had is over."""
    message = Message("note", "This session is over.", "Open the app again from the shop's admin.")
    return error_page(request, message, 401, title="Open it again")


def ask_the_host(request: Request) -> Response:
    """The hosting application does not let the visitor in."""
    message = Message("error", "You may not open this.", "Ask whoever runs this application for access.")
    return error_page(request, message, 401, title="No access")


def _words(exc: HTTPException) -> str:
    try:
        standard = HTTPStatus(exc.status_code).phrase
    except ValueError:
        standard = "This did not work"
    return exc.detail if exc.detail and exc.detail != standard else f"{standard}."
