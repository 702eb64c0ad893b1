"""The shop and what a merchant or a customer does in it. Every act bumps `updated_at` by the shop's clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from order_sync.sandbox.shopify import works
from order_sync.sandbox.shopify.knobs import ShopKnobs
from order_sync.sandbox.shopify.model import (
    Hold,
    Line,
    Location,
    Parcel,
    Refund,
    ShopOrder,
    WebhookSubscription,
    Work,
)

DEFAULT_ADDRESS: dict[str, str | None] = {
    "firstName": "Dana",
    "lastName": "Quill",
    "company": None,
    "address1": "418 Larch Ave",
    "address2": None,
    "city": "Duluth",
    "province": "Minnesota",
    "provinceCode": "MN",
    "country": "United States",
    "countryCodeV2": "US",
    "zip": "55805",
    "phone": "+12185550101",
}
LineSpec = tuple[str | None, int] | list[Any] | Mapping[str, Any]


class Shop:
    """State of one shop. All public methods are safe to call from any thread."""

    def __init__(self, domain: str, clock: Callable[[], datetime], seed: int, knobs: ShopKnobs) -> None:
        self.domain = domain
        self.shop_knobs = knobs
        self.shop_lock = threading.RLock()
        self._clock = clock
        self._numbers: dict[str, int] = {}
        self._seed = seed
        self.orders: dict[str, ShopOrder] = {}
        self.variants: dict[str, dict[str, str | None]] = {}
        self.webhook_subscriptions: dict[str, WebhookSubscription] = {}
        main_street = {"address1": "12 Main St", "address2": None, "city": "Duluth", "province": "Minnesota",
                       "provinceCode": "MN", "country": "United States", "countryCode": "US", "zip": "55802",
                       "phone": "+12185550100"}  # fmt: skip
        back_room = {**main_street, "address1": "14 Main St"}
        self.locations: dict[str, Location] = {}
        for name, address in (("Main store", main_street), ("Back room", back_room)):
            location = Location(self.new_id("Location"), name, address, self.now())
            self.locations[location.id] = location

    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def new_id(self, kind: str) -> str:
        """A gid; numbers rise, and differ between seeds."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"gid://shopify/{kind}/{(self._seed % 1000 + 1) * 1_000_000_000 + self._numbers[kind]}"

    # ------------------------------------------------------------ orders come in

    def add_order(
        self,
        lines: Iterable[LineSpec],
        financial_status: str = "PAID",
        address: Mapping[str, str | None] | None = DEFAULT_ADDRESS,
        test: bool = False,
        created_at: datetime | None = None,
        tags: Iterable[str] = (),
        shipping: bool = True,
        **more: Any,
    ) -> str:
        """Add an order and its fulfillment orders; returns its gid.

        lines: (sku, quantity), or a dict with sku, quantity, title, price, vendor, requires_shipping,
            is_gift_card, is_tip, variant_title, custom_attributes, group, location (gid).
        address: Shopify's member names; what is not given comes from a default US address. None: no address.
        shipping: False for an order with nothing to ship. more: email, phone, note, risk, source_name,
            po_number, delivery_method (SHIPPING, PICK_UP, LOCAL ...), custom_attributes.
        """
        with self.shop_lock:
            now = self.now()
            method = more.pop("delivery_method", "SHIPPING")
            first_location = next(iter(self.locations))
            places: dict[str, str] = {}
            items = []
            for spec in lines:
                line, place = self._line(spec, shipping)
                items.append(line)
                places[line.id] = place or first_location
            born = (created_at or now).replace(microsecond=0)
            order = self._order(items, born, address, shipping and method == "SHIPPING", more)
            order.financial_status, order.test, order.tags = financial_status, test, sorted(tags)
            order.updated_at = max(born, now)
            works.make_works(order, places, method, self.new_id, born)
            self.orders[order.id] = order
            self._after_payment(order)
            return order.id

    def _order(
        self,
        items: list[Line],
        born: datetime,
        address: Mapping[str, str | None] | None,
        shipped: bool,
        more: Mapping[str, Any],
    ) -> ShopOrder:
        number = 1001 + len(self.orders)
        return ShopOrder(
            id=self.new_id("Order"),
            number=number,
            name=f"#{number}",
            created_at=born,
            updated_at=born,
            lines=items,
            financial_status="PENDING",
            address=None if address is None else {**DEFAULT_ADDRESS, **address},
            email=more.get("email", "customer@example.com"),
            phone=more.get("phone"),
            test=False,
            tags=[],
            shipping_price=Decimal("5.00") if shipped else None,
            **{key: value for key, value in more.items() if key not in {"email", "phone"}},
        )

    def _line(self, spec: LineSpec, shipping: bool) -> tuple[Line, str | None]:
        given: dict[str, Any] = dict(spec) if isinstance(spec, Mapping) else {"sku": spec[0], "quantity": spec[1]}
        place: str | None = given.pop("location", None)
        given.setdefault("title", given.get("sku") or "Item")
        given.setdefault("requires_shipping", shipping and not given.get("is_gift_card") and not given.get("is_tip"))
        given["price"] = Decimal(str(given.get("price", "20.00")))
        given.setdefault("sku", None)
        return Line(id=self.new_id("LineItem"), **given), place

    def add_product(
        self, title: str, sku: str | None, variant: str = "Default Title", barcode: str | None = None
    ) -> str:
        """Something that the shop sells; returns the variant's gid."""
        with self.shop_lock:
            gid = self.new_id("ProductVariant")
            shown = title if variant == "Default Title" else f"{title} - {variant}"
            self.variants[gid] = {"id": gid, "sku": sku, "barcode": barcode, "title": variant, "displayName": shown}
            return gid

    def pay(self, order_id: str) -> None:
        """The customer pays what is due."""
        with self.shop_lock:
            order = self._touched(order_id)
            order.financial_status = "PAID"
            self._after_payment(order)

    def _after_payment(self, order: ShopOrder) -> None:
        if order.financial_status != "PAID" or not self.shop_knobs.gift_cards_fulfilled_on_payment:
            return
        for work in order.works:
            cards = {item.id: item.remaining for item in work.lines if item.line.is_gift_card and item.remaining}
            if cards and work.status not in works.FINISHED:
                parcel = self._fulfil(order, [(work, cards)], [])
                parcel.by_gift_card_service = True

    # ------------------------------------------------------------ orders change

    def cancel(self, order_id: str, reason: str = "CUSTOMER", refund: bool = True) -> None:
        """Cancel with restocking; paid money goes back unless `refund` is False."""
        with self.shop_lock:
            order = self._touched(order_id)
            now = order.updated_at
            order.cancelled_at, order.cancel_reason, order.closed_at = now, reason, now
            for line in order.lines:
                line.cancelled += line.unfulfilled_quantity
            for work in order.works:
                if work.status not in works.FINISHED:
                    work.status, work.updated_at = "CANCELLED", now
                    for item in work.lines:
                        item.remaining = 0
            if order.financial_status in {"PENDING", "AUTHORIZED"}:
                order.financial_status = "VOIDED"
            elif refund:
                order.financial_status = "REFUNDED"

    def refund(self, order_id: str, quantities: Mapping[str, int], restock_type: str = "CANCEL") -> str:
        """Refund pieces of lines; returns the refund's gid.

        CANCEL takes unfulfilled pieces off the work; RETURN and NO_RESTOCK leave the fulfillment alone.
        """
        if restock_type not in {"CANCEL", "RETURN", "NO_RESTOCK"}:
            raise ValueError(f"unknown restock type {restock_type!r}")
        with self.shop_lock:
            order = self._touched(order_id)
            rows = [(order.line(line_id), pieces) for line_id, pieces in quantities.items()]
            for line, pieces in rows:
                if restock_type == "CANCEL":
                    works.take_off(order, line, pieces, order.updated_at)
                elif restock_type == "RETURN" or self.shop_knobs.no_restock_lowers_current:
                    line.refunded += pieces
            lines = [(line, pieces, restock_type) for line, pieces in rows]
            order.refunds.append(Refund(self.new_id("Refund"), order.updated_at, "", lines))
            everything = all(line.current_quantity <= 0 for line in order.lines)
            order.financial_status = "REFUNDED" if everything else "PARTIALLY_REFUNDED"
            return order.refunds[-1].id

    def remove_lines(self, order_id: str, quantities: Mapping[str, int]) -> None:
        """An order edit that lowers unfulfilled quantities."""
        with self.shop_lock:
            order = self._touched(order_id)
            order.edited = True
            for line_id, pieces in quantities.items():
                works.take_off(order, order.line(line_id), pieces, order.updated_at)

    def edit_address(self, order_id: str, **members: str | None) -> None:
        """Change members of the shipping address, e.g. address1="9 Elm St"."""
        with self.shop_lock:
            order = self._touched(order_id)
            order.address = {**DEFAULT_ADDRESS, **(order.address or {}), **members}

    def hold(self, order_id: str, reason: str = "OTHER", notes: str | None = None) -> list[str]:
        """Put every open fulfillment order on hold; returns the gids of the holds."""
        with self.shop_lock:
            order = self._touched(order_id)
            open_works = [work for work in order.works if work.status == "OPEN"]
            return [self.hold_work(order, work, reason, notes, "", by_app=False).id for work in open_works]

    def hold_work(
        self, order: ShopOrder, work: Work, reason: str, notes: str | None, handle: str, by_app: bool
    ) -> Hold:
        with self.shop_lock:
            order.updated_at = work.updated_at = self.now()
            work.status = "ON_HOLD"
            work.holds.append(Hold(self.new_id("FulfillmentHold"), reason, notes, handle, by_app))
            return work.holds[-1]

    # ------------------------------------------------------------ fulfilling

    def fulfill(
        self,
        order_id: str,
        lines: Mapping[str, int] | None = None,
        tracking: Mapping[str, Any] | None = None,
    ) -> str:
        """The merchant marks pieces as fulfilled, by default all that is left; returns the fulfillment's gid.

        tracking: company, numbers, urls. Over several locations one fulfillment each, and the first gid.
        """
        given = tracking or {}
        numbers, urls = list(given.get("numbers", [])), list(given.get("urls", []))
        fill = self.shop_knobs.tracking_url_for_known_carriers
        rows = works.tracking_rows(given.get("company"), numbers, urls, fill)
        with self.shop_lock:
            order = self._touched(order_id)
            by_place: dict[str, list[tuple[Work, Mapping[str, int] | None]]] = {}
            left = dict(lines) if lines is not None else None
            for work in order.works:
                share = _share(work, left)
                if share:
                    by_place.setdefault(work.location_id, []).append((work, share))
            if not by_place or (left and any(left.values())):
                raise works.UnfulfillableError("there is not so much left to fulfill")
            made = [self._fulfil(order, wanted, rows).id for wanted in by_place.values()]
            return made[0]

    def _fulfil(
        self,
        order: ShopOrder,
        wanted: list[tuple[Work, Mapping[str, int] | None]],
        tracking: list[dict[str, str | None]],
    ) -> Parcel:
        status = self.shop_knobs.partial_work_status
        return works.fulfil(order, wanted, tracking, status, self.new_id, order.updated_at)

    def fulfil_works(
        self,
        order: ShopOrder,
        wanted: list[tuple[Work, dict[str, int] | None]],
        tracking: list[dict[str, str | None]],
    ) -> Parcel:
        """As an app does it: by fulfillment order. Raises UnfulfillableError and then nothing has changed."""
        parcel = self._fulfil(order, list(wanted), tracking)
        parcel.created_at = parcel.updated_at = self.touch(order)
        for work, _ in wanted:
            work.updated_at = order.updated_at
        return parcel

    def put_back(self, order: ShopOrder, parcel: Parcel) -> None:
        """Cancel a fulfillment; a new fulfillment order opens for its pieces."""
        method = next(
            (work.method for work in order.works if any(item.work_line in work.lines for item in parcel.lines)),
            "SHIPPING",
        )
        works.put_back(order, parcel, method, self.new_id, self.touch(order))

    def release_work(self, order: ShopOrder, work: Work, hold_ids: list[str] | None) -> None:
        """Take holds off (all of them without ids); the work is open again when none is left."""
        work.holds = [hold for hold in work.holds if hold_ids is not None and hold.id not in hold_ids]
        if not work.holds:
            work.status = "OPEN"
        work.updated_at = self.touch(order)

    def fulfillments(self, order_id: str) -> list[Parcel]:
        return list(self.orders[order_id].parcels)

    # ------------------------------------------------------------ finding

    def _touched(self, order_id: str) -> ShopOrder:
        order = self.orders[order_id]
        order.updated_at = self.now()
        return order

    def touch(self, order: ShopOrder) -> datetime:
        """Note that the order has changed; returns the time noted."""
        order.updated_at = self.now()
        return order.updated_at

    def find_work(self, work_id: str) -> tuple[ShopOrder, Work] | None:
        for order in self.orders.values():
            for work in order.works:
                if work.id == work_id:
                    return order, work
        return None

    def find_parcel(self, parcel_id: str) -> tuple[ShopOrder, Parcel] | None:
        for order in self.orders.values():
            for parcel in order.parcels:
                if parcel.id == parcel_id:
                    return order, parcel
        return None


def _share(work: Work, left: dict[str, int] | None) -> dict[str, int]:
    """Pieces by work line that this work gives; what it gives is taken from `left`."""
    if work.status in works.FINISHED | {"ON_HOLD"}:
        return {}
    share = {}
    for item in work.lines:
        pieces = item.remaining if left is None else min(item.remaining, left.get(item.line.id, 0))
        if pieces:
            share[item.id] = pieces
            if left is not None:
                left[item.line.id] -= pieces
    return share
