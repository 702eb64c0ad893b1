"""One finding of the doctor."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True)
class Check:
    """One thing looked at. ``status``: ok, warn or fail; ``remedy`` says what to do about it.

    ``credentials`` marks a failure that new credentials would mend.
    """

    about: str
    name: str
    status: str
    detail: str
    remedy: str = ""
    credentials: bool = False
