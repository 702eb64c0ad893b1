"""A decision as the journal keeps it: what it was decided on, what came of each line, and deciding the same again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from order_sync.core.model.order import Fulfillment
from order_sync.core.model.sync_record import LineOutcome, RecordLine, State, SyncRecord
from order_sync.core.policies.decision_facts import Grounds, facts_of, grounds_from
from order_sync.core.policies.decision_rules import NOT_ASKED, NOTHING_TO_BUY, LineDecision, ruled
from order_sync.core.policies.guards import guard
from order_sync.core.policies.plan import Hold, hold_lines, plan_share, skus_to_look_up
from order_sync.core.policies.quantities import wanted_lines
from order_sync.core.policies.ship_to import choose_ship_to, hold_for_address
from order_sync.core.policies.spending import over_order_limit
from order_sync.core.policies.trigger import Proceed, Wait, decide

VERSION = 1
_MARK_LENGTH = 32
_PASSING = ("now", "accounts", "ours")


@dataclass(frozen=True)
class Decided:
    """What a share is to become: its state and reason code, and every line with its rule."""

    state: State
    code: str
    lines: tuple[LineDecision, ...]


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that would be decided otherwise now; ``then`` or ``now`` is None when the line was, or is, not there."""

    line_id: str
    sku: str
    then: LineDecision | None
    now: LineDecision | None


def decision_payload(grounds: Grounds, record: SyncRecord) -> dict[str, Any]:
    """What the journal keeps of a share that was just decided as ``record`` says."""
    code = "" if record.state is State.PLANNED else record.reason_code
    if record.state is State.HELD and decide_share(grounds).code != code:
        grounds = replace(grounds, found_hold=code)
    decided = Decided(record.state, code, ruled(grounds, record.state, code, record.lines))
    return {"version": VERSION, "facts": facts_of(grounds), "result": _result(decided)}


def mark_of(payload: Mapping[str, Any]) -> str:
    """The same for two decisions that differ in nothing that matters: not in when, nor in how much is in stock beyond
    what is wanted, nor in what other shares did meanwhile without changing anything for a line of this one.
    """
    facts = {name: value for name, value in payload["facts"].items() if name not in _PASSING}
    facts["order"] = {name: value for name, value in facts["order"].items() if name != "updated_at"}
    if "supplied" in facts:
        items = facts["supplied"]["items"].items()
        facts["supplied"] = {**facts["supplied"], "items": {sku: item and item["sku"] for sku, item in items}}
    text = json.dumps([facts, payload["result"]], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_MARK_LENGTH]


def grounds_of(payload: Mapping[str, Any]) -> Grounds:
    """What was decided on.

    Raises:
        ValueError: another version of Order Sync wrote it in another way.
    """
    if payload.get("version") != VERSION:
        raise ValueError(f"decisions of version {payload.get('version')} cannot be read")
    return grounds_from(payload["facts"])


def result_of(payload: Mapping[str, Any]) -> Decided:
    """What came of it then."""
    result = payload["result"]
    lines = tuple(
        LineDecision(
            line["line_id"],
            line["sku"],
            LineOutcome(line["outcome"]),
            line["quantity"],
            line["rule"],
            line.get("facts", {}),
        )
        for line in result["lines"]
    )
    return Decided(State(result["state"]), result["code"], lines)


def decide_share(grounds: Grounds) -> Decided:
    """Decide a share on these grounds, as looking at its order does."""
    decision = decide(grounds.order, grounds.settings, admitted=grounds.admitted, now=grounds.now, ours=grounds.ours)
    if not isinstance(decision, Proceed):
        waits = isinstance(decision, Wait)
        return _as_a_whole(grounds, State.WAITING if waits else State.IGNORED, decision.code)
    share = next((f for f in grounds.order.fulfillments if f.fulfillment_id == grounds.share), None)
    if (grounds.share and share is None) or (not grounds.share and None not in decision.shares):
        return _as_a_whole(grounds, State.IGNORED, "superseded")
    return _plan(grounds, share)


