"""Tells the log: one line for every move of a record."""

from __future__ import annotations

import logging
from contextlib import suppress

from order_sync.core.model.events import ConnectionPaused, DataErased, DataExported, Event, ParcelsAdded
from order_sync.core.policies.redaction import one_line, reason_of

_LEVELS = {"held": logging.WARNING, "in_doubt": logging.WARNING, "rejected": logging.WARNING}


class LogNotifier:
    """Writes to the logger ``order_sync`` of the standard library; a host configures where that goes.

    A line names connection, order, share, mode, PO number, both states and the reason: no address, no secret.

    Args:
        personal_data: show reasons as they are stored; they may quote an address, or what a supplier answered.
    """

    def __init__(self, logger: logging.Logger | None = None, *, personal_data: bool = False) -> None:
        self._logger = logger or logging.getLogger("order_sync")
        self._personal_data = personal_data

    def notify(self, event: Event) -> None:
        """See Notifier."""
        with suppress(Exception):  # a handler or filter of the host's that raises must not end the work on an order
            self._tell(event)

    def _tell(self, event: Event) -> None:
        if isinstance(event, ConnectionPaused):
            self._logger.error("connection=%s paused: %s %s", event.connection, event.reason, event.next_action)
            return
        if isinstance(event, DataExported):
            text = "connection=%s a customer's data request %s was answered: give %s to the merchant"
            self._logger.warning(text, event.connection, event.reference or "-", event.where)
            return
        if isinstance(event, DataErased):
            self._logger.warning("connection=%s personal data of %d records erased", event.connection, event.records)
            return
        record = event.record
        self._logger.log(
            _LEVELS.get(str(record.state), logging.INFO),
            "connection=%s order=%s share=%s mode=%s po=%s %s -> %s: %s",
            record.key.connection,
            one_line(record.order_name),
            record.key.share,
            record.key.mode,
            record.po_number or "-",
            record.state if isinstance(event, ParcelsAdded) else event.previous or "-",
            record.state,
            (one_line(record.reason) if self._personal_data else reason_of(record)) or "-",
        )
