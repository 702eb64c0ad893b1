"""What an author gives to `SupplierContract`: the plugin, its fake server, and what can be asked of that."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from order_sync.core.model.address import Address
from order_sync.core.model.purchase_order import Mode, PoNumber, PurchaseOptions, PurchaseOrder, PurchaseOrderLine
from order_sync.core.model.purchase_order import SupplierSku as Sku
from order_sync.core.use_cases.supplier_calls import SupplierCalls
from order_sync.plugins.contracts.builders import an_address
from order_sync.plugins.contracts.manual_clock import ManualClock
from order_sync.plugins.contracts.parts import OneGate, given
from order_sync.plugins.registry import Supplier, SupplierContext, SupplierPlugin

if TYPE_CHECKING:
    from order_sync.plugins.contracts.wire import Wire


@dataclass(frozen=True, slots=True)
class ServerOrder:
    """An order as the fake server keeps it, told without the plugin.

    Attributes:
        pieces: supplier SKU -> pieces.
        ship_to: where the server would ship it, from the members that it keeps an address in.
    """

    order_number: str
    po_number: str
    pieces: Mapping[str, int]
    test: bool = False
    cancelled: bool = False
    ship_to: Address | None = None


@dataclass
class SupplierBench:
    """A supplier plugin beside its fake server.

    Attributes:
        plugin: as it is registered.
        settings: of a connection, as a person types them; the address of the fake server among them.
        secrets: by their names; at least 8 characters each, so that they can be searched for.
        orders: every order that the server has, oldest first.
        items: two SKUs of which the server has at least 1,000 pieces each; exactly as it writes them.
        unknown_sku: one that the server does not have.
        unfillable_sku: an item that it has, and of which no piece can be ordered.
        ship: hands an order to a carrier: (order number, tracking number).
        split: makes the server fill the next order from two warehouses.
        cancel: has the supplier itself cancel an order; None: it never does.
        stock_of: pieces of an item at the server; set_stock changes them. Needed for the capability stock.
        profile_email: under which the server has a payment profile. Needed for the capability payment_profiles.
        po_in_address: the PO number stands in the address of the request, and not in the body.
        throttled: how the server says "too many requests", when not by 429: (pause in seconds or None) -> status,
            headers, body.
        network: the plugin speaks HTTP by ``context.http_transport``; False: rules of the network do not apply.
        is_write: tells the requests that change something, where the method does not.
        ship_to, options: what a purchase in the suite has.
    """

    plugin: SupplierPlugin
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    orders: Callable[[], Sequence[ServerOrder]]
    items: tuple[str, str]
    unknown_sku: str = "NO-SUCH-ITEM"
    unfillable_sku: str = ""
    ship: Callable[[str, str], object] | None = None
    split: Callable[[], object] | None = None
    cancel: Callable[[str], object] | None = None
    stock_of: Callable[[str], int] | None = None
    set_stock: Callable[[str, int], object] | None = None
    profile_email: str = ""
    po_in_address: bool = False
    throttled: Callable[[int | None], tuple[int, Mapping[str, str], str]] | None = None
    network: bool = True
    is_write: Callable[[Any], bool] | None = None
    ship_to: Address = field(default_factory=an_address)
    options: PurchaseOptions = field(default_factory=PurchaseOptions)
    clock: ManualClock = field(default_factory=ManualClock)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def build(self, wire: Wire | None = None, **secrets: str) -> Supplier:
        """The supplier, built anew as for a connection; its network is the given one.

        Args:
            secrets: other ones than those of the bench.
        """
        known = {**self.secrets, **secrets}
        return self.plugin.build(
            SupplierContext(
                connection="contract",
                settings=given(self.plugin.fields, self.settings),
                secret=known.get,
                clock=self.clock,
                http_transport=wire,
                calls=SupplierCalls(OneGate(), self.clock, "contract"),
            )
        )

    def purchase(
        self, pieces: Mapping[str, int] | None = None, *, mode: Mode | None = None, **changes: Any
    ) -> PurchaseOrder:
        """A purchase order of its own PO number: 3 and 2 pieces of the two items unless given.

        It is live unless the supplier takes test orders: what an author tries it on may be real one day.
        """
        wanted = dict(zip(self.items, (3, 2), strict=True)) if pieces is None else pieces
        purchase = PurchaseOrder(
            po_number=self.po_number(),
            mode=mode or (Mode.TEST if self.takes_tests else Mode.LIVE),
            lines=tuple(PurchaseOrderLine(Sku(sku), count) for sku, count in wanted.items()),
            ship_to=self.ship_to,
            options=self.options,
        )
        return replace(purchase, **changes)

    @property
    def takes_tests(self) -> bool:
        """Whether the plugin declares test orders."""
        declared = self.plugin.capabilities or self.build().gateway.capabilities
        return declared.test_orders

    def po_number(self) -> PoNumber:
        """A PO number that was not used before at this server."""
        return PoNumber(f"CONTRACT-{next(self._numbers)}")

    def under(self, po_number: str) -> list[ServerOrder]:
        """What the server has under exactly that PO number."""
        return [order for order in self.orders() if order.po_number == po_number]


def differing(asked: Address, there: Address) -> list[str]:
    """The parts of an address that differ at the server. Case, accents, punctuation and the division of a street over
    two lines are no difference, nor a country that the server does not keep.
    """
    street, streets = f"{asked.address1} {asked.address2}", f"{there.address1} {there.address2}"
    wrong = [
        ("name", not _words(asked.name) <= _words(f"{there.name} {there.company}")),
        ("street", not _words(street) <= _words(streets)),
        ("city", _words(asked.city) != _words(there.city)),
        ("state", not _words(asked.province_code) <= _words(f"{there.province_code} {there.province}")),
        ("postal code", not there.postal_code.startswith(asked.postal_code[:5])),
        ("country", there.country_code not in ("", asked.country_code)),
    ]
    return [part for part, differs in wrong if differs]


def _words(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return set(re.findall(r"[a-z0-9]+", plain))


def pieces_of(orders: Sequence[ServerOrder]) -> dict[str, int]:
    """Pieces by SKU over several orders of the server."""
    pieces: dict[str, int] = {}
    for order in orders:
        for sku, count in order.pieces.items():
            pieces[sku] = pieces.get(sku, 0) + count
    return pieces
