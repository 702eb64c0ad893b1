"""The login page, the one-time link, logging out, and the door for a shop's admin."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from order_sync.web.addresses import Addresses
from order_sync.web.admission import Admission
from order_sync.web.attempts import Attempts
from order_sync.web.cookies import same
from order_sync.web.forms import read_form
from order_sync.web.headers import ANY_SHOP
from order_sync.web.pages import CSRF_FIELD, Message, page
from order_sync.web.refusals import error_page, foreign_form

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

LARGEST_LOGIN = 16 * 1024
AT_ONCE = 2
"""Checking a password takes much memory on purpose."""
_LONGEST_NEXT = 2000
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


class Login:
    """Lets people in. With each answer it gives the shop whose admin may frame it; the gate makes headers of that."""

    def __init__(self, sync: OrderSync, admission: Admission, addresses: Addresses) -> None:
        self._sync = sync
        self._admission = admission
        self._addresses = addresses
        self._attempts = Attempts(sync.container.clock().now)
        self._checking = threading.BoundedSemaphore(AT_ONCE)

    async def show(self, request: Request) -> tuple[Response, str | None]:
        """The page; with a one-time link's token, the way in."""
        token = request.query_params.get("token")
        if token is not None:
            return await self._by_link(request, token), None
        target = safe_next(request.query_params.get("next"), _base(request))
        known = await run_in_threadpool(self._admission.known, request)
        if known is not None and known.visitor.connection is None:
            return with_cookies(RedirectResponse(target, 303), known.cookies), None
        return self._page(request, target), None

    async def take(self, request: Request) -> tuple[Response, str | None]:
        """What the page sends."""
        csrf, _ = self._admission.slips.slip(request, "")
        if not self._addresses.is_own_form(request):
            return foreign_form(request, None), None
        form = await read_form(request, LARGEST_LOGIN)
        if not same(form.get(CSRF_FIELD), csrf):
            return foreign_form(request, None), None
        target, password = safe_next(form.get("next"), _base(request)), form.get("password")
        address = request.client.host if request.client else ""
        wait = self._attempts.begin(address)
        if wait:
            return self._too_often(request, target, wait), None
        if not await self._is_right(password if isinstance(password, str) else ""):
            self._attempts.failed(address)
            return self._page(request, target, Message("error", "This is not the password."), 401), None
        self._attempts.succeeded(address)
        return await self._enter(request, target), None

    async def leave(self, request: Request) -> Response:
        """End the session."""
        cookie = await run_in_threadpool(self._admission.log_out, request)
        return with_cookies(RedirectResponse(f"{_base(request)}/login", 303), (cookie,))

    async def embedded(self, request: Request) -> tuple[Response, str | None]:
        """What the shop's admin opens, with a session token."""
        token = request.query_params.get("id_token", "")
        entered = await run_in_threadpool(self._admission.enter_embedded, request, token)
        if entered is None:
            text = "The shop's admin did not prove which shop this is, or too long ago."
            step = "Open the app again from the admin. The connection needs the app's client id and client secret."
            return error_page(request, Message("error", text, step), 401), ANY_SHOP
        visitor, cookie = entered
        target = f"{_base(request)}/connections/{quote(visitor.connection or '', safe='')}/order-sync"
        return with_cookies(RedirectResponse(target, 303), (cookie,)), visitor.shop

    async def _by_link(self, request: Request, token: str) -> Response:
        # whoever only looks whether the link is there does not use it up
        if request.method != "HEAD" and await run_in_threadpool(self._sync.access.use_link, token):
            return await self._enter(request, safe_next(request.query_params.get("next"), _base(request)))
        text = "This link has been used, or is older than 10 minutes."
        step = "Print another one on the machine where Order Sync runs: order-sync login"
        return error_page(request, Message("error", text, step), 410, title="Log in", link=("/login", "Log in"))

    async def _enter(self, request: Request, target: str) -> Response:
        cookie = await run_in_threadpool(self._admission.log_in, request)
        return with_cookies(RedirectResponse(target, 303), (cookie,))

    async def _is_right(self, password: str) -> bool:
        while not self._checking.acquire(blocking=False):  # the attempts that may wait here are few
            await anyio.sleep(0.02)
        try:
            return await run_in_threadpool(self._sync.access.check_password, password)
        finally:
            self._checking.release()

    def _page(self, request: Request, target: str, message: Message | None = None, status: int = 200) -> Response:
        csrf, cookies = self._admission.slips.slip(request, "")
        messages = (message,) if message else ()
        values = {"csrf": csrf, "csrf_name": CSRF_FIELD, "next": target, "messages": messages}
        return with_cookies(page(request, "login.html", title="Log in", visitor=None, status=status, **values), cookies)

    def _too_often(self, request: Request, target: str, wait: int) -> Response:
        minutes = -(-wait // 60)
        text = f"There were too many wrong passwords. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
        message = Message("error", text, "A link that `order-sync login` prints works meanwhile.")
        answer = self._page(request, target, message, 429)
        answer.headers["Retry-After"] = str(wait)
        return answer


def with_cookies(answer: Response, cookies: tuple[str, ...]) -> Response:
    """The answer, setting these."""
    for cookie in cookies:
        answer.headers.append("Set-Cookie", cookie)
    return answer


def login_address(request: Request) -> str:
    """Where somebody who is not logged in goes, to come back afterwards."""
    here = quote(request.scope["path"])
    query = request.scope.get("query_string", b"").decode("latin-1")
    target = safe_next(f"{here}?{query}" if query else here, _base(request))
    return f"{_base(request)}/login?{urlencode({'next': target})}"


def safe_next(given: object, base: str) -> str:
    """A path of this application; anything that could lead elsewhere becomes its first page."""
    text = given if isinstance(given, str) else ""
    fits = len(text) <= _LONGEST_NEXT and _LOCAL.fullmatch(text) and text.startswith(f"{base}/")
    inside = text.removeprefix(base).partition("?")[0]
    return text if fits and ".." not in inside and not inside.startswith("//") else f"{base}/"


def _base(request: Request) -> str:
    return str(request.scope.get("root_path", ""))
