"""What may be said of a record where people other than its keeper read it: logs, exports, messages. Pure.

A reason in words may quote an address (`bad_zip`), what a supplier answered, or what a person typed. Reasons about
addresses get a sentence of ours; words of others lose every word that was sent as the customer's; what is not known
to be harmless is left out.
"""

from __future__ import annotations

import json
import re
import traceback
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from order_sync.core.errors import OrderSyncError, RejectedRequestError
from order_sync.core.model.sync_record import LineOutcome, SyncRecord

HIDDEN = "[hidden]"
PLUGIN_HOLD = "plugin_hold"
NEUTRAL = {
    "missing_address": "The order has no shipping address.",
    "missing_name": "The address has no name.",
    "missing_street": "The address has no street.",
    "missing_city": "The address has no city.",
    "missing_state": "The address has no state that is known.",
    "missing_zip": "The address has no postal code.",
    "missing_country": "The address has no country.",
    "unknown_state": "The state of the address is not known.",
    "bad_zip": "The postal code of the address is not one.",
    "country_not_served": "The supplier's account does not ship to the country of the address.",
    "po_box": "The address is a PO box.",
    "address_drift": "The supplier ships to another address than was sent.",
    "missing_sku": "A line has no SKU.",
    "nothing_to_buy": "There is nothing to buy.",
    "skipped": "Skipped by an operator.",
    "not_cancelled": "The supplier did not cancel what an operator asked it to.",
    "guard_country": "A guard holds orders to this country.",
    PLUGIN_HOLD: "A plugin holds it.",
}
"""Sentences for reasons that may quote an address, a line's title or what a person typed."""
OWN_WORDS = frozenset(
    {
        "payment",
        "fulfillment",
        "shop_hold",
        "scheduled",
        "test_mode",
        "order_sync_off",
        "before_enabled",
        "cancelled_in_shop",
        "shop_test_order",
        "payment_refunded",
        "payment_voided",
        "payment_expired",
        "superseded",
        "not_in_shop",
        "missing_store_address",
        "settings",
        "no_test_orders",
        "no_payment_profiles",
        "configuration",
        "po_number_taken",
        "defect",
        "circuit_open",
        "rate_limited",
        "no_answer",
        "interrupted",
        "absent",
        "cannot_look_up",
        "cancelled_at_supplier",
        "cancelled_after_purchase",
        "refunded_after_purchase",
        "removed_after_purchase",
        "unmarked_after_purchase",
        "withdrawn",
        "cancelled_by_hand",
        "not_writable",
        "missing_at_supplier",
        "unrecorded_purchase",
        "missing_in_ledger",
        "duplicate_at_supplier",
        "partly_shipped",
        "short_shipped",
        "paused",
        "short_stock",
        "over_order_limit",
        "over_daily_limit",
        "cost_unknown",
        "guard_value",
        "guard_tag",
        "guard_age",
        "guard_risk",
    }
)
"""Reasons in our own words, with SKUs and numbers."""
OTHERS_WORDS = frozenset(
    {
        "rejected",
        "short",
        "part_cancelled_at_supplier",
        "shop_not_told",
        "gave_up",
        "service_unavailable",
        "authentication",
        "access_denied",
        "malformed_response",
    }
)
"""Reasons that may quote what a supplier or a shop answered."""
_WORD = re.compile(r"\w+")
_EMAIL = re.compile(r"""[^\s@<>"',;:()]+@[^\s@<>"',;:()]+""")
_TYPED = re.compile(r"((?:by an operator|by a person|A person found[^(:;]*?))\s*[(:].*", re.DOTALL)
_LONG = 4
_MANY_DIGITS = 7
"""A number of so many digits that is none of ours may be a telephone's or a parcel's."""


def reason_of(record: SyncRecord) -> str:
    """The reason of a record without anything of a person."""
    code = record.reason_code
    if not record.reason:
        return ""
    if code == "unknown_sku":
        return _unknown_sku(record)
    if code in NEUTRAL:
        return NEUTRAL[code]
    if code and code not in OWN_WORDS | OTHERS_WORDS:
        return f"{code}: order-sync orders show says more."
    return _scrubbed(record, record.reason, numbers=code in OTHERS_WORDS)


