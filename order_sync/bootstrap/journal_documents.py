"""What the public API gives out of the journal as JSON: stable names, plain values; and the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from order_sync.core.model.journal import CALLED, DECIDED, MOVED, OPERATOR, JournalRow
from order_sync.core.policies.decision_record import Decided, result_of
from order_sync.core.policies.decision_rules import RULES, LineDecision
from order_sync.core.use_cases.replay_decision import Replay

_CALLS = {
    "send": "sent the purchase",
    "look_up": "asked the supplier for the PO number",
    "cancel": "asked the supplier to cancel",
    "reconcile": "reconcile told a person",
}
_MOST_LINES = 5


def row_document(row: JournalRow) -> dict[str, Any]:
    """An entry of the journal. ``payload`` is null once it was erased."""
    return {
        "number": row.number,
        "at": row.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "connection": row.connection,
        "order_id": row.order_id,
        "share": row.share,
        "mode": row.mode,
        "kind": row.kind,
        "payload": row.payload,
        "hash": row.hash,
    }


def in_words(row: JournalRow) -> str:
    """What happened, as a person reads it: one line."""
    if row.payload is None:
        return f"{row.kind} (erased)"
    words = {DECIDED: _decided, MOVED: _moved, CALLED: _called, OPERATOR: _operator}.get(row.kind)
    try:
        text = words(row.payload) if words else row.kind
    except (KeyError, TypeError, ValueError):  # written by another version
        text = row.kind
    return "".join(char if char.isprintable() else " " for char in text)


def decision_document(row: JournalRow | None) -> dict[str, Any] | None:
    """What was decided, with the rule and the facts of each line; None when the journal does not tell."""
    if row is None or row.payload is None:
        return None
    result: Mapping[str, Any] = row.payload["result"]
    return {"number": row.number, "at": row_document(row)["at"], **result}


def replay_document(replay: Replay) -> dict[str, Any]:
    """A share decided again: what was decided, what would be, and line by line what differs."""
    key = replay.record.key
    return {
        "connection": key.connection,
        "order_id": key.order_id,
        "order_name": replay.record.order_name,
        "share": key.share,
        "mode": str(key.mode),
        "state": str(replay.record.state),
        "decided_at": row_document(replay.row)["at"] if replay.row else None,
        "then": _outcome(replay.then),
        "now": _outcome(replay.now),
        "differs": replay.differs,
        "changes": [
            {"line_id": each.line_id, "sku": each.sku, "then": _line(each.then), "now": _line(each.now)}
            for each in replay.changes
        ],
        "problem": replay.problem,
    }


def fate(line: LineDecision | None) -> str:
    """What becomes of a line, in words."""
    return "not there" if line is None else f"{line.quantity} {line.outcome} ({line.rule})"


def standing(decided: Decided) -> str:
    """What becomes of a share, in words."""
    return f"{'to be bought' if decided.state == 'planned' else decided.state}{_in_brackets(decided.code)}"


def _outcome(decided: Decided | None) -> dict[str, Any] | None:
    return None if decided is None else {"state": str(decided.state), "code": decided.code}


def _line(line: LineDecision | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {
        "outcome": str(line.outcome),
        "quantity": line.quantity,
        "rule": line.rule,
        "facts": dict(line.facts),
    }


def _decided(payload: Mapping[str, Any]) -> str:
    decided = result_of(payload)
    as_a_whole = all(line.rule == decided.code and line.rule not in RULES for line in decided.lines)
    telling = () if as_a_whole else decided.lines
    parts = [f"{line.sku or '(no SKU)'} x {line.quantity}: {RULES.get(line.rule, line.rule)}" for line in telling]
    more = [f"and {len(parts) - _MOST_LINES} more lines"] if len(parts) > _MOST_LINES else []
    return "; ".join([f"decided: {standing(decided)}", *parts[:_MOST_LINES], *more])


def _moved(payload: Mapping[str, Any]) -> str:
    came = f" from {payload['from']}" if payload["from"] else ""
    po_number = f", PO {payload['po_number']}" if payload["po_number"] else ""
    orders = f", supplier order {', '.join(payload['supplier_orders'])}" if payload["supplier_orders"] else ""
    return f"moved{came} to {payload['to']}{_in_brackets(payload['reason_code'])}{po_number}{orders}"


def _called(payload: Mapping[str, Any]) -> str:
    status = f" (HTTP {payload['status']})" if payload["status"] else ""
    return f"{_CALLS.get(payload['call'], payload['call'])}: {payload['outcome']}{status}"


def _operator(payload: Mapping[str, Any]) -> str:
    orders = f" {', '.join(payload['supplier_orders'])}" if payload.get("supplier_orders") else ""
    reason = f": {payload['reason']}" if payload.get("reason") else ""
    return f"an operator: {payload['action']}{orders}{reason}"


def _in_brackets(code: str) -> str:
    return f" ({code})" if code else ""
