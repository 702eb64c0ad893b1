"""What the settings mean for the next paid order, in sentences for a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.model.supplier_order import Capabilities


def next_order(settings: OrderSyncSettings, supplier: str, capabilities: Capabilities) -> tuple[str, ...]:
    """What will happen to the next paid order, step by step.

    Args:
        supplier: the supplier's name as people say it.
    """
    if not settings.enabled:
        return (
            "Order Sync is off: the next paid order is recorded and nothing is bought.",
            "Turn Order Sync on to have it bought.",
        )
    return tuple(_steps(settings, supplier, capabilities))


def limits_of(capabilities: Capabilities, supplier: str) -> tuple[str, ...]:
    """What a supplier does not declare, and what that means for orders, one sentence each; empty: it can everything.

    Args:
        supplier: the supplier's name as people say it.
    """
    return tuple(text.format(supplier) for name, text in _LIMITS.items() if not getattr(capabilities, name))


_LIMITS = {
    "find_by_po": "{0} cannot be asked for an order by its PO number: a purchase whose answer was lost always waits "
    "for a person, and shipments are not followed.",
    "test_orders": "{0} takes no test orders: while Test Order is on, orders are held.",
    "payment_profiles": "{0} has no payment profiles: the terms of the account pay.",
    "stock": "{0} does not tell its stock: Short Stock has no effect, {0} decides what it can send.",
    "cancel": "{0} cannot be told to cancel: what is cancelled or refunded after the purchase becomes a task for you.",
}


def _steps(settings: OrderSyncSettings, supplier: str, capabilities: Capabilities) -> Iterator[str]:
    when = (
        "As soon as its payment is complete"
        if settings.auto_fulfillment
        else "Once it is paid and you mark it, or a part of it, as fulfilled in the shop"
    )
    if not settings.test_order:
        yield f"{when}, it is bought at {supplier} for real money."
    elif capabilities.test_orders:
        yield f"{when}, it is sent to {supplier} as a test order: nothing is shipped, nothing is paid."
    else:
        yield f"{when}, it is held: {supplier} takes no test orders, and Test Order is on."
    yield _where(settings, supplier)
    yield _who_pays(settings, supplier, capabilities)
    yield from _what_may_stop_it(settings, supplier, capabilities)
    if not capabilities.find_by_po:
        yield f"If the answer to the purchase is lost, it waits for you: {supplier} cannot be asked whether it came."
    yield _written_back(settings, supplier)


def _where(settings: OrderSyncSettings, supplier: str) -> str:
    ships = "would ship" if settings.test_order else "ships"
    if settings.disable_dropshipping and settings.store_address is not None:
        place = f"{settings.store_address.name}: {settings.store_address.address.one_line()}"
        return f"{supplier} {ships} it to your store address, {place}."
    return f"{supplier} {ships} it to the customer's shipping address."


def _who_pays(settings: OrderSyncSettings, supplier: str, capabilities: Capabilities) -> str:
    profile = settings.payment_profile
    if profile is not None and not capabilities.payment_profiles:
        return f"It is held: a payment profile is selected, and {supplier} has none."
    if profile is None:
        pays = "would pay" if settings.test_order else "pay"
        return f"No payment profile is selected: the terms of your account at {supplier} {pays}."
    is_paid = "would be paid" if settings.test_order else "is paid"
    return f"It {is_paid} with {profile.label or profile.profile_id} of {profile.email}."


def _what_may_stop_it(settings: OrderSyncSettings, supplier: str, capabilities: Capabilities) -> Iterator[str]:
    if settings.unknown_sku == "skip":
        yield f"A line whose SKU {supplier} does not know is left out, with a reason; the rest is bought."
    else:
        yield f"If {supplier} does not know the SKU of a line, the order is held and you are asked."
    short = {
        "hold": "If too little is in stock, the order is held.",
        "partial": "If too little is in stock, what there is is bought, and you are asked about the rest.",
    }
    rule = settings.short_stock if capabilities.stock else ""
    yield short.get(rule, f"If too little is in stock, {supplier} decides.")
    held = tuple(_held_when(settings))
    if held:
        yield f"It is held for you {'; or '.join(held)}."
    if settings.order_limit is not None:
        yield f"It is held if it would cost more than {settings.order_limit} in the supplier's currency."
    if settings.daily_limit is not None:
        yield f"It waits for you once the purchases of the day (UTC) would cost more than {settings.daily_limit}."


def _held_when(settings: OrderSyncSettings) -> Iterator[str]:
    if settings.hold_above is not None:
        yield f"if its total is above {settings.hold_above}"
    if settings.hold_countries:
        yield f"if it ships to {', '.join(settings.hold_countries)}"
    if settings.hold_tags:
        yield f"if it has the tag {' or '.join(settings.hold_tags)}"
    if settings.hold_older_than_days is not None:
        yield f"if it is older than {settings.hold_older_than_days} days"
    if settings.hold_risk != "none":
        also = " or to look into it" if settings.hold_risk == "investigate" else ""
        yield f"if the shop advises to cancel it{also} because of its risk"


def _written_back(settings: OrderSyncSettings, supplier: str) -> str:
    if settings.test_order:
        return "Nothing is written to the shop: it is a test."
    mail = "mails the customer" if settings.notify_customer else "does not mail the customer"
    if not settings.auto_fulfillment:
        return f"When {supplier} ships it, your fulfillment in the shop gets its tracking; the shop {mail}."
    if settings.fulfill_when == "placed":
        return f"It is marked as fulfilled in the shop at once, and gets its tracking when it ships; the shop {mail}."
    return f"When {supplier} ships it, it is marked as fulfilled in the shop with its tracking; the shop {mail}."
