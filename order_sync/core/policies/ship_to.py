"""Where a purchase goes: to the customer, or to the store when dropshipping is disabled."""

from __future__ import annotations

from order_sync.core.model.address import Address, AddressProblem
from order_sync.core.model.order import Order
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.policies.plan import Hold


def choose_ship_to(order: Order, settings: OrderSyncSettings) -> Address | Hold:
    """The address of a purchase, or why there is none. Never a guess."""
    if settings.disable_dropshipping:
        if settings.store_address is None:
            return Hold(
                "missing_store_address",
                "Held: dropshipping is disabled and no store address is selected.",
                "Choose one: order-sync locations NAME --select ID; then order-sync orders retry.",
            )
        return settings.store_address.address
    if order.shipping_address is None:
        return Hold(
            "missing_address",
            "Held: the order has no shipping address.",
            "Add one to the order in the shop, then order-sync orders retry; or order-sync orders skip.",
        )
    return order.shipping_address


def hold_for_address(problems: tuple[AddressProblem, ...], *, released: bool) -> Hold | None:
    """The hold for what a supplier cannot ship to; a person's release lifts only what may be overridden."""
    standing = [problem for problem in problems if not (released and problem.overridable)]
    if not standing:
        return None
    first = standing[0]
    return Hold(
        first.code,
        f"Held: {' '.join(problem.message for problem in standing)}",
        " ".join(dict.fromkeys(problem.next_step for problem in standing if problem.next_step)),
    )
