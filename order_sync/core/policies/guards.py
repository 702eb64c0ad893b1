"""Orders that a person wants to see before they are bought. Pure.

A fact that a guard needs and the shop does not tell holds the order too, and the reason says so: what cannot be
checked is never passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from order_sync.core.model.address import Address
from order_sync.core.model.order import RISK_PENDING, Order
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.policies.holds import joined
from order_sync.core.policies.plan import Hold

NEXT_ACTION = (
    "Look at the order in the shop. Buy it all the same: order-sync orders release; or never: order-sync orders skip."
)
RISK_AGAIN = timedelta(minutes=10)
"""A shop that is still assessing an order is asked again after this; the order itself may not change by it."""
_RISKS = {"none": (), "cancel": ("cancel",), "investigate": ("cancel", "investigate")}
_HARMLESS = ("accept", "none")


def guard(order: Order, settings: OrderSyncSettings, ship_to: Address | None, now: datetime) -> Hold | None:
    """The hold of every guard that strikes, in one; None when the order may be bought.

    Args:
        ship_to: where the goods would go; None: not known, which is a hold of its own.
        now: when this is decided.
    """
    strikes = (
        *_value(order, settings),
        *_country(ship_to, settings),
        *_tags(order, settings),
        *_age(order, settings, now),
        *_risk(order, settings, now),
    )
    return joined(strikes)


def _value(order: Order, settings: OrderSyncSettings) -> Iterator[Hold]:
    limit = settings.hold_above
    if limit is None:
        return
    if order.total is None:
        yield _hold("guard_value", f"the shop does not tell its total, and hold_above is {limit}")
    elif order.total.amount > limit:
        yield _hold("guard_value", f"its total of {order.total} is above {limit} (hold_above)")


def _country(ship_to: Address | None, settings: OrderSyncSettings) -> Iterator[Hold]:
    if not settings.hold_countries or ship_to is None:
        return
    country = ship_to.country_code.strip().upper()
    if not country:
        countries = ",".join(settings.hold_countries)
        yield _hold("guard_country", f"its address names no country, and hold_countries is {countries}")
    elif country in settings.hold_countries:
        yield _hold("guard_country", f"it ships to {country} (hold_countries)")


def _tags(order: Order, settings: OrderSyncSettings) -> Iterator[Hold]:
    """Tags differ by more than upper and lower case and surrounding blanks, in the shop too."""
    wanted = {tag.strip().casefold() for tag in settings.hold_tags}
    found = [tag for tag in order.tags if tag.strip().casefold() in wanted]
    if found:
        yield _hold("guard_tag", f"it has the tag {', '.join(found)} (hold_tags)")


def _age(order: Order, settings: OrderSyncSettings, now: datetime) -> Iterator[Hold]:
    days = settings.hold_older_than_days
    if days is not None and now - order.created_at > timedelta(days=days):
        age = (now - order.created_at).days
        yield _hold("guard_age", f"it was ordered {age} days ago, more than {days} (hold_older_than_days)")


def _risk(order: Order, settings: OrderSyncSettings, now: datetime) -> Iterator[Hold]:
    if settings.hold_risk == "none":
        return
    if order.risk in _RISKS[settings.hold_risk]:
        yield _hold("guard_risk", f"the shop recommends to {order.risk} it (hold_risk)")
    elif order.risk == RISK_PENDING:
        yield _hold("guard_risk", "the shop is still assessing its risk (hold_risk)", now + RISK_AGAIN)
    elif order.risk not in (*_RISKS["investigate"], *_HARMLESS):
        said = f"what the shop says of its risk is not understood ({order.risk})" if order.risk else ""
        yield _hold("guard_risk", said or f"the shop does not tell its risk, and hold_risk is {settings.hold_risk}")


def _hold(code: str, why: str, due_at: datetime | None = None) -> Hold:
    return Hold(code, f"Held: {why}.", NEXT_ACTION, due_at)
