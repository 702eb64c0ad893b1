"""A verified delivery into the core's event. Pure: what is read is ids, whatever else a body holds.

Only the body is signed, not the headers, so a body that says which shop it is about is believed before them.
Source: Shopify, "Webhooks delivery structure" (headers) and "Privacy law compliance" (bodies).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from order_sync.adapters.shopify.order_ids import order_gid
from order_sync.adapters.shopify.refusals import quote
from order_sync.adapters.shopify.topics import BY_NAME, Topic
from order_sync.core.errors import MalformedEventError, WrongShopError
from order_sync.core.model.shop_event import EventKind, ShopEvent

LONGEST_KEY = 255
LONGEST_NUMBER = 10**20
EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)
"""Before there was a Shopify no event happened."""
CLOCKS_DIFFER_BY = timedelta(days=1)
_SHOP_MEMBERS = {
    EventKind.EXPORT_PERSON: "shop_domain",
    EventKind.ERASE_PERSON: "shop_domain",
    EventKind.ERASE_SHOP: "shop_domain",
    EventKind.UNINSTALLED: "myshopify_domain",
}
"""Where a body that is about a whole shop or a person names the shop."""


def to_event(headers: Mapping[str, str], body: bytes, *, shop: str, now: datetime) -> ShopEvent:
    """The event of a delivery whose signature was found right.

    Args:
        headers: names in lower case.
        shop: the domain that the connection is configured with.

    Raises:
        WrongShopError, MalformedEventError: see Webhooks.receive.
    """
    _check_shop(headers.get("x-shopify-shop-domain", ""), shop)
    topic = BY_NAME.get(headers.get("x-shopify-topic", "").strip().lower())
    if topic is None:
        raise _malformed(f"its topic {_shown(headers.get('x-shopify-topic', ''))} is none that we use")
    document = _document(body)
    if topic.kind in _SHOP_MEMBERS:
        named = document.get(_SHOP_MEMBERS[topic.kind])
        if not isinstance(named, str):
            raise _malformed(f"{_SHOP_MEMBERS[topic.kind]} is missing")
        _check_shop(named, shop)
    order_ids = _persons_orders(topic, document)
    return ShopEvent(
        topic=topic.name,
        kind=topic.kind,
        delivery_key=_delivery_key(headers, body, document),
        order_id=_order_id(topic, document) if topic.kind is EventKind.LOOK else "",
        order_ids=order_ids,
        reference=_reference(document) if topic.kind is EventKind.EXPORT_PERSON else "",
        triggered_at=_moment(headers.get("x-shopify-triggered-at", ""), now),
    )


def _check_shop(named: str, shop: str) -> None:
    if named.strip().lower() != shop.lower():
        raise WrongShopError(
            f"The event is of the shop {_shown(named)}, not of {shop}.",
            next_step="Check which connection the address of the webhook names.",
            shop=shop,
        )


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        document = None  # raised outside: the cause's own text has the body in it, and so a customer
    if not isinstance(document, dict):
        raise _malformed("its body is not a JSON object")
    return document


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _order_id(topic: Topic, document: dict[str, Any]) -> str:
    for path in topic.order_ids:
        value = _member(document, path)
        if value is not None:
            return _gid(value, path)
    raise _malformed(f"{topic.order_ids[0]} is missing")


def _member(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document.get(step) if isinstance(document, dict) else None
    return document


def _persons_orders(topic: Topic, document: dict[str, Any]) -> tuple[str, ...]:
    if topic.kind not in (EventKind.EXPORT_PERSON, EventKind.ERASE_PERSON):
        return ()
    (member,) = topic.order_ids
    listed = document.get(member)
    if not isinstance(listed, list):
        raise _malformed(f"{member} is not a list")  # taking it for "no orders" would leave a person unforgotten
    return tuple(dict.fromkeys(_gid(value, member) for value in listed))


def _gid(value: Any, member: str) -> str:
    number = _number(value)
    text = number if number else value
    found = order_gid(text) if isinstance(text, str) else None
    if found is None or found.endswith("/0"):
        raise _malformed(f"{member} is not the id of an order")
    return found


def _number(value: Any) -> str:
    """A positive whole number as text; empty for anything else."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole and 0 < value < LONGEST_NUMBER else ""


def _reference(document: dict[str, Any]) -> str:
    value = _member(document, "data_request.id")
    text = _number(value) or (value if isinstance(value, str) else "")
    if not text or len(text) > LONGEST_KEY or not (text.isascii() and text.isprintable()):
        raise _malformed("data_request.id is not a number")
    return text


def _delivery_key(headers: Mapping[str, str], body: bytes, document: dict[str, Any]) -> str:
    """The same for every delivery of one event about one thing.

    Everything that one act of a merchant raises has the same X-Shopify-Event-Id, so two orders that are changed
    together differ by the id of what each body is about.
    """
    event_id = headers.get("x-shopify-event-id", "").strip()
    about = _number(_member(document, "id")) or _number(_member(document, "order_edit.id"))
    key = f"{event_id}/{about}" if event_id and about else event_id or headers.get("x-shopify-webhook-id", "").strip()
    if not key:
        return "sha256:" + hashlib.sha256(body).hexdigest()
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return key


def _moment(text: str, now: datetime) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        found = moment.astimezone(UTC) if moment.tzinfo else None
        return found if found and EARLIEST <= found <= now + CLOCKS_DIFFER_BY else None
    except (ValueError, OverflowError):
        return None


def _shown(text: str) -> str:
    return repr(quote(text))


def _malformed(why: str) -> MalformedEventError:
    return MalformedEventError(
        f"Shopify's event cannot be used: {why}.", next_step="The scheduled look finds what it was about."
    )
