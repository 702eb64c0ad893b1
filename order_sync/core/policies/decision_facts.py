"""The facts that a share is decided on, as plain JSON and back: enough to decide it again, and nobody's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from order_sync.core.model.address import Address, AddressProblem, StoreLocation
from order_sync.core.model.money import Money
from order_sync.core.model.order import (
    FinancialStatus,
    Fulfillment,
    FulfillmentLine,
    FulfillmentStatus,
    FulfillmentWork,
    LineItem,
    Order,
    ShopSku,
    WorkLine,
    WorkStatus,
)
from order_sync.core.model.purchase_order import SupplierSku
from order_sync.core.model.settings import OrderSyncSettings
from order_sync.core.model.supplier_order import SupplierItem
from order_sync.core.policies.quantities import NOTHING, Accounts

_PLAIN_SETTINGS = (
    "enabled",
    "auto_fulfillment",
    "test_order",
    "disable_dropshipping",
    "unknown_sku",
    "short_stock",
    "hold_older_than_days",
    "hold_risk",
)
_AMOUNTS = ("hold_above", "order_limit", "daily_limit")
_LISTS = ("hold_countries", "hold_tags")


@dataclass(frozen=True)
class Supplied:
    """What the supplier's side said.

    Attributes:
        items: every SKU that was asked about; None: the supplier has no such item.
        test_orders: whether it has test orders.
        usable_options: whether it knows the shipping options of the settings.
        address_problems: what is wrong with the address for it: codes, and whether a person may override them.
    """

    items: Mapping[ShopSku, SupplierItem | None]
    test_orders: bool = True
    usable_options: bool = True
    address_problems: tuple[AddressProblem, ...] = ()


@dataclass(frozen=True)
class Grounds:
    """Everything that one share is decided on.

    Attributes:
        share: the id of the fulfillment; empty for the whole order.
        ours: fulfillments that we wrote ourselves.
        accounts: pieces that other shares account for.
        supplied: None when the decision was made without asking the supplier.
        found_hold: code of a hold whose facts are not here, such as a PO number that is taken; it is taken as given.
        sku_map: the SKUs of this order that the connection's map replaced.
        estimate: what the purchase was expected to cost; None: nobody had to know.
        removed: ids of lines that plugins left out. It is taken as given, as a plugin's hold is.
        plugins_failed: plugins that were asked about the plan and failed.
    """

    order: Order
    settings: OrderSyncSettings
    now: datetime
    share: str = ""
    admitted: bool = True
    released: bool = False
    ours: tuple[str, ...] = ()
    accounts: Accounts = NOTHING
    supplied: Supplied | None = None
    found_hold: str = ""
    sku_map: Mapping[str, str] = field(default_factory=dict)
    estimate: Money | None = None
    removed: tuple[str, ...] = ()
    plugins_failed: tuple[str, ...] = ()


def facts_of(grounds: Grounds) -> dict[str, Any]:
    """As plain JSON values; what is empty is left out."""
    return _without_empty(
        {
            "order": _order_facts(grounds.order),
            "settings": _settings_facts(grounds.settings),
            "now": _time(grounds.now),
            "share": grounds.share,
            "admitted": grounds.admitted,
            "released": grounds.released,
            "ours": sorted(grounds.ours),
            "accounts": _accounts_facts(grounds.accounts),
            "supplied": None if grounds.supplied is None else _supplied_facts(grounds.supplied),
            "found_hold": grounds.found_hold,
            "sku_map": dict(grounds.sku_map),
            "estimate": _amount(grounds.estimate),
            "removed": list(grounds.removed),
            "plugins_failed": list(grounds.plugins_failed),
        }
    )


def grounds_from(facts: Mapping[str, Any]) -> Grounds:
    """The way back. Raises KeyError or ValueError for what `facts_of` did not write."""
    supplied = facts.get("supplied")
    return Grounds(
        order=_order_from(facts["order"]),
        settings=_settings_from(facts["settings"]),
        now=datetime.fromisoformat(facts["now"]),
        share=facts.get("share", ""),
        admitted=facts.get("admitted", False),
        released=facts.get("released", False),
        ours=tuple(facts.get("ours", ())),
        accounts=Accounts(**facts.get("accounts", {})),
        supplied=None if supplied is None else _supplied_from(supplied),
        found_hold=facts.get("found_hold", ""),
        sku_map=facts.get("sku_map", {}),
        estimate=_money(facts.get("estimate")),
        removed=tuple(facts.get("removed", ())),
        plugins_failed=tuple(facts.get("plugins_failed", ())),
    )


def _accounts_facts(accounts: Accounts) -> dict[str, Any]:
    pieces = {f.name: {line: n for line, n in getattr(accounts, f.name).items() if n} for f in fields(accounts)}
    return _without_empty(pieces)


# ---------------------------------------------------------------------- settings


def _settings_facts(settings: OrderSyncSettings) -> dict[str, Any]:
    """Those that a decision depends on; of the store's address only the country."""
    plain = {name: getattr(settings, name) for name in _PLAIN_SETTINGS}
    facts: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    facts |= {name: str(amount) for name in _AMOUNTS if (amount := getattr(settings, name)) is not None}
    facts |= {name: list(values) for name in _LISTS if (values := getattr(settings, name))}
    if settings.store_address is not None:
        facts["store_address"] = [settings.store_address.address.country_code]
    return facts | ({"enabled_since": _time(settings.enabled_since)} if settings.enabled_since else {})


