"""Reading one order whole: its first pages in one question, whatever does not fit in further ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema

from order_sync.adapters.shopify import queries, schemas
from order_sync.adapters.shopify.mapping import Found, OrderParts
from order_sync.adapters.shopify.queries import Operation
from order_sync.adapters.shopify.questions import Questions
from order_sync.adapters.shopify.refusals import SERVICE
from order_sync.core.errors import AccessDeniedError, ServiceUnavailableError

READINGS = 3
"""How often an order that changes while its pages are read is read again, the first reading included."""
_REFUNDED = ("PARTIALLY_REFUNDED", "REFUNDED")


class _ChangedMeanwhile(Exception):
    """Pages of different moments do not make an order. Stays inside this module."""


class OrderReader:
    """Reads orders of one shop. Thread-safe."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._order_question = queries.ORDER

    def read(self, order_id: str) -> OrderParts | None:
        """Every part of the order as it was at one moment, or None when the shop does not show it."""
        for _ in range(READINGS):
            try:
                return self._read_once(order_id)
            except _ChangedMeanwhile:
                continue
        raise ServiceUnavailableError(
            f"The order {order_id} changed {READINGS} times while it was read.",
            next_step="It is tried again.",
            service=SERVICE,
            operation=queries.ORDER.name,
            order=order_id,
        )

    def _read_once(self, order_id: str) -> OrderParts | None:
        order = self._order(order_id)
        if order is None:
            return None
        parts = OrderParts(order)
        parts.lines = self._complete(
            order["line_items"], queries.ORDER_LINES, schemas.ORDER_LINES, order, ("order", "line_items")
        )
        work = self._complete(
            order["fulfillment_orders"], queries.ORDER_WORK, schemas.ORDER_WORK, order, ("order", "fulfillment_orders")
        )
        parts.work = [(piece, self._work_lines(piece)) for piece in work]
        parts.parcels = [(parcel, self._parcel_lines(parcel)) for parcel in self._parcels(order)]
        if _may_have_refunds(order, parts.lines):
            parts.refunds = self._refunds(order)
        return parts

    def _order(self, order_id: str) -> Found | None:
        """The order with its first pages; without its risk from the first time on that only the risk is refused."""
        variables = {"id": order_id, "parcels": queries.FIRST_FULFILLMENTS}
        try:
            answer = self._questions.ask(self._order_question, schemas.ORDER, **variables)
        except AccessDeniedError as exc:
            if not str(exc.about.get("denied", "")).startswith("order.risk"):
                raise
            self._order_question = queries.ORDER_WITHOUT_RISK
            answer = self._questions.ask(self._order_question, schemas.ORDER, **variables)
        order: Found | None = answer["order"]
        return order

    def _complete(
        self, page: dict[str, Any], operation: Operation, schema: Schema, owner: Found, members: tuple[str, str]
    ) -> list[Found]:
        """A first page's nodes and those of every page behind it, of the same moment as their owner."""
        root, member = members

        def page_after(cursor: str) -> dict[str, Any]:
            answer = self._questions.ask(operation, schema, id=owner["id"], after=cursor)
            found: dict[str, Any] = _unchanged(answer[root], owner["updated_at"])[member]
            return found

        return [*page["nodes"], *self._questions.rest(operation, page, page_after)]

    def _work_lines(self, work: Found) -> list[Found]:
        return self._complete(
            work["line_items"], queries.WORK_LINES, schemas.WORK_LINES, work, ("fulfillment_order", "line_items")
        )

    def _parcel_lines(self, parcel: Found) -> list[Found]:
        return self._complete(
            parcel["fulfillment_line_items"],
            queries.FULFILLMENT,
            schemas.FULFILLMENT,
            parcel,
            ("fulfillment", "fulfillment_line_items"),
        )

    def _parcels(self, order: Found) -> list[Found]:
        """Every fulfillment. The list has no cursor, so where it may be cut all ids are asked for."""
        parcels: list[Found] = list(order["fulfillments"])
        if len(parcels) < queries.FIRST_FULFILLMENTS:
            return parcels
        operation = queries.FULFILLMENT_IDS
        answer = self._questions.ask(
            operation, schemas.FULFILLMENT_IDS, id=order["id"], parcels=queries.MOST_FULFILLMENTS
        )["order"]
        ids = [entry["id"] for entry in _unchanged(answer, order["updated_at"])["fulfillments"]]
        if len(ids) >= queries.MOST_FULFILLMENTS:
            raise self._questions.broken(operation, f"{len(ids)} fulfillments, perhaps more")
        known = {parcel["id"]: parcel for parcel in parcels}
        if not known.keys() <= set(ids):
            raise _ChangedMeanwhile
        return [known.get(parcel_id) or self._parcel(parcel_id) for parcel_id in ids]

    def _parcel(self, parcel_id: str) -> Found:
        answer = self._questions.ask(queries.FULFILLMENT, schemas.FULFILLMENT, id=parcel_id, after=None)
        parcel: Found | None = answer["fulfillment"]
        if parcel is None:
            raise _ChangedMeanwhile
        return parcel

    def _refunds(self, order: Found) -> list[Found]:
        """Every refund. The list has no cursor: asked for again, longer, where it may be cut."""
        for most, most_lines in queries.REFUND_SIZES:
            answer = self._questions.ask(
                queries.REFUNDS, schemas.REFUNDS, id=order["id"], refunds=most, lines=most_lines
            )
            refunds: list[Found] = _unchanged(answer["order"], order["updated_at"])["refunds"]
            cut = any(refund["refund_line_items"]["page_info"]["has_next_page"] for refund in refunds)
            if len(refunds) < most and not cut:
                return refunds
        raise self._questions.broken(queries.REFUNDS, f"{len(refunds)} refunds or lines of one, perhaps more")


def _unchanged(found: dict[str, Any] | None, updated_at: datetime) -> dict[str, Any]:
    """The object, if it is still of that moment."""
    if found is None or found["updated_at"] != updated_at:
        raise _ChangedMeanwhile
    return found


def _may_have_refunds(order: Found, lines: list[Found]) -> bool:
    return order["display_financial_status"] in _REFUNDED or any(
        line["current_quantity"] < line["quantity"] for line in lines
    )
