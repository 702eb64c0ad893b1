"""Who is logged in: kept in this process, so a restart means logging in again."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

IDLE_ENDS = timedelta(hours=2)
ALWAYS_ENDS = timedelta(hours=12)
ROTATED_AFTER = timedelta(minutes=15)
OLD_ID_LIVES = timedelta(seconds=60)
"""For requests that were under way when the id changed, and for an answer that got lost."""
MOST = 1000


@dataclass(slots=True, eq=False)
class Session:
    """One visitor who logged in.

    Attributes:
        id: the present one.
        version: of the password at the time of the login.
        csrf: stays when the id changes, or open forms would be refused.
        connection, shop: the only one to be seen, for an embedded visitor.
    """

    name: str
    version: str
    made: datetime
    used: datetime
    rotated: datetime
    connection: str | None = None
    shop: str | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


class Sessions:
    """Sessions by their ids. Thread-safe; at most ``most`` of them, then the one used longest ago ends."""

    def __init__(self, now: Callable[[], datetime], most: int = MOST) -> None:
        self._now = now
        self._most = most
        self._lock = threading.Lock()
        self._by_id: dict[str, tuple[Session, datetime | None]] = {}

    def start(self, name: str, version: str, *, connection: str | None = None, shop: str | None = None) -> Session:
        """A new session with an id that nobody had before."""
        now = self._now()
        session = Session(name, version, now, now, now, connection, shop)
        with self._lock:
            self._make_room(now)
            self._by_id[session.id] = (session, None)
        return session

    def find(self, session_id: str, version: str) -> Session | None:
        """The session of an id, with the id to be used from now on; None when it is over.

        Args:
            version: the present password's; a session of another one is over.
        """
        now = self._now()
        with self._lock:
            session, until = self._by_id.get(session_id, (None, None))
            if session is None or (until is not None and now > until):
                return None
            if session.version != version or _is_over(session, now):
                self._remove(session)
                return None
            session.used = now
            if until is None and now - session.rotated >= ROTATED_AFTER:
                self._rotate(session, now)
            return session

    def end(self, session_id: str) -> None:
        """End a session, under all of its ids."""
        with self._lock:
            session, _ = self._by_id.get(session_id, (None, None))
            if session is not None:
                self._remove(session)

    def _rotate(self, session: Session, now: datetime) -> None:
        for old in [key for key, (each, until) in self._by_id.items() if each is session and until is not None]:
            del self._by_id[old]
        self._by_id[session.id] = (session, now + OLD_ID_LIVES)
        session.id, session.rotated = secrets.token_urlsafe(32), now
        self._by_id[session.id] = (session, None)

    def _make_room(self, now: datetime) -> None:
        alive = {id(each): each for each, _ in self._by_id.values()}.values()
        for each in [session for session in alive if _is_over(session, now)]:
            self._remove(each)
        present = [each for each, until in self._by_id.values() if until is None]
        if len(present) >= self._most:
            self._remove(min(present, key=lambda each: each.used))

    def _remove(self, session: Session) -> None:
        for key in [key for key, (each, _) in self._by_id.items() if each is session]:
            del self._by_id[key]


def _is_over(session: Session, now: datetime) -> bool:
    return now - session.used > IDLE_ENDS or now - session.made > ALWAYS_ENDS
