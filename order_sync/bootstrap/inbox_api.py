"""The public API: the inbox of what needs a person, the SKU map, pausing."""

from __future__ import annotations

from order_sync.bootstrap.orders_api import OrdersApi
from order_sync.core.model.shop_event import EventKind, ShopEvent
from order_sync.core.model.sync_record import State
from order_sync.core.ports import BY_PERSON, Pause


class InboxApi(OrdersApi):
    """What needs a person, many orders at once, the SKU map, pause and resume."""

    def pause(self, connection: str, reason: str = "") -> Pause:
        """Buy nothing for a connection until `resume`; what is being sent at this moment ends.

        Orders are still read and decided, shipments followed, the shop told, and doubts settled by look-up.
        """
        self._store.get(connection)
        next_action = f"order-sync resume {connection}"
        now = self.container.clock().now()
        pause = Pause(connection, BY_PERSON, reason, next_action, since=now, until=None)
        self.container.pauses().pause(pause)
        return pause

    def resume(self, connection: str) -> bool:
        """Buy again, what waited meanwhile too; tells whether a person's pause was ended."""
        self._store.get(connection)
        was_paused = self.paused(connection) is not None
        if was_paused:
            self.container.pauses().resume(connection, by_person=True)
        now = self.container.clock().now()
        waiting = self.records(connection, states=(State.WAITING, State.PLANNED))
        order_ids = sorted({r.key.order_id for r in waiting if r.reason_code == BY_PERSON})
        hints = [
            (connection, ShopEvent("order-sync/resume", EventKind.LOOK, f"{order_id}@{now.isoformat()}", order_id))
            for order_id in order_ids
        ]
        if hints:
            self.container.inbox().add(hints, now=now)
        return was_paused