def _settings_from(facts: Mapping[str, Any]) -> OrderSyncSettings:
    values: dict[str, Any] = {name: facts[name] for name in _PLAIN_SETTINGS if name in facts}
    values |= {name: Decimal(facts[name]) for name in _AMOUNTS if name in facts}
    values |= {name: tuple(facts[name]) for name in _LISTS if name in facts}
    store = facts.get("store_address")
    values["store_address"] = None if store is None else StoreLocation("", "", Address(country_code=store[0]))
    return OrderSyncSettings(**values, enabled_since=_moment(facts.get("enabled_since")))


# ---------------------------------------------------------------------- the supplier


def _supplied_facts(supplied: Supplied) -> dict[str, Any]:
    return {
        "items": {
            sku: None if item is None else {"sku": item.sku, "in_stock": item.in_stock}
            for sku, item in supplied.items.items()
        },
        "test_orders": supplied.test_orders,
        "usable_options": supplied.usable_options,
        "address_problems": [[problem.code, problem.overridable] for problem in supplied.address_problems],
    }


def _supplied_from(facts: Mapping[str, Any]) -> Supplied:
    return Supplied(
        items={ShopSku(sku): _item_from(item) for sku, item in facts["items"].items()},
        test_orders=facts["test_orders"],
        usable_options=facts["usable_options"],
        address_problems=tuple(AddressProblem(code, "", "", may) for code, may in facts["address_problems"]),
    )


def _item_from(facts: Mapping[str, Any] | None) -> SupplierItem | None:
    if facts is None:
        return None
    stock = None if facts["in_stock"] is None else {"": facts["in_stock"]}
    return SupplierItem(SupplierSku(facts["sku"]), stock)


# ---------------------------------------------------------------------- the order


def _order_facts(order: Order) -> dict[str, Any]:
    """Of the address only the country."""
    return _without_empty(
        {
            "created_at": _time(order.created_at),
            "updated_at": _time(order.updated_at),
            "payment": str(order.financial_status),
            "cancelled_at": _time(order.cancelled_at) if order.cancelled_at else None,
            "test": order.is_test,
            "ship_to": None if order.shipping_address is None else [order.shipping_address.country_code],
            "tags": list(order.tags),
            "total": _amount(order.total),
            "risk": order.risk,
            "lines": [_line_facts(line) for line in order.lines],
            "fulfillments": [
                [each.fulfillment_id, str(each.status), [[part.line_id, part.quantity] for part in each.lines]]
                for each in order.fulfillments
            ],
            "work": [_work_facts(work) for work in order.work],
        }
    )


def _order_from(facts: Mapping[str, Any]) -> Order:
    ship_to = facts.get("ship_to")
    return Order(
        order_id="",
        name="",
        number="",
        created_at=datetime.fromisoformat(facts["created_at"]),
        updated_at=datetime.fromisoformat(facts["updated_at"]),
        financial_status=FinancialStatus(facts["payment"]),
        cancelled_at=_moment(facts.get("cancelled_at")),
        is_test=facts.get("test", False),
        shipping_address=None if ship_to is None else Address(country_code=ship_to[0]),
        tags=tuple(facts.get("tags", ())),
        total=_money(facts.get("total")),
        risk=facts.get("risk", ""),
        lines=tuple(_line_from(line) for line in facts.get("lines", ())),
        fulfillments=tuple(
            Fulfillment(number, "", FulfillmentStatus(status), tuple(FulfillmentLine(*part) for part in parts))
            for number, status, parts in facts.get("fulfillments", ())
        ),
        work=tuple(_work_from(work) for work in facts.get("work", ())),
    )


def _line_facts(line: LineItem) -> dict[str, Any]:
    return _without_empty(
        {
            "id": line.line_id,
            "sku": line.sku,
            "ordered": line.quantity,
            "current": line.current_quantity,
            "unfulfilled": line.unfulfilled_quantity,
            "refunded": line.refunded_quantity,
            "returned": line.returned_quantity,
            "no_shipping": not line.requires_shipping,
            "gift_card": line.is_gift_card,
            "price": _amount(line.unit_price),
        }
    )


def _line_from(facts: Mapping[str, Any]) -> LineItem:
    sku = facts.get("sku")
    return LineItem(
        line_id=facts.get("id", ""),
        title="",
        sku=None if sku is None else ShopSku(sku),
        quantity=facts.get("ordered", 0),
        current_quantity=facts.get("current", 0),
        unfulfilled_quantity=facts.get("unfulfilled", 0),
        refunded_quantity=facts.get("refunded", 0),
        returned_quantity=facts.get("returned", 0),
        requires_shipping=not facts.get("no_shipping", False),
        is_gift_card=facts.get("gift_card", False),
        unit_price=_money(facts.get("price")),
    )


def _work_facts(work: FulfillmentWork) -> dict[str, Any]:
    """Without the shop's reasons for a hold: somebody may have written them."""
    lines = [[line.line_id, line.remaining_quantity] for line in work.lines]
    later = _time(work.fulfill_at) if work.fulfill_at else None
    return _without_empty({"status": str(work.status), "lines": lines, "fulfill_at": later})


def _work_from(facts: Mapping[str, Any]) -> FulfillmentWork:
    lines = tuple(WorkLine("", line_id, remaining) for line_id, remaining in facts.get("lines", ()))
    return FulfillmentWork("", WorkStatus(facts["status"]), lines, _moment(facts.get("fulfill_at")))


def _without_empty(facts: dict[str, Any]) -> dict[str, Any]:
    """Zero, nothing, no and empty are what is read where nothing is written."""
    return {name: value for name, value in facts.items() if value or (value == "" and name == "sku")}


def _amount(money: Money | None) -> list[str] | None:
    return None if money is None else [str(money.amount), money.currency]


def _money(facts: list[str] | None) -> Money | None:
    return None if facts is None else Money(Decimal(facts[0]), facts[1])


def _time(moment: datetime) -> str:
    return moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
