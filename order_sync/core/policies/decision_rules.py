"""Which rule decided a line, as a stable code, and the facts that the rule looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from order_sync.core.model.order import LineItem, ShopSku, WorkStatus
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State
from order_sync.core.policies.decision_facts import Grounds
from order_sync.core.policies.quantities import current_quantity

BUY = "buy"
UNKNOWN_SKU, MISSING_SKU, SHORT_STOCK = "unknown_sku", "missing_sku", "short_stock"
WAITS_FOR_LINE = "waits_for_line"
NOT_ASKED = "supplier_not_asked"
NOTHING_TO_BUY = "nothing_to_buy"
REMOVED = "removed_by_plugin"

RULES: Mapping[str, str] = {
    BUY: "nothing stands against it",
    "gift_card": "a gift card: there is nothing to ship",
    "refunded": "refunded or removed in the shop",
    "no_shipping": "needs no shipping",
    "other_fulfillment": "not part of this fulfillment",
    "already_bought": "another share of the order bought it",
    "left_to_person": "another share of the order could not buy it, and a person sees to it",
    "already_fulfilled": "fulfilled in the shop already, or nothing left to fulfil",
    UNKNOWN_SKU: "the supplier has no such item",
    MISSING_SKU: "the line has no SKU",
    SHORT_STOCK: "the supplier has too little of it",
    REMOVED: "a plugin left it out",
    WAITS_FOR_LINE: "waits for the line at fault",
    NOT_ASKED: "the supplier was not asked then, so it cannot be known",
}
"""The rules of a single line. An order that waits, is ignored or is held as a whole has its reason code as the rule."""


@dataclass(frozen=True, slots=True)
class LineDecision:
    """What came of a line: the outcome, of how many pieces, by which rule, on which facts."""

    line_id: str
    sku: str
    outcome: LineOutcome
    quantity: int
    rule: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def ruled(grounds: Grounds, state: State, code: str, lines: tuple[RecordLine, ...]) -> tuple[LineDecision, ...]:
    """Every line of a decided share with its rule.

    Args:
        state: waiting, ignored, held or planned.
        code: the reason code of the share; empty when it is to be bought.
    """
    at_fault = any(line.outcome is LineOutcome.HELD for line in lines)
    return tuple(_ruled(grounds, state, code, line, at_fault=at_fault) for line in lines)


def _ruled(grounds: Grounds, state: State, code: str, line: RecordLine, *, at_fault: bool) -> LineDecision:
    rule, facts = _rule(grounds, state, code, line, at_fault=at_fault)
    kept = {name: value for name, value in facts.items() if value not in (None, "", [])}
    return LineDecision(line.line_id, line.sku, line.outcome, line.quantity, rule, kept)


def _rule(grounds: Grounds, state: State, code: str, line: RecordLine, *, at_fault: bool) -> tuple[str, dict[str, Any]]:
    if state is State.WAITING or (state is State.IGNORED and code != NOTHING_TO_BUY):
        return code, _facts_of(grounds, code)
    item = grounds.order.line(line.line_id)
    if line.outcome is LineOutcome.EXCLUDED and item is not None:
        return _excluded(grounds, item)
    if line.outcome is LineOutcome.SKIPPED and line.line_id in grounds.removed:
        return REMOVED, _pieces(grounds, item)
    if line.outcome in (LineOutcome.HELD, LineOutcome.SKIPPED) and not _is_known(grounds, line):
        rule = UNKNOWN_SKU if line.sku else MISSING_SKU
        return rule, {"sku": line.sku, "unknown_sku": grounds.settings.unknown_sku, "released": grounds.released}
    if line.outcome is LineOutcome.WAITING and at_fault:
        return WAITS_FOR_LINE, {}
    if line.outcome is LineOutcome.WAITING:
        return code, _facts_of(grounds, code)
    rule = BUY if line.outcome is LineOutcome.TO_BUY else SHORT_STOCK
    return rule, {**_pieces(grounds, item), "in_stock": _short(grounds, line)}


def _excluded(grounds: Grounds, line: LineItem) -> tuple[str, dict[str, Any]]:
    """In the order in which policies/quantities.py looks."""
    pieces = _pieces(grounds, line)
    if line.is_gift_card:
        return "gift_card", {"gift_card": True}
    if line.quantity and current_quantity(line) == 0:
        return "refunded", pieces
    if not line.requires_shipping:
        return "no_shipping", {"requires_shipping": False}
    if grounds.share and line.line_id not in _marked(grounds):
        return "other_fulfillment", {"ordered": line.quantity, "fulfillment": grounds.share}
    if grounds.accounts.had.get(line.line_id):
        return "already_bought", pieces
    if grounds.accounts.given_up.get(line.line_id):
        return "left_to_person", pieces
    return "already_fulfilled", pieces


def _pieces(grounds: Grounds, line: LineItem | None) -> dict[str, Any]:
    if line is None:
        return {}
    return {
        "ordered": line.quantity,
        "current": current_quantity(line),
        "unfulfilled": line.unfulfilled_quantity,
        "bought_elsewhere": grounds.accounts.had.get(line.line_id) or None,
    }


def _marked(grounds: Grounds) -> set[str]:
    return {
        part.line_id
        for fulfillment in grounds.order.fulfillments
        if fulfillment.fulfillment_id == grounds.share
        for part in fulfillment.lines
        if part.quantity
    }


def _is_known(grounds: Grounds, line: RecordLine) -> bool:
    return grounds.supplied is not None and grounds.supplied.items.get(ShopSku(line.sku)) is not None


def _short(grounds: Grounds, line: RecordLine) -> int | None:
    """What the supplier has, where that is less than what is wanted: more would only be noise."""
    item = grounds.supplied.items.get(ShopSku(line.sku)) if grounds.supplied else None
    stock = item.in_stock if item else None
    return stock if stock is not None and stock < max(line.quantity, line.wanted) else None


def _facts_of(grounds: Grounds, code: str) -> dict[str, Any]:
    """What a rule about the whole order looked at."""
    read = _FACTS.get("payment" if code.startswith("payment") else code)
    if read is not None:
        return read(grounds)
    problems = grounds.supplied.address_problems if grounds.supplied else ()
    return {"country": _country(grounds)} if code in {problem.code for problem in problems} else {}


def _country(grounds: Grounds) -> str:
    address = grounds.order.shipping_address
    return address.country_code if address else ""


def _work(grounds: Grounds, status: WorkStatus) -> dict[str, Any]:
    work = [each for each in grounds.order.work if each.status is status]
    later = [each.fulfill_at for each in work if each.fulfill_at]
    return {"work": [str(status)] * len(work), "fulfill_at": max(later).isoformat() if later else None}


def _dates(grounds: Grounds) -> dict[str, Any]:
    since = grounds.settings.enabled_since
    return {
        "created_at": grounds.order.created_at.isoformat(),
        "enabled_since": since.isoformat() if since else None,
    }


_FACTS: Mapping[str, Callable[[Grounds], dict[str, Any]]] = {
    "order_sync_off": lambda g: {"enabled": g.settings.enabled},
    "cancelled_in_shop": lambda g: {"cancelled_at": g.order.cancelled_at.isoformat() if g.order.cancelled_at else ""},
    "shop_test_order": lambda g: {"test": g.order.is_test, "test_order": g.settings.test_order},
    "payment": lambda g: {"payment": str(g.order.financial_status)},
    "before_enabled": _dates,
    "shop_hold": lambda g: _work(g, WorkStatus.ON_HOLD),
    "scheduled": lambda g: _work(g, WorkStatus.SCHEDULED),
    "fulfillment": lambda g: {
        "auto_fulfillment": g.settings.auto_fulfillment,
        "fulfillments": [str(each.status) for each in g.order.fulfillments],
    },
    "missing_address": lambda g: {"ship_to": "none"},
    "missing_store_address": lambda g: {"disable_dropshipping": g.settings.disable_dropshipping},
    "no_test_orders": lambda g: {"test_order": g.settings.test_order},
    "guard_value": lambda g: {"total": str(g.order.total or ""), "hold_above": str(g.settings.hold_above)},
    "guard_country": lambda g: {"country": _country(g), "hold_countries": list(g.settings.hold_countries)},
    "guard_tag": lambda g: {"tags": list(g.order.tags), "hold_tags": list(g.settings.hold_tags)},
    "guard_age": lambda g: {
        "created_at": g.order.created_at.isoformat(),
        "hold_older_than_days": g.settings.hold_older_than_days,
    },
    "guard_risk": lambda g: {"risk": g.order.risk, "hold_risk": g.settings.hold_risk},
    "over_order_limit": lambda g: {"estimate": str(g.estimate or ""), "order_limit": str(g.settings.order_limit)},
    "over_daily_limit": lambda g: {"estimate": str(g.estimate or ""), "daily_limit": str(g.settings.daily_limit)},
}
