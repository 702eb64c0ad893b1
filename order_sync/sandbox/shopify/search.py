"""The search text of `orders(query:)`.

Source: Shopify's API search syntax; only the fields listed here are known.

A term with an unknown field is passed over and reported, as Shopify does in `extensions.search`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from order_sync.sandbox.shopify.model import ShopOrder

TERM = re.compile(r"(?P<field>\w+):(?P<op><=|>=|<|>)?(?P<value>'[^']*'|\"[^\"]*\"|\S+)")
TIMES = {"updated_at": "updated_at", "created_at": "created_at", "processed_at": "created_at"}
Test = Callable[[ShopOrder], bool]


@dataclass
class Search:
    tests: list[Test] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def matches(self, order: ShopOrder) -> bool:
        return all(test(order) for test in self.tests)


def parse_search(text: str | None) -> Search:
    """All terms must hold; `AND` between them changes nothing, `OR` and `-` are not simulated."""
    search = Search()
    for term in TERM.finditer(text or ""):
        test = _test(term["field"].lower(), term["op"] or "", term["value"].strip("'\""))
        if test is None:
            search.ignored.append(term["field"])
        else:
            search.tests.append(test)
    return search


def _test(name: str, operator: str, value: str) -> Test | None:
    wanted = value.lower()
    if name in TIMES:
        return _time_test(TIMES[name], operator, value)
    match name:
        case "name":
            return lambda order: order.name.lower().lstrip("#") == wanted.lstrip("#")
        case "financial_status":
            return lambda order: wanted == "any" or order.financial_status.lower() in wanted.split(",")
        case "fulfillment_status":
            statuses = {"unshipped": "unfulfilled", "shipped": "fulfilled", "partial": "partially_fulfilled"}
            return lambda order: order.fulfillment_status.lower() == statuses.get(wanted, wanted)
        case "status":
            return lambda order: wanted in {"any", _status(order)}
        case "test":
            return lambda order: order.test == (wanted == "true")
        case "tag":
            return lambda order: wanted in {tag.lower() for tag in order.tags}
        case "id":
            return lambda order: order.id.endswith(f"/{wanted}")
        case "po_number":
            return lambda order: (order.po_number or "").lower() == wanted
    return None


def _status(order: ShopOrder) -> str:
    if order.cancelled_at:
        return "cancelled"
    return "closed" if order.closed_at else "open"


def _time_test(member: str, operator: str, value: str) -> Test | None:
    try:
        limit = datetime.fromisoformat(value)
    except ValueError:
        return None
    limit = limit if limit.tzinfo else limit.replace(tzinfo=UTC)

    def test(order: ShopOrder) -> bool:
        moment: datetime = getattr(order, member)
        match operator:
            case ">=":
                return moment >= limit
            case ">":
                return moment > limit
            case "<=":
                return moment <= limit
            case "<":
                return moment < limit
        return moment == limit

    return test
