"""What plugins want of a plan, made of the plan and taken into it: less is bought, or nothing yet, never more. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from order_sync.core.model.order import Order
from order_sync.core.model.plan_adjustment import Adjustments, ProposedLine
from order_sync.core.model.sync_record import LineOutcome, RecordLine
from order_sync.core.policies.holds import joined
from order_sync.core.policies.plan import Hold

_PROPOSED = (LineOutcome.TO_BUY, LineOutcome.SHORT, LineOutcome.HELD, LineOutcome.WAITING)


def proposed_lines(order: Order, lines: Iterable[RecordLine]) -> tuple[ProposedLine, ...]:
    """Of the decided lines those that a plugin may have an opinion on: that are wanted."""
    titles = {line.line_id: line.title for line in order.lines}
    return tuple(
        ProposedLine(line.line_id, line.sku, line.supplier_sku, line.wanted, titles.get(line.line_id, ""))
        for line in lines
        if line.wanted and line.outcome in _PROPOSED
    )


def removed_lines(adjustments: Adjustments) -> dict[str, str]:
    """The lines that any plugin leaves out, with the reason of the first."""
    removed: dict[str, str] = {}
    for plugin, wanted in adjustments.wanted:
        for line_id, why in wanted.remove.items():
            removed.setdefault(line_id, f"left out by plugin {plugin}: {why or 'it gives no reason'}")
    return removed


def plugin_hold(adjustments: Adjustments) -> Hold | None:
    """The hold that plugins want; None: none wants one."""
    return joined(
        Hold(
            "plugin_hold",
            f"Held: plugin {plugin}: {wanted.hold.rstrip('.')}.",
            wanted.next_action
            or "When that is settled: order-sync orders release buys it, order-sync orders skip does not.",
        )
        for plugin, wanted in adjustments.wanted
        if wanted.hold
    )
