"""HandleNewOrder: an order is new, paid, changed or named by an operator."""

from __future__ import annotations

from order_sync.core.use_cases.context import ConnectionContext, SyncResult
from order_sync.core.use_cases.look_at_order import Look, LookAtOrder


class HandleNewOrder:
    """Buys an order as its connection's settings say; safe to call any number of times, from anywhere."""

    def __init__(self, look_at_order: LookAtOrder) -> None:
        self._look_at_order = look_at_order

    def __call__(
        self, ctx: ConnectionContext, order_id: str, *, explicit: bool = False, follow: bool = False
    ) -> SyncResult:
        """Look at the order's present state and do what is due.

        Args:
            explicit: an operator asked for this very order, so its age does not matter.
            follow: also ask the supplier for shipments of it now.
        """
        return self._look_at_order(ctx, order_id, Look(explicit=explicit, follow=follow))
