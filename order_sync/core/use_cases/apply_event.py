"""Events that are not about looking at an order: a person's data, and the end of our access."""

from __future__ import annotations

from order_sync.core.model.events import ConnectionPaused, DataErased, DataExported
from order_sync.core.model.shop_event import EventKind, InboxEntry
from order_sync.core.ports import Clock, ExportFolder, Notifier, Pause, Pauses, PersonalData


class ApplyEvent:
    """Does what an event asks; returns in a few words what was done. Safe to repeat."""

    def __init__(
        self, personal_data: PersonalData, exports: ExportFolder, pauses: Pauses, clock: Clock, notifier: Notifier
    ) -> None:
        self._personal_data = personal_data
        self._exports = exports
        self._pauses = pauses
        self._clock = clock
        self._notifier = notifier

    def __call__(self, entry: InboxEntry) -> str:
        """Apply an event.

        Raises:
            StorageError: it could not be done; the event stays.
        """
        kind = entry.event.kind
        if kind is EventKind.EXPORT_PERSON:
            return self._export(entry)
        if kind is EventKind.ERASE_PERSON:
            return self._erase(entry, everything=False)
        if kind is EventKind.ERASE_SHOP:
            return self._erase(entry, everything=True)
        if kind is EventKind.UNINSTALLED:
            return self._uninstalled(entry)
        return "nothing to do"

    def _export(self, entry: InboxEntry) -> str:
        event = entry.event
        found = self._personal_data.export(entry.connection, event.order_ids)
        name = f"{entry.connection}-data-request-{event.reference or entry.entry_id}"
        where = self._exports.write(
            name,
            {
                "connection": entry.connection,
                "request": event.reference,
                "received_at": entry.received_at.isoformat(),
                "orders_asked_for": list(event.order_ids),
                "records": found,
            },
        )
        self._notifier.notify(DataExported(entry.connection, event.reference, where))
        return f"exported {len(found)} records to {where}"

    def _erase(self, entry: InboxEntry, *, everything: bool) -> str:
        count = self._personal_data.erase(entry.connection, None if everything else entry.event.order_ids)
        self._notifier.notify(DataErased(entry.connection, count))
        return f"erased personal data of {count} records"

    def _uninstalled(self, entry: InboxEntry) -> str:
        pause = Pause(
            connection=entry.connection,
            code="uninstalled",
            reason="The app was uninstalled from the shop, so its orders cannot be read any more.",
            next_action=f"Install it again, then order-sync connect {entry.connection} --secret source.token=env:NAME; "
            f"or order-sync disconnect {entry.connection}.",
            since=self._clock.now(),
            until=None,
        )
        self._pauses.pause(pause)
        self._notifier.notify(ConnectionPaused(entry.connection, pause.reason, pause.next_action))
        return "paused"
