"""What was decided and done, on which facts: entries of the journal, and what its verification found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

DECIDED, MOVED, CALLED, OPERATOR = "decided", "moved", "called", "operator"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One thing that happened to a record, to be stored together with it.

    Attributes:
        kind: "decided" (payload: the facts that were decided on, and what came of each line), "moved" (from which
            state to which), "called" (a call to the supplier or the shop, and its outcome), "operator" (what a person
            did, and why).
        payload: plain JSON values. Ids, SKUs, counts, codes and amounts only: no name, no address, no e-mail. Text
            that a person wrote is in two places: an operator's reason, and the tags of the order. Both go when the
            payload is erased.
    """

    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JournalRow:
    """An entry as stored. ``number`` grows; ``payload`` is None once it was erased."""

    number: int
    at: datetime
    connection: str
    order_id: str
    share: str
    mode: str
    kind: str
    payload: Mapping[str, Any] | None
    hash: str


@dataclass(frozen=True, slots=True)
class JournalCheck:
    """What verifying the chain of a connection found: ``broken_at`` is the number of the first row that does not
    fit, None when all do; ``erased`` rows have no payload any more.

    ``head`` is the hash of the newest row. Whoever keeps a copy elsewhere can tell later whether anything before it
    changed.
    """

    connection: str
    rows: int
    erased: int
    broken_at: int | None = None
    problem: str = ""
    head: str = ""
