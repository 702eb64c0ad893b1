"""Asking with a schema: a question in, a checked answer out, and what pages have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from marshmallow import Schema

from order_sync.adapters.shopify.client import ShopifyClient
from order_sync.adapters.shopify.queries import Operation
from order_sync.adapters.shopify.refusals import user_errors
from order_sync.adapters.shopify.schemas import WrongShapeError, checked
from order_sync.core.errors import ServiceError


class Questions:
    """Asks one shop. Thread-safe."""

    def __init__(self, client: ShopifyClient) -> None:
        self.client = client

    def ask(self, operation: Operation, schema: Schema, **variables: Any) -> dict[str, Any]:
        """The answer to an operation, as the schema reads it."""
        data = self.client.execute(operation, variables)
        try:
            return checked(schema, data)
        except WrongShapeError as exc:
            raise self.broken(operation, str(exc)) from None

    def change(self, operation: Operation, schema: Schema, tells: str, **variables: Any) -> dict[str, Any]:
        """Carry out a mutation; returns the object that its payload tells of, under the name ``tells``.

        Raises RejectedRequestError with every userError, and what `broken` gives when it tells of none.
        """
        (payload,) = self.ask(operation, schema, **variables).values() or (None,)
        if payload is not None and payload["user_errors"]:
            raise user_errors(self.client.call(operation), payload["user_errors"])
        if payload is None or payload[tells] is None:
            raise self.broken(operation, f"no {tells.replace('_', ' ')}")
        told: dict[str, Any] = payload[tells]
        return told

    def nodes(self, operation: Operation, schema: Schema, root: str, **variables: Any) -> Iterator[dict[str, Any]]:
        """Every node of a connection at the top of the answer, read page by page as they are taken."""

        def page_after(cursor: str | None) -> dict[str, Any]:
            page: dict[str, Any] = self.ask(operation, schema, **variables, after=cursor)[root]
            return page

        first = page_after(None)
        yield from first["nodes"]
        yield from self.rest(operation, first, page_after)

    def rest(
        self, operation: Operation, page: dict[str, Any], page_after: Callable[[str], dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        """The nodes behind a page. A cursor that does not move on is an error, not an endless loop."""
        seen: set[str] = set()
        while page["page_info"]["has_next_page"]:
            cursor = page["page_info"]["end_cursor"]
            if not cursor or cursor in seen:
                raise self.broken(operation, "a page without an end")
            seen.add(cursor)
            page = page_after(cursor)
            yield from page["nodes"]

    def broken(self, operation: Operation, why: str) -> ServiceError:
        """The error for an answer that is not what was asked for."""
        return self.client.call(operation).broken(why)
