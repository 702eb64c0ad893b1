"""S&S Activewear behind the supplier port: joins client, mapping and rules; decides nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, urlsplit

from order_sync.adapters.http_support import broken_answer
from order_sync.adapters.ssactivewear import addresses
from order_sync.adapters.ssactivewear import options as option_rules
from order_sync.adapters.ssactivewear.answers import SERVICE
from order_sync.adapters.ssactivewear.capabilities import CAPABILITIES
from order_sync.adapters.ssactivewear.client import SsActivewearClient
from order_sync.adapters.ssactivewear.composing import can_be_looked_up, check_po_number, composed
from order_sync.adapters.ssactivewear.item_cache import PRICES_KEPT_S, ItemCache
from order_sync.adapters.ssactivewear.items import LONGEST_URL, batches, items_of, listed, matched
from order_sync.adapters.ssactivewear.lookups import cancelled_order, orders_since, orders_under
from order_sync.adapters.ssactivewear.mapping import order_rows
from order_sync.adapters.ssactivewear.prices import FIELDS, prices_of
from order_sync.adapters.ssactivewear.ship_to import differences
from order_sync.adapters.ssactivewear.submissions import naming_items, submission
from order_sync.adapters.ssactivewear.suggestions import FIELDS as STYLE_FIELDS
from order_sync.adapters.ssactivewear.suggestions import other_spellings, products_of, ranked, styles_in
from order_sync.adapters.ssactivewear.wire import WrongShapeError
from order_sync.core.errors import RejectedRequestError
from order_sync.core.model.address import Address, AddressProblem
from order_sync.core.model.money import Money
from order_sync.core.model.order import ShopItem, ShopSku
from order_sync.core.model.purchase_order import PoNumber, PurchaseOptions, PurchaseOrder, SupplierSku
from order_sync.core.model.supplier_order import Capabilities, Submission, SupplierItem, SupplierOrder
from order_sync.core.ports import Clock

POST_ORDERS = "POST /v2/orders/"
GET_ORDERS = "GET /v2/orders/"
DELETE_ORDERS = "DELETE /v2/orders/"
GET_INVENTORY = "GET /v2/inventory/"
GET_PRODUCTS = "GET /v2/products/"


class SsActivewearGateway:
    """SupplierGateway for one S&S account. Thread-safe."""

    def __init__(self, client: SsActivewearClient, clock: Clock, *, country: str, settle_s: float) -> None:
        self._client = client
        self._country = country
        self._settle_s = settle_s
        self._items: ItemCache[ShopSku, SupplierItem] = ItemCache(clock)
        self._prices: ItemCache[SupplierSku, Money] = ItemCache(clock, PRICES_KEPT_S)

    @property
    def capabilities(self) -> Capabilities:
        """All of them: see capabilities.py."""
        return replace(CAPABILITIES, contact=f"{CAPABILITIES.contact} (account {self._client.account})")

    @property
    def settle_s(self) -> float:
        """How long after a send a look-up may miss the order; S&S states nothing, so it is a setting."""
        return self._settle_s

    @property
    def timeout_s(self) -> float:
        """The longest a send may take (seconds), give or take a twentieth."""
        return self._client.timeout_s

    def option_problems(self, options: PurchaseOptions) -> tuple[str, ...]:
        """What S&S does not understand of the options, with what it would."""
        return option_rules.problems_of(options, self._country)

    def address_problems(self, address: Address, options: PurchaseOptions) -> tuple[AddressProblem, ...]:
        """Why S&S cannot ship there."""
        return addresses.problems_of(address, options, self._country)

    def look_up_items(self, skus: Iterable[ShopSku], *, fresh: bool = False) -> Mapping[ShopSku, SupplierItem]:
        """The S&S items behind SKU, GTIN, UPC, S&S id or cross-referenced own SKU, with stock."""
        wanted = list(dict.fromkeys(skus))
        found = {} if fresh else self._items.get(wanted)
        room = LONGEST_URL - len(f"{self._client.base_url}/v2/inventory/?mediatype=json")
        for batch, path in batches((sku for sku in wanted if sku not in found), room):
            document = self._client.get(f"/v2/inventory/{path}", operation=GET_INVENTORY)
            try:
                answered = matched(batch, items_of(document))
            except WrongShapeError as exc:
                raise broken_answer(SERVICE, GET_INVENTORY, write=False, why=str(exc), status=200) from exc
            self._items.put(answered)
            found |= answered
        return found

    def item_prices(self, skus: Iterable[SupplierSku]) -> Mapping[SupplierSku, Money]:
        """What S&S charges this account for a piece, or its list price where it does not tell that."""
        wanted = list(dict.fromkeys(skus))
        found = self._prices.get(wanted)
        fields = {"fields": ",".join(FIELDS)}
        room = LONGEST_URL - len(f"{self._client.base_url}/v2/products/?mediatype=json&fields={fields['fields']}") - 20
        for batch, path in batches((sku for sku in wanted if sku not in found), room):
            document = self._client.get(f"/v2/products/{path}", operation=GET_PRODUCTS, params=fields)
            try:
                answered = prices_of(document, batch, self._country)
            except WrongShapeError as exc:
                raise broken_answer(SERVICE, GET_PRODUCTS, write=False, why=str(exc), status=200) from exc
            self._prices.put(answered)
            found |= answered
        return found

    def suggest_items(self, item: ShopItem) -> tuple[SupplierItem, ...]:
        """What S&S knows the SKU by when it is written otherwise; else items of a style that the title names."""
        known = self.look_up_items(other_spellings(item))
        if known:
            return tuple({found.sku: replace(found, title=item.title) for found in known.values()}.values())
        candidates: list[SupplierItem] = []
        for style in styles_in(item):
            params = {"style": style, "fields": ",".join(STYLE_FIELDS)}
            document = self._client.get("/v2/products/", operation=GET_PRODUCTS, params=params)
            try:
                candidates += products_of(document)
            except WrongShapeError as exc:
                raise broken_answer(SERVICE, GET_PRODUCTS, write=False, why=str(exc), status=200) from exc
        return ranked(item, candidates)

    def compose(self, purchase_order: PurchaseOrder) -> str:
        """The exact JSON body that `submit` sends."""
        return composed(purchase_order, self._country)

    def submit(self, purchase_order: PurchaseOrder, body: str) -> Submission:
        """Place the order once; one S&S order per warehouse comes back (S&S API v2, POST orders page)."""
        # With the slash that the page writes: a redirect could drop the body.
        try:
            document = self._client.post("/v2/orders/", body, operation=POST_ORDERS)
        except RejectedRequestError as exc:
            raise naming_items(exc, body) from exc.__cause__
        try:
            return submission(document, purchase_order.po_number, self._country, POST_ORDERS)
        except WrongShapeError as exc:
            raise broken_answer(SERVICE, POST_ORDERS, write=True, why=str(exc), status=200) from exc

    def find_by_po_number(self, po_number: PoNumber) -> tuple[SupplierOrder, ...]:
        """Orders under exactly that PO number, of the last three months (S&S API v2, GET orders page)."""
        check_po_number(po_number)
        document = self._client.get(
            f"/v2/orders/{po_number}", operation=GET_ORDERS, params={"lines": "true", "Boxes": "true"}
        )
        try:
            return orders_under(document, po_number, self._country)
        except WrongShapeError as exc:
            raise broken_answer(SERVICE, GET_ORDERS, write=False, why=str(exc), status=200) from exc

    def find_by_po_numbers(self, po_numbers: Iterable[PoNumber]) -> Mapping[PoNumber, tuple[SupplierOrder, ...]]:
        """The same for many, in lists of up to 40 (S&S API v2, GET orders page: identifiers, separated by commas)."""
        wanted = [number for number in dict.fromkeys(po_numbers) if can_be_looked_up(number)]
        room = LONGEST_URL - len(f"{self._client.base_url}/v2/orders/?mediatype=json&lines=true&Boxes=true")
        found: dict[PoNumber, tuple[SupplierOrder, ...]] = {}
        for batch, path in listed(wanted, room):
            document = self._client.get(
                f"/v2/orders/{path}", operation=GET_ORDERS, params={"lines": "true", "Boxes": "true"}
            )
            for number in batch:
                with suppress(WrongShapeError):  # one odd order must not hide the others
                    found[number] = orders_under(document, number, self._country)
        return found

    def recent_orders(self, since: datetime) -> tuple[SupplierOrder, ...]:
        """Open and invoiced orders since then, of the last three months (S&S API v2, GET orders page: ``All``)."""
        document = self._client.get("/v2/orders/", operation=GET_ORDERS, params={"All": "True", "lines": "true"})
        try:
            return orders_since(document, since, self._country)
        except WrongShapeError as exc:
            raise broken_answer(SERVICE, GET_ORDERS, write=False, why=str(exc), status=200) from exc

    def cancel_order(self, order_number: str) -> SupplierOrder | None:
        """Try to cancel, which S&S allows for ten minutes (S&S API v2, DELETE orders page; Developers Guide).

        The guide's sample expects 204 without a body: that shows nothing, and so counts as not shown.
        """
        try:
            document = self._client.delete(f"/v2/orders/{quote(order_number, safe='')}", operation=DELETE_ORDERS)
        except RejectedRequestError:  # too late, or no such order: what S&S answers then is not documented
            return None
        try:
            return cancelled_order(document, order_number, self._country)
        except WrongShapeError as exc:
            raise broken_answer(SERVICE, DELETE_ORDERS, write=True, why=str(exc), status=200) from exc

    def address_differences(self, body: str, ship_to: Address) -> tuple[str, ...]:
        """Members of ``shippingAddress`` that differ."""
        return differences(body, ship_to)

    def check(self) -> str:
        """Read the numbers of the open orders: small, documented, and the very resource that orders need."""
        document = self._client.get("/v2/orders/", operation=GET_ORDERS, params={"fields": "OrderNumber"})
        try:
            order_rows(document)
        except WrongShapeError as exc:
            raise broken_answer(SERVICE, GET_ORDERS, write=False, why=str(exc), status=200) from exc
        return f"account {self._client.account} at {urlsplit(self._client.base_url).netloc}"

    def close(self) -> None:
        """Give connections back."""
        self._client.close()
