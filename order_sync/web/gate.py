"""The gate before every page: who is let in, what a form must carry, which headers an answer has. Nothing is open."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from order_sync.web.addresses import Addresses
from order_sync.web.admission import Admission, Admitted
from order_sync.web.cookies import same
from order_sync.web.forms import read_form
from order_sync.web.headers import ANY_SHOP, security_headers
from order_sync.web.login import Login, login_address, with_cookies
from order_sync.web.pages import CSRF_FIELD, Visitor
from order_sync.web.refusals import (
    ask_the_host,
    foreign_form,
    log_in_first,
    no_such_page,
    open_again,
    page_of,
    wrong_name,
)

if TYPE_CHECKING:
    from order_sync.bootstrap.access import Authenticate
    from order_sync.bootstrap.app import OrderSync

Handler = Callable[[Request, Visitor, FormData | None], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
_Answering = Callable[[Request], Awaitable[tuple[Response, str | None]]]
_READING = ("GET", "HEAD")


class Gate:
    """Lets visitors to the pages.

    Args:
        authenticate: a host's login: gives a name, None to refuse, or a Response that is sent as it is. It may be
            async. With it there is no login page.
    """

    def __init__(self, sync: OrderSync, authenticate: Authenticate | None = None) -> None:
        self._addresses = Addresses(sync.config.public_url, any_host=authenticate is not None)
        self._admission = Admission(
            sync, secrets.token_bytes(32), secure=self._addresses.secure, authenticate=authenticate
        )
        self._login = Login(sync, self._admission, self._addresses)

    def page(self, handler: Handler) -> Endpoint:
        """An endpoint for GET and POST.

        Args:
            handler: may block. It gets the request, the visitor, and with POST the form: that it was sent by a page
                of this visitor is already checked. An OrderSyncError that it raises becomes a page.
        """

        async def endpoint(request: Request) -> Response:
            return await self._guarded(request, handler)

        return endpoint

    def routes(self) -> list[Route]:
        """The ways in and out."""
        embedded = Route("/embedded", self._answering(self._login.embedded), methods=["GET"])
        if self._admission.by_host:
            return [embedded]
        return [
            Route("/login", self._answering(self._enter), methods=["GET", "POST"]),
            Route("/logout", self._answering(self._leave), methods=["POST"]),
            embedded,
        ]

    def headers(self, visitor: Visitor | None) -> dict[str, str]:
        """The headers of every answer to a visitor."""
        return security_headers(visitor.shop if visitor is not None else None)

    async def sees_all(self, request: Request) -> bool:
        """Whether the visitor is let in and not bound to one connection."""
        if not self._addresses.knows_host(request):
            return False
        try:
            found = await self._admission.admit(request)
        except Exception:  # whatever is wrong with a login, it lets nobody in
            return False
        return isinstance(found, Admitted) and found.visitor.connection is None

    async def refused(self, request: Request, exc: Exception) -> Response:
        """The answer to what no route takes."""
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        detail = exc.detail if isinstance(exc, HTTPException) else "failed"
        given = exc.headers if isinstance(exc, HTTPException) else None
        return PlainTextResponse(detail, status, {**(given or {}), **self.headers(None)})

    async def _guarded(self, request: Request, handler: Handler) -> Response:
        if not self._addresses.knows_host(request):
            return self._finished(wrong_name(request), None)
        try:
            found = await self._admission.admit(request)
        except Exception as exc:
            return self._finished(page_of(request, exc, None), None)
        if isinstance(found, Response):
            return found
        if found is None:
            return self._finished(*self._stranger(request))
        try:
            answer = await self._answered(request, found, handler)
        except Exception as exc:
            answer = page_of(request, exc, found.visitor)
        return self._finished(with_cookies(answer, found.cookies), found.visitor.shop)

    async def _answered(self, request: Request, found: Admitted, handler: Handler) -> Response:
        visitor = found.visitor
        if _names_another(request, visitor):
            return no_such_page(request, visitor)
        form: FormData | None = None
        if request.method not in _READING:
            if not self._addresses.is_own_form(request):
                return foreign_form(request, visitor)
            form = await read_form(request)
            if not found.by_token and not same(form.get(CSRF_FIELD), visitor.csrf):
                return foreign_form(request, visitor)
        return await run_in_threadpool(handler, request, visitor, form)

    def _stranger(self, request: Request) -> tuple[Response, str | None]:
        if request.headers.get("sec-fetch-dest") == "iframe":
            return open_again(request), ANY_SHOP
        if self._admission.by_host:
            return ask_the_host(request), None
        if request.method in _READING:
            return RedirectResponse(login_address(request), 303), None
        return log_in_first(request), None

    def _answering(self, answer: _Answering) -> Endpoint:
        """An endpoint that needs nobody to be logged in."""

        async def endpoint(request: Request) -> Response:
            if not self._addresses.knows_host(request):
                return self._finished(wrong_name(request), None)
            try:
                answered, shop = await answer(request)
            except Exception as exc:
                answered, shop = page_of(request, exc, None), None
            return self._finished(answered, shop)

        return endpoint

    async def _enter(self, request: Request) -> tuple[Response, str | None]:
        return await (self._login.show(request) if request.method in _READING else self._login.take(request))

    async def _leave(self, request: Request) -> tuple[Response, str | None]:
        found = await run_in_threadpool(self._admission.known, request)
        if found is None:
            return RedirectResponse(f"{request.scope.get('root_path', '')}/login", 303), None
        form = await read_form(request) if self._addresses.is_own_form(request) else FormData()
        if not same(form.get(CSRF_FIELD), found.visitor.csrf):
            return with_cookies(foreign_form(request, found.visitor), found.cookies), found.visitor.shop
        if not found.visitor.can_leave:
            return no_such_page(request, found.visitor), found.visitor.shop
        return await self._login.leave(request), None

    def _finished(self, answer: Response, shop: str | None) -> Response:
        answer.headers.update(security_headers(shop))
        return answer


def _names_another(request: Request, visitor: Visitor) -> bool:
    """Whether the path names a connection that is not the visitor's only one."""
    named = (request.path_params.get(key) for key in ("connection", "name"))
    return visitor.connection is not None and any(each not in (None, visitor.connection) for each in named)