def next_action_of(record: SyncRecord) -> str:
    """What a person does now, without anything of a customer."""
    if record.reason_code == PLUGIN_HOLD:
        return "order-sync orders show says more."
    ours = record.reason_code in OWN_WORDS or record.reason_code in NEUTRAL or record.reason_code == "unknown_sku"
    return one_line(record.next_action) if ours else _scrubbed(record, record.next_action, numbers=False)


def _scrubbed(record: SyncRecord, text: str, *, numbers: bool) -> str:
    text = _TYPED.sub(r"\1.", text)
    return one_line(scrubbed(text, personal_words(record), keep=public_words(record), numbers=numbers))


def _unknown_sku(record: SyncRecord) -> str:
    skus = list(dict.fromkeys(line.sku for line in record.lines if line.outcome is LineOutcome.HELD and line.sku))
    if not skus:
        return "A SKU is not the supplier's."
    more = f" and {len(skus) - 5} more" if len(skus) > 5 else ""
    return one_line(f"Not items of the supplier: {', '.join(skus[:5])}{more}.")


def scrubbed(text: str, personal: frozenset[str], *, keep: frozenset[str] = frozenset(), numbers: bool = True) -> str:
    """The text without the words of ``personal`` (folded, see `words_of`), e-mail addresses, and long numbers.

    Args:
        keep: words that stay, though they are personal elsewhere: our own numbers.
        numbers: also hide long numbers that are not in ``keep``.
    """
    long_ones = [word for word in personal if _is_telling_inside(word)]

    def hide(found: re.Match[str]) -> str:
        word = folded(found[0])
        if word in keep:
            return found[0]
        cut = len(word) >= _LONG and any(known.startswith(word) for known in personal)
        number = numbers and sum(char.isdigit() for char in word) >= _MANY_DIGITS
        hidden = word in personal or cut or number or any(known in word for known in long_ones)
        return HIDDEN if hidden else found[0]

    return re.sub(
        rf"{re.escape(HIDDEN)}(?:\W{{1,3}}{re.escape(HIDDEN)})+", HIDDEN, _WORD.sub(hide, _without_mail(text))
    )


def _without_mail(text: str) -> str:
    return _EMAIL.sub(HIDDEN, text)


def _is_telling_inside(word: str) -> bool:
    """Whether a word gives a person away even inside another one."""
    return len(word) >= _LONG or (len(word) > 1 and not word.isascii())


def personal_words(record: SyncRecord) -> frozenset[str]:
    """The words of everything that was sent as the customer's, and of parcels: all of the purchase but our numbers."""
    sent = list(_texts(_document(record.intent_body))) if record.intent_body else []
    parcels = [text for info in record.tracking for text in (info.number, info.url)]
    return words_of([*sent, *parcels]) - public_words(record)


def public_words(record: SyncRecord) -> frozenset[str]:
    """The words of names and numbers that are no person's."""
    lines = (text for line in record.lines for text in (line.sku, line.supplier_sku))
    orders = (order.order_number for order in record.supplier_orders)
    return words_of([record.order_name, record.po_number or "", record.key.connection, *lines, *orders])


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """The folded words of texts; a single letter or digit gives nobody away."""
    found = (folded(word) for text in texts for word in _WORD.findall(text))
    return frozenset(word for word in found if len(word) > 1 or not word.isascii())


def folded(text: str) -> str:
    """Alike for upper and lower case, and with or without accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def one_line(text: str) -> str:
    """The text without line ends and control characters: what a shop or a supplier wrote begins no line of a log."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def error_text(exc: OrderSyncError) -> str:
    """What an error says, without the words of the service that refused."""
    if isinstance(exc, RejectedRequestError):
        return f"{exc.service or 'The service'} refused it{f' (status {exc.status})' if exc.status else ''}."
    return one_line(_without_mail(str(exc)))


def trace_of(exc: BaseException) -> str:
    """Where an exception came from, and the types of it and its causes; their texts may quote anything."""
    parts: list[str] = []
    seen: BaseException | None = exc
    while seen is not None and len(parts) < 10:
        places = (f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(seen.__traceback__))
        parts.append(f"{type(seen).__name__} at {' > '.join(places) or 'an unknown place'}")
        seen = seen.__cause__ or seen.__context__
    return "; caused by ".join(parts)


def _document(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
