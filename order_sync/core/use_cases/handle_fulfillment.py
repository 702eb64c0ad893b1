"""HandleFulfillment: the merchant marked an order, or a part of it, as fulfilled."""

from __future__ import annotations

from order_sync.core.use_cases.context import ConnectionContext, SyncResult
from order_sync.core.use_cases.look_at_order import Look, LookAtOrder


class HandleFulfillment:
    """Manual mode: buys the lines and quantities of one fulfillment, as one purchase order.

    In auto mode the order is bought as a whole, so this is just another look at it.
    """

    def __init__(self, look_at_order: LookAtOrder) -> None:
        self._look_at_order = look_at_order

    def __call__(
        self,
        ctx: ConnectionContext,
        order_id: str,
        fulfillment_id: str,
        *,
        explicit: bool = False,
        follow: bool = False,
    ) -> SyncResult:
        """Look at the order and buy that fulfillment's share, if it stands."""
        look = Look(explicit=explicit, fulfillment_id=fulfillment_id, follow=follow)
        return self._look_at_order(ctx, order_id, look)
