"""What a shop tells us without being asked, reduced to what is needed: no name, no address, no e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What an event asks of us."""

    LOOK = "look"  # an order may have changed: read it again
    EXPORT_PERSON = "export_person"  # a person asks the shop what is kept of them
    ERASE_PERSON = "erase_person"  # a person, or the law, asks to be forgotten
    ERASE_SHOP = "erase_shop"  # the shop left: forget everybody
    UNINSTALLED = "uninstalled"  # our access to the shop ended


@dataclass(frozen=True, slots=True)
class ShopEvent:
    """One event of a shop.

    Attributes:
        topic: the shop's own word for it ("orders/paid"); hints of our own begin with "order-sync/".
        delivery_key: the same for every delivery of one event; with the topic it tells repeats apart, because
            one act in the shop raises several topics.
        order_id: canonical id of the order to look at; empty for events that are not about one.
        order_ids: for EXPORT_PERSON and ERASE_PERSON, the orders of that person, canonical.
        reference: the shop's own number of a person's request, to be named in the export.
        triggered_at: when it happened in the shop, aware UTC, as far as told.
    """

    topic: str
    kind: EventKind
    delivery_key: str
    order_id: str = ""
    order_ids: tuple[str, ...] = ()
    reference: str = ""
    triggered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """An event as stored, not yet applied. ``entry_id`` grows with the order of arrival."""

    entry_id: int
    connection: str
    event: ShopEvent
    received_at: datetime
