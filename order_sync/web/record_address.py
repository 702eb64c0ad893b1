"""The address of a record's page."""

from __future__ import annotations

import base64
import binascii
import json

from order_sync.core.errors import OrderNotFoundError
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import RecordKey


def address_of(key: RecordKey) -> str:
    """One part of a path, of letters, digits, - and _; the same for ever."""
    text = json.dumps([key.connection, key.order_id, key.share, str(key.mode)], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()


def key_of(address: str) -> RecordKey:
    """The key that `address_of` was given. Raises OrderNotFoundError for anything else."""
    try:
        padded = address.encode("ascii") + b"=" * (-len(address) % 4)
        connection, order_id, share, mode = json.loads(base64.urlsafe_b64decode(padded).decode())
        if not all(isinstance(each, str) for each in (connection, order_id, share)):
            raise ValueError("not texts")
        (connection + order_id + share).encode()  # nothing is stored under what cannot be
        return RecordKey(connection, order_id, share, Mode(mode))
    except (ValueError, TypeError, binascii.Error, RecursionError) as exc:
        raise OrderNotFoundError("There is no such page.", next_step="Look the order up on the Orders page.") from exc
