"""Who asks: by a session of ours, as a shop's embedded visitor, or by the login of a host."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from order_sync.core.errors import UnknownConnectionError
from order_sync.web.cookies import Cookie, FormSlips
from order_sync.web.pages import Visitor
from order_sync.web.session_tokens import verified
from order_sync.web.sessions import Session, Sessions

if TYPE_CHECKING:
    from order_sync.bootstrap.access import Authenticate
    from order_sync.bootstrap.app import OrderSync

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Admitted:
    """A visitor who may come in.

    Attributes:
        cookies: headers that the answer sets.
        by_token: the request itself carries the proof, which no browser adds for a foreign page: a form needs no more.
    """

    visitor: Visitor
    cookies: tuple[str, ...] = ()
    by_token: bool = False


class Admission:
    """Keeps the sessions and asks whoever knows.

    Args:
        key: signs the cookies.
        secure: people come by https.
        authenticate: a host's own login; with it nobody logs in here.
    """

    def __init__(self, sync: OrderSync, key: bytes, *, secure: bool, authenticate: Authenticate | None) -> None:
        self._sync = sync
        self._authenticate = authenticate
        now = sync.container.clock().now
        self._own = (Cookie("order_sync_session", key, secure=secure), Sessions(now))
        # apart, so that neither kind can push out the other, or be taken for it
        self._embedded = (Cookie("order_sync_embedded", key, secure=True, embedded=True), Sessions(now))
        self.slips = FormSlips(key, secure=secure)

    @property
    def by_host(self) -> bool:
        """Whether a host's login decides."""
        return self._authenticate is not None

    async def admit(self, request: Request) -> Admitted | Response | None:
        """The visitor; None for nobody; a host's own answer.

        Raises:
            OrderSyncError: it cannot be found out.
            Exception: whatever the host's login raises.
        """
        known = await run_in_threadpool(self.known, request)
        if known is not None or self._authenticate is None:
            return known
        answer: Any = await run_in_threadpool(self._authenticate, request)
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, Response):
            return answer
        if not isinstance(answer, str) or not answer:
            return None
        csrf, cookies = self.slips.slip(request, answer)
        return Admitted(Visitor(answer, csrf, can_leave=False), cookies)

    def known(self, request: Request) -> Admitted | None:
        """Whom we let in ourselves. Blocks."""
        by_token = self._by_token(request)
        if by_token is not None:
            return by_token
        for kind in (self._embedded,) if self.by_host else (self._own, self._embedded):
            found = self._by_cookie(request, kind)
            if found is not None:
                return found
        return None

    def log_in(self, request: Request) -> str:
        """Begin a session of the operator, end the one before; the header that sets its cookie. Blocks."""
        self._end(request, self._own)
        cookie, sessions = self._own
        return cookie.setting(request, sessions.start(OPERATOR, self._sync.access.password_version()).id)

    def log_out(self, request: Request) -> str:
        """End the session here, not only in the browser."""
        self._end(request, self._own)
        return self._own[0].ending(request)

    def enter_embedded(self, request: Request, token: str) -> tuple[Visitor, str] | None:
        """Begin the session that a shop's session token allows; the header that sets its cookie. Blocks."""
        found = verified(token, self._sync.shop_apps)
        if found is None:
            return None
        self._end(request, self._embedded)
        cookie, sessions = self._embedded
        version = self._sync.access.password_version()
        name = f"{found.shop} user {found.user}"
        session = sessions.start(name, version, connection=found.connection, shop=found.shop)
        return _visitor(session), cookie.setting(request, session.id)

    def _by_token(self, request: Request) -> Admitted | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token.count(".") != 2:
            return None
        found = verified(token.strip(), self._sync.shop_apps)
        if found is None:
            return None
        name = f"{found.shop} user {found.user}"
        # a part of a page must fit the rest of it, which came by the session
        open_page = self._by_cookie(request, self._embedded)
        if open_page is not None and open_page.visitor.connection == found.connection:
            return Admitted(open_page.visitor, open_page.cookies, by_token=True)
        csrf, _ = self.slips.slip(request, name)
        visitor = Visitor(name, csrf, connection=found.connection, can_leave=False, shop=found.shop)
        return Admitted(visitor, by_token=True)

    def _by_cookie(self, request: Request, kind: tuple[Cookie, Sessions]) -> Admitted | None:
        cookie, sessions = kind
        given = cookie.read(request)
        session = sessions.find(given, self._sync.access.password_version()) if given else None
        if session is None or given is None:
            return None
        if session.connection is not None and not self._is_still_of(session.connection, session.shop):
            sessions.end(given)
            return None
        present = session.id
        return Admitted(_visitor(session), (cookie.setting(request, present),) if present != given else ())

    def _is_still_of(self, connection: str, shop: str | None) -> bool:
        """Whether the connection is there, and of the shop that let the visitor in."""
        try:
            return self._sync.connection(connection).source.values.get("shop") == shop
        except UnknownConnectionError:
            return False

    @staticmethod
    def _end(request: Request, kind: tuple[Cookie, Sessions]) -> None:
        cookie, sessions = kind
        given = cookie.read(request)
        if given:
            sessions.end(given)


def _visitor(session: Session) -> Visitor:
    return Visitor(
        session.name,
        session.csrf,
        connection=session.connection,
        can_leave=session.connection is None,
        shop=session.shop,
    )
