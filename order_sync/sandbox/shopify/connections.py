"""Cursor pagination: a cursor holds the sort key of a row, so a page starts after a key, not at a number.

Rows that change between two pages therefore move as they do at Shopify: an order updated meanwhile is met
again at the end of an ascending UPDATED_AT walk.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from order_sync.sandbox.shopify.errors import bad_argument

Row = TypeVar("Row")
Key = tuple[Any, ...]  # must compare, and survive JSON: text and numbers only


def connection(
    rows: Sequence[Row],
    view: Callable[[Row], dict[str, Any]],
    key: Callable[[Row], Key],
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> dict[str, Any]:
    """A connection with nodes, edges and pageInfo over rows sorted by `key`."""
    ordered = sorted(rows, key=key, reverse=reverse)
    start = None if after is None else _key_of(after)
    end = None if before is None else _key_of(before)
    chosen = [
        row
        for row in ordered
        if (start is None or _beyond(key(row), start, reverse)) and (end is None or _beyond(end, key(row), reverse))
    ]
    page = chosen[:first] if first is not None else chosen[-last:] if last else chosen
    cursors = [_cursor(key(row)) for row in page]
    nodes = [view(row) for row in page]
    return {
        "nodes": nodes,
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, nodes, strict=True)],
        "pageInfo": {
            "hasNextPage": bool(page) and page[-1] is not chosen[-1],
            "hasPreviousPage": bool(page) and page[0] is not ordered[0],
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def by_place(rows: Sequence[Row], view: Callable[[Row], dict[str, Any]], **page: Any) -> dict[str, Any]:
    """A connection over rows that keep their order and only ever grow at the end."""
    places = {id(row): index for index, row in enumerate(rows)}
    return connection(rows, view, lambda row: (places[id(row)],), **page)


def _beyond(key: Key, limit: Key, reverse: bool) -> bool:
    try:
        return key < limit if reverse else key > limit
    except TypeError as exc:
        raise bad_argument("the cursor belongs to another list or sort key") from exc


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode()


def _key_of(cursor: str) -> Key:
    try:
        return tuple(json.loads(base64.urlsafe_b64decode(cursor.encode())))
    except ValueError as exc:
        raise bad_argument(f"'{cursor}' is not a valid cursor") from exc
