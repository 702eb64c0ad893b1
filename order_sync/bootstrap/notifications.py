"""Notifications of one installation: where they go, sent after a sync, as a test, or by a service."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from order_sync.bootstrap.open_tasks import open_tasks
from order_sync.core.errors import ConfigurationError, OrderSyncError
from order_sync.core.model.notice import Notice
from order_sync.core.model.task import Task, TaskKind
from order_sync.core.policies.redaction import error_text
from order_sync.core.ports import Delivery

if TYPE_CHECKING:
    from order_sync.bootstrap.installation import Installation
    from order_sync.core.use_cases.tell_people import TellPeople, Told

OVERDUE_EVERY = timedelta(minutes=5)

log = logging.getLogger("order_sync")


class Notifications:
    """What an installation tells people."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._made: TellPeople | None = None
        self._overdue_at: tuple[datetime, tuple[Task, ...]] | None = None

    def services(self) -> tuple[str, ...]:
        """Where messages go; empty when nothing is set up. Raises ConfigurationError."""
        messenger = self._installation.container.messenger()
        return messenger.services() if messenger is not None else ()

    def notices(self) -> tuple[Notice, ...]:
        """What people were told and is remembered; nothing before there is a ledger."""
        return self._installation.container.notices().all() if self._installation.has_ledger() else ()

    def tell(self, *, gathered: bool = False) -> Told | None:
        """See TellPeople; None when nothing is set up. What a service did not take is logged."""
        tell_people = self._tell_people()
        if tell_people is None:
            return None
        told = tell_people(gathered=gathered)
        for delivery in told.problems:
            log.warning("a message was not taken by %s: %s", delivery.service, delivery.problem)
        return told

    def after_sync(self) -> None:
        """Tell what a finished look found; what goes wrong here is logged and fails nothing."""
        try:
            self.tell(gathered=True)
        except OrderSyncError as exc:
            log.error("people could not be told: %s", error_text(exc))

    def digest(self) -> tuple[Delivery, ...]:
        """Send the message of the day now."""
        return self._required().digest()

    def test(self) -> tuple[Delivery, ...]:
        """Send a message that says that it is a test."""
        self._required()
        messenger = self._installation.container.messenger()
        assert messenger is not None
        return messenger.send("Order Sync: a test", "This is a test message. Nothing is wrong, and nothing is to do.")

    def _required(self) -> TellPeople:
        tell_people = self._tell_people()
        if tell_people is None:
            raise ConfigurationError(
                "Nobody is told anything: ORDER_SYNC_NOTIFY is not set.",
                next_step="Set it to one or more addresses of apprise, or to env:NAME or file:PATH.",
                setting="ORDER_SYNC_NOTIFY",
            )
        return tell_people

    def _tell_people(self) -> TellPeople | None:
        container = self._installation.container
        if self._made is None and container.messenger() is not None:
            self._made = container.tell_people(
                digest_at=self._installation.config.digest_at,
                report=self._installation.notified,
                overdue=self._overdue,
            )
        return self._made

    def _overdue(self) -> tuple[Task, ...]:
        """What is overdue, reckoned anew every few minutes: it takes reading every order that is under way."""
        now = self._installation.container.clock().now()
        at, tasks = self._overdue_at or (None, ())
        if at is None or not timedelta() <= now - at < OVERDUE_EVERY:
            tasks = tuple(t for t in open_tasks(self._installation) if t.kind is TaskKind.OVERDUE)
            self._overdue_at = (now, tasks)
        return tasks
