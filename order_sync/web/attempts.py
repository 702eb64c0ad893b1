"""How often a password may be guessed."""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
MOST_OF_ONE = 5
MOST_OF_ALL = 50
LONGEST_BAN = timedelta(hours=4)
FORGOTTEN_AFTER = timedelta(hours=24)
MOST_ADDRESSES = 1000


@dataclass(slots=True)
class _Count:
    """Attempts that were no success, or are not one yet; bans so far."""

    limit: int
    at: list[datetime] = field(default_factory=list)
    bans: int = 0
    banned_until: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        """How long until another attempt may be made."""
        if self.banned_until is not None:
            if now < self.banned_until:
                return self.banned_until - now
            if now - self.banned_until > FORGOTTEN_AFTER:
                self.bans, self.banned_until = 0, None
        self.at = [each for each in self.at if now - each < WINDOW]
        return WINDOW - (now - self.at[0]) if len(self.at) >= self.limit else timedelta()

    def failed(self, now: datetime) -> None:
        """One of them failed: at the limit everything ends for a time, each time for longer."""
        if len(self.at) >= self.limit:
            self.bans += 1
            self.banned_until = now + min(LONGEST_BAN, WINDOW * 2 ** min(self.bans - 1, 10))
            self.at.clear()


class Attempts:
    """Counts by the address that the connection came from; headers that tell of another are not believed.

    An attempt counts from its beginning, so many at once are no way around the limit. Thread-safe.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._all = _Count(MOST_OF_ALL)
        self._by_address: OrderedDict[str, _Count] = OrderedDict()

    def begin(self, address: str) -> int:
        """Count an attempt; 0, or the seconds after which it may be made: then it was not counted."""
        now = self._now()
        with self._lock:
            mine = self._of(address)
            wait = max(mine.wait(now), self._all.wait(now))
            if wait > timedelta():
                return math.ceil(wait.total_seconds())
            mine.at.append(now)
            self._all.at.append(now)
            return 0

    def failed(self, address: str) -> None:
        """The password was wrong."""
        now = self._now()
        with self._lock:
            self._of(address).failed(now)
            self._all.failed(now)

    def succeeded(self, address: str) -> None:
        """The password was right: what this address did wrong before is forgotten."""
        with self._lock:
            mine = self._of(address)
            forgiven = len(mine.at)
            mine.at.clear()
            del self._all.at[len(self._all.at) - min(forgiven, len(self._all.at)) :]

    def _of(self, address: str) -> _Count:
        key = _network(address)
        count = self._by_address.setdefault(key, _Count(MOST_OF_ONE))
        self._by_address.move_to_end(key)
        if len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)
        return count


def _network(address: str) -> str:
    """An IPv6 subscriber has a whole network of addresses: it counts as one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if ip.version == 6:
        mapped = ip.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
