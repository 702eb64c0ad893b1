"""What plugins may say to a decision of the core."""

from __future__ import annotations

from typing import Protocol

from order_sync.core.model.plan_adjustment import Adjustments, ProposedPlan


class Extensions(Protocol):
    """Asks the plugins. Thread-safe; never raises: a plugin that does is logged and left out."""

    def resolve_supplier_sku(self, connection: str, supplier: str, sku: str) -> str | None:
        """The supplier's SKU for a SKU of the shop; None when no plugin knows it.

        Args:
            supplier: the name of the supplier's plugin.
        """
        ...

    def adjust_plan(self, plan: ProposedPlan) -> Adjustments:
        """What the plugins want left out or held."""
        ...


class NoExtensions:
    """There are no plugins with an opinion."""

    def resolve_supplier_sku(self, connection: str, supplier: str, sku: str) -> str | None:
        """See Extensions."""
        return None

    def adjust_plan(self, plan: ProposedPlan) -> Adjustments:
        """See Extensions."""
        return Adjustments()
