"""The supplier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from order_sync.core.model.address import Address, AddressProblem
from order_sync.core.model.money import Money
from order_sync.core.model.order import ShopItem, ShopSku
from order_sync.core.model.purchase_order import PoNumber, PurchaseOptions, PurchaseOrder, SupplierSku
from order_sync.core.model.supplier_order import Capabilities, Submission, SupplierItem, SupplierOrder


class SupplierGateway(Protocol):
    """Buys at one supplier account. Thread-safe.

    Every method that asks the supplier raises AuthenticationError, ServiceUnavailableError, RateLimitedError,
    RejectedRequestError or MalformedResponseError as in core/errors.py, and ConfigurationError when a secret
    is missing.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this supplier can do."""
        ...

    @property
    def settle_s(self) -> float:
        """How long after a send a look-up by PO number may still miss the order (seconds)."""
        ...

    @property
    def timeout_s(self) -> float:
        """The longest a send may take (seconds)."""
        ...

    def option_problems(self, options: PurchaseOptions) -> tuple[str, ...]:
        """What this supplier does not understand of the options, in words; asks nobody."""
        ...

    def address_problems(self, address: Address, options: PurchaseOptions) -> tuple[AddressProblem, ...]:
        """Why goods cannot be shipped there; empty when they can. Asks nobody."""
        ...

    def look_up_items(self, skus: Iterable[ShopSku], *, fresh: bool = False) -> Mapping[ShopSku, SupplierItem]:
        """The supplier's items for these SKUs; what it does not know is missing from the answer.

        Args:
            fresh: the stock decides what is bought: nothing that was looked up before may be given again.
        """
        ...

    def item_prices(self, skus: Iterable[SupplierSku]) -> Mapping[SupplierSku, Money]:
        """What a piece of these items costs this account, as far as told; rather too much than too little.

        Asked only when ``capabilities.prices``, and only while spending is limited.
        """
        ...

    def suggest_items(self, item: ShopItem) -> tuple[SupplierItem, ...]:
        """Items that may be what the shop sells under a SKU that the supplier does not know, the likeliest first.

        For a person to choose from: nothing is bought on a likeness. Asked only when ``capabilities.catalogue``.
        """
        ...

    def compose(self, purchase_order: PurchaseOrder) -> str:
        """The exact body that `submit` would send; asks nobody. Stored before it is sent."""
        ...

    def submit(self, purchase_order: PurchaseOrder, body: str) -> Submission:
        """Send a composed body once; never sent again by any layer below.

        Returns:
            Submission.orders: never empty; more than one when the supplier splits over warehouses.

        Raises:
            RejectedRequestError: refused; nothing was bought. ``reasons`` has each (field, text).
            RateLimitedError, ServiceUnavailableError: not received; send again later.
            OutcomeUnknownError: may have been received. Look it up before sending again.
        """
        ...

    def find_by_po_number(self, po_number: PoNumber) -> tuple[SupplierOrder, ...]:
        """Every order under exactly that PO number, cancelled ones too, credits not.

        An empty answer means that the supplier said it has none. Whatever else happens raises: a question
        that could not be asked is not absence.
        """
        ...

    def find_by_po_numbers(self, po_numbers: Iterable[PoNumber]) -> Mapping[PoNumber, tuple[SupplierOrder, ...]]:
        """As `find_by_po_number`, for many at once. A number is missing from the answer when what the supplier says of
        it cannot be understood: it is then asked about alone.

        Asked only when ``capabilities.find_many``.
        """
        ...

    def recent_orders(self, since: datetime) -> tuple[SupplierOrder, ...]:
        """Every order of the account placed since then, as far back as the supplier shows any.

        Cancelled and test orders too, credits not; with lines where told, tracking may be missing. Orders that
        are not ours are among them. Asked only when ``capabilities.list_orders``.
        """
        ...

    def cancel_order(self, order_number: str) -> SupplierOrder | None:
        """Cancel one order of the supplier's; the order as cancelled, or None: not cancelled, or not shown to be.

        Asked only when ``capabilities.cancel``.

        Raises:
            OutcomeUnknownError: may have been cancelled. Look it up.
        """
        ...

    def address_differences(self, body: str, ship_to: Address) -> tuple[str, ...]:
        """Which parts of the address in a composed body differ from where the supplier ships; asks nobody.

        Upper and lower case, white space and text that was cut are no difference, nor is what either side lacks.
        Asked only for orders that have a ``ship_to``.
        """
        ...

    def check(self) -> str:
        """Ask something harmless; returns what the credentials belong to, in words, or raises."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...
