"""Fulfillment orders and fulfillments of one order: made, fulfilled, put back, shortened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from order_sync.sandbox.shopify.model import Line, Parcel, ParcelLine, ShopOrder, Work, WorkLine

NewId = Callable[[str], str]  # type name -> gid
FINISHED = frozenset({"CLOSED", "CANCELLED"})
CARRIER_URLS = {
    "UPS": "https://www.ups.com/track?tracknum={}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
}


class UnfulfillableError(ValueError):
    """The fulfillment asked for is not possible; the text is what userErrors shows."""


def make_works(order: ShopOrder, places: Mapping[str, str], method: str, new_id: NewId, now: datetime) -> None:
    """One fulfillment order per location and method; gift cards and the like never share one with parcels.

    `places` maps line id to location id. Tips need no fulfilling and are in none.
    """
    groups: dict[tuple[str, str], list[WorkLine]] = {}
    for line in order.lines:
        if line.is_tip or line.unfulfilled_quantity < 1:
            continue
        key = (places[line.id], method if line.requires_shipping and not line.is_gift_card else "NONE")
        pieces = line.unfulfilled_quantity
        groups.setdefault(key, []).append(WorkLine(new_id("FulfillmentOrderLineItem"), line, pieces, pieces))
    for (location, how), lines in groups.items():
        order.works.append(Work(new_id("FulfillmentOrder"), location, how, lines, now, now))


def fulfil(
    order: ShopOrder,
    wanted: Iterable[tuple[Work, Mapping[str, int] | None]],
    tracking: list[dict[str, str | None]],
    partial_status: str,
    new_id: NewId,
    now: datetime,
) -> Parcel:
    """One fulfillment over works of one location; None instead of quantities by work line: all that is left.

    Raises UnfulfillableError, and then nothing has changed. The texts are assumed, in Shopify's manner.
    """
    works, portions = _checked(wanted)
    name = f"{order.name}-F{len(order.parcels) + 1}"
    parcel = Parcel(new_id("Fulfillment"), name, works[0].location_id, [], now, now, tracking)
    for work_line, pieces in portions:
        work_line.remaining -= pieces
        work_line.line.fulfilled += pieces
        parcel.lines.append(ParcelLine(new_id("FulfillmentLineItem"), work_line.line, pieces, work_line))
    for work in works:
        work.status = partial_status if work.remaining else "CLOSED"
        work.updated_at = now
    order.parcels.append(parcel)
    return parcel


def _checked(
    wanted: Iterable[tuple[Work, Mapping[str, int] | None]],
) -> tuple[list[Work], list[tuple[WorkLine, int]]]:
    """The works and the pieces of each of their lines, or UnfulfillableError."""
    works: list[Work] = []
    portions: list[tuple[WorkLine, int]] = []
    for work, quantities in wanted:
        if work.status in FINISHED | {"ON_HOLD", "SCHEDULED"}:
            number = work.id.rpartition("/")[2]
            raise UnfulfillableError(f"Fulfillment order {number} has an unfulfillable status= {work.status.lower()}.")
        works.append(work)
        portions += _portions(work, quantities)
    if len({work.location_id for work in works}) != 1:
        raise UnfulfillableError("All fulfillment orders must be assigned to the same location.")
    if not portions:
        raise UnfulfillableError("Fulfillment order has no line items left to fulfill.")
    return works, portions


def _portions(work: Work, quantities: Mapping[str, int] | None) -> list[tuple[WorkLine, int]]:
    if quantities is None:
        return [(line, line.remaining) for line in work.lines if line.remaining]
    known = {line.id: line for line in work.lines}
    portions = []
    for line_id, pieces in quantities.items():
        if line_id not in known or not 1 <= pieces <= known[line_id].remaining:
            raise UnfulfillableError("Invalid fulfillment order line item quantity requested.")
        portions.append((known[line_id], pieces))
    return portions


def put_back(order: ShopOrder, parcel: Parcel, method: str, new_id: NewId, now: datetime) -> None:
    """Cancel a fulfillment: its pieces are open again, in a new fulfillment order."""
    parcel.status, parcel.updated_at = "CANCELLED", now
    lines = []
    for item in parcel.lines:
        item.line.fulfilled -= item.quantity
        lines.append(WorkLine(new_id("FulfillmentOrderLineItem"), item.line, item.quantity, item.quantity))
    order.works.append(Work(new_id("FulfillmentOrder"), parcel.location_id, method, lines, now, now))


def take_off(order: ShopOrder, line: Line, pieces: int, now: datetime) -> None:
    """Remove unfulfilled pieces of a line from the work that was to be done."""
    if not 0 <= pieces <= line.unfulfilled_quantity:
        raise ValueError(f"{line.id} has {line.unfulfilled_quantity} unfulfilled, cannot take off {pieces}")
    line.cancelled += pieces
    for work in order.works:
        for item in work.lines:
            if item.line is line and pieces and item.remaining:
                gone = min(pieces, item.remaining)
                item.remaining -= gone
                item.total -= gone
                pieces -= gone
                work.updated_at = now
        if not work.remaining and work.status not in FINISHED:
            work.status = "CLOSED"


def tracking_rows(
    company: str | None, numbers: list[str], urls: list[str], fill_url: bool
) -> list[dict[str, str | None]]:
    """One row per number; the n-th URL belongs to the n-th number."""
    rows: list[dict[str, str | None]] = []
    for index in range(max(len(numbers), len(urls))):
        number = numbers[index] if index < len(numbers) else None
        url = urls[index] if index < len(urls) else None
        if url is None and number and fill_url and company in CARRIER_URLS:
            url = CARRIER_URLS[company].format(number)
        rows.append({"company": company, "number": number, "url": url})
    return rows
