"""What `WebhooksContract` is given: a shop's webhooks, the shop's own hand that signs, and what else it can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from order_sync.core.ports import Webhooks

if TYPE_CHECKING:
    from order_sync.plugins.contracts.wire import Wire


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request of the shop: names of headers in lower case, and the body as it is sent."""

    headers: Mapping[str, str]
    body: bytes


@dataclass
class WebhooksBench:
    """The webhooks of a connection beside its fake shop.

    Attributes:
        webhooks: with the secret stored that the fake shop signs with.
        without_secret: the same, and no secret stored.
        deliver: a signed delivery of a topic, each of another event; of a topic about orders it is about order_id.
        order_id: canonical; of an order whose customer has a name and an address.
        personal: words of that customer that are in deliveries and must not be in an event.
        sign: the headers of a delivery signed anew, as the shop signs; for another body or other headers.
        signature_header: where the signature is.
        another_shop: a delivery of another shop, signed with our secret all the same.
        unknown_topic: a signed delivery of a topic that is none of ours.
        address: where deliveries are to go, such as the shop takes.
        spoil: makes a subscription of the fake shop one that is no use; None: it has no such thing.
        wire: between the webhooks and the fake shop; None: there is no network.
    """

    webhooks: Webhooks
    without_secret: Webhooks
    deliver: Callable[[str], Delivery]
    order_id: str
    personal: tuple[str, ...]
    sign: Callable[[Delivery], Delivery]
    signature_header: str
    another_shop: Callable[[], Delivery]
    unknown_topic: Callable[[], Delivery]
    address: str = "https://orders.example.com/webhooks/main"
    spoil: Callable[[str], None] | None = None
    wire: Wire | None = None
