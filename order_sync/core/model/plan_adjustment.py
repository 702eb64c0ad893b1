"""What plugins may see of a purchase before it is made, and the little that they may change of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from order_sync.core.model.order import Order
from order_sync.core.model.purchase_order import Mode


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A line that is to be bought, or that stands in the way of buying.

    Attributes:
        line_id: the shop's id of the line, by which it may be removed.
        sku: as the shop writes it; empty when the line has none.
        supplier_sku: what would be bought; empty when the supplier has no such item.
        quantity: pieces wanted.
        title: the line in words.
    """

    line_id: str
    sku: str
    supplier_sku: str
    quantity: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class ProposedPlan:
    """One share of an order as it would be bought.

    Attributes:
        connection: the connection's name.
        supplier: the name of the supplier's plugin.
        share: the id of the fulfillment that it covers; empty for the whole order.
        order: the order as the shop shows it now, with the customer's address.
    """

    connection: str
    supplier: str
    mode: Mode
    share: str
    order: Order
    lines: tuple[ProposedLine, ...]


@dataclass(frozen=True, slots=True)
class PlanAdjustment:
    """What a plugin wants of a plan: leave lines out, or hold the share for a person. It can add nothing.

    Attributes:
        remove: line id -> why it is left out, in words an operator can act on.
        hold: why a person must decide; empty: nothing is held.
        next_action: what that person does; empty: release or skip it.
    """

    remove: Mapping[str, str] = field(default_factory=dict)
    hold: str = ""
    next_action: str = ""


@dataclass(frozen=True, slots=True)
class Adjustments:
    """The answers of all plugins.

    Attributes:
        wanted: (plugin, what it wants), in the order in which they were asked.
        failed: plugins that raised, or answered something else; the plan goes on without them.
    """

    wanted: tuple[tuple[str, PlanAdjustment], ...] = ()
    failed: tuple[str, ...] = ()