def _plan(grounds: Grounds, share: Fulfillment | None) -> Decided:
    wanted = wanted_lines(grounds.order, share, grounds.accounts)
    if not any(want.quantity for want in wanted):
        lines = plan_share(wanted, {}, unknown_sku="skip").lines
        return _decided(grounds, State.IGNORED, NOTHING_TO_BUY, lines)
    supplied = grounds.supplied
    if supplied is None or any(sku not in supplied.items for sku in skus_to_look_up(wanted)):
        return _as_a_whole(grounds, State.WAITING, NOT_ASKED)
    items = {sku: item for sku, item in supplied.items.items() if item is not None}
    plan = plan_share(
        wanted,
        items,
        unknown_sku=grounds.settings.unknown_sku,
        short_stock=grounds.settings.short_stock,
        released=grounds.released,
        removed=dict.fromkeys(grounds.removed, ""),
    )
    if plan.hold is None and not plan.purchase:
        return _decided(grounds, State.IGNORED, NOTHING_TO_BUY, plan.lines)
    code = grounds.found_hold or _guarded(grounds) or (plan.hold.code if plan.hold else _hold_of_the_order(grounds))
    if code := code or _too_dear(grounds):
        return _decided(grounds, State.HELD, code, hold_lines(plan.lines, ""))
    return _decided(grounds, State.PLANNED, "", plan.lines)


def _guarded(grounds: Grounds) -> str:
    """The code of the first guard that strikes; a person's release lifts them."""
    ship_to = choose_ship_to(grounds.order, grounds.settings)
    address = None if isinstance(ship_to, Hold) else ship_to
    hold = None if grounds.released else guard(grounds.order, grounds.settings, address, grounds.now)
    return hold.code if hold else ""


def _too_dear(grounds: Grounds) -> str:
    if grounds.estimate is None or grounds.released:
        return ""
    hold = over_order_limit(grounds.estimate, grounds.settings.order_limit)
    return hold.code if hold else ""


def _hold_of_the_order(grounds: Grounds) -> str:
    """The code of the first thing that holds the order whatever its lines are; empty when nothing does."""
    assert grounds.supplied is not None
    ship_to = choose_ship_to(grounds.order, grounds.settings)
    if isinstance(ship_to, Hold):
        return ship_to.code
    if not grounds.supplied.usable_options:
        return "settings"
    if grounds.settings.test_order and not grounds.supplied.test_orders:
        return "no_test_orders"
    hold = hold_for_address(grounds.supplied.address_problems, released=grounds.released)
    return hold.code if hold else ""


def changes(then: Decided, now: Decided) -> tuple[LineChange, ...]:
    """The lines of which something else would come now: another outcome, number of pieces or rule."""
    before = {line.line_id: line for line in then.lines}
    after = {line.line_id: line for line in now.lines}
    found = []
    for line_id in dict.fromkeys((*before, *after)):
        old, new = before.get(line_id), after.get(line_id)
        if old is None or new is None or _essence(old) != _essence(new):
            either = old or new
            assert either is not None
            found.append(LineChange(line_id, either.sku, old, new))
    return tuple(found)


def _essence(line: LineDecision) -> tuple[object, ...]:
    return (line.outcome, line.quantity, line.rule)


def _as_a_whole(grounds: Grounds, state: State, code: str) -> Decided:
    outcome = LineOutcome.WAITING if state is State.WAITING else LineOutcome.EXCLUDED
    lines = tuple(
        RecordLine(line.line_id, line.sku or "", line.quantity, line.quantity, outcome) for line in grounds.order.lines
    )
    return _decided(grounds, state, code, lines)


def _decided(grounds: Grounds, state: State, code: str, lines: tuple[RecordLine, ...]) -> Decided:
    return Decided(state, code, ruled(grounds, state, code, lines))


def _result(decided: Decided) -> dict[str, Any]:
    return {
        "state": str(decided.state),
        "code": decided.code,
        "lines": [
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "outcome": str(line.outcome),
                "quantity": line.quantity,
                "rule": line.rule,
                **({"facts": dict(line.facts)} if line.facts else {}),
            }
            for line in decided.lines
        ],
    }
