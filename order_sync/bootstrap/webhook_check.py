"""The doctor's look at webhooks. Nothing of it is a failure: the scheduled look finds every order without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from order_sync.bootstrap.checks import OK, WARN, Check
from order_sync.bootstrap.connections import BuiltConnection
from order_sync.bootstrap.webhook_setup import address_of
from order_sync.core.errors import ConfigurationError, EventError
from order_sync.core.ports import Webhooks

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

STILL_FOUND = "The scheduled look still finds every order."


def webhook_check(sync: OrderSync, built: BuiltConnection, webhooks: Webhooks) -> Check:
    """Whether the shop's events come, and can be verified when they do. Raises what the shop's API does."""
    name = built.connection.name
    try:
        webhooks.receive({}, b"")  # only asks whether there is a secret: an unsigned event is refused in any case
    except ConfigurationError as exc:
        return Check(name, "webhooks", WARN, f"{exc.message} {STILL_FOUND}", exc.next_step)
    except EventError:
        pass
    if not address_of(built):
        return Check(
            name,
            "webhooks",
            WARN,
            f"The address of order-sync serve is not known, so the shop sends no events. {STILL_FOUND}",
            f"order-sync webhooks {name} register --address https://orders.example.com",
        )
    status = sync.webhooks_status(name)
    if status.complete:
        return Check(name, "webhooks", OK, f"{len(status.subscribed)} topics come to {status.uri}")
    found = [
        f"{words} {', '.join(topics)}"
        for words, topics in (("missing:", status.missing), ("drifted:", [each.topic for each in status.drifted]))
        if topics
    ]
    detail = f"Not every event comes to {status.uri} ({'; '.join(found)}). {STILL_FOUND}"
    return Check(name, "webhooks", WARN, detail, f"order-sync webhooks {name} register")
