"""The doctor's look at what concerns people: whether messages go out, and data of customers left lying about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from order_sync.bootstrap.checks import FAIL, OK, WARN, Check
from order_sync.core.model.settings import Connection
from order_sync.core.use_cases.tell_people import FAILED, SENT

if TYPE_CHECKING:
    from order_sync.bootstrap.app import OrderSync

ABOUT = "installation"


def notification_check(sync: OrderSync) -> Check:
    """Whether notifications are set up and go out. Raises ConfigurationError when they cannot work."""
    services = sync.notifications.services()
    if not services:
        return Check(ABOUT, "notifications", OK, "not set up: nobody is told (ORDER_SYNC_NOTIFY)")
    notices = sync.notifications.notices()
    marks = {notice.cause: notice for notice in notices if not notice.connection}
    failed, sent = marks.get(FAILED), marks.get(SENT)
    if failed is not None:
        detail = f"Messages do not go out since {failed.since:%Y-%m-%d %H:%M} UTC ({failed.count} tries)."
        return Check(ABOUT, "notifications", FAIL, detail, "order-sync notify test says what each service answers.")
    where = ", ".join(services)
    if sent is None or sent.told_at is None:
        return Check(ABOUT, "notifications", OK, f"go to {where}; none was needed yet")
    return Check(ABOUT, "notifications", OK, f"go to {where}; the last went out {sent.told_at:%Y-%m-%d %H:%M} UTC")


def old_exports(sync: OrderSync, connection: Connection) -> Iterator[Check]:
    """Answers to data requests that are older than customers' data is kept: named, never deleted by us."""
    days = connection.order_sync.retention_days
    if days is None:
        return
    before = sync.container.clock().now() - timedelta(days=days)
    folder = sync.config.home / "exports"
    old = [
        path.name
        for path in sorted(folder.glob(f"{connection.name}-data-request-*.json"))
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
    ]
    if old:
        more = f" and {len(old) - 3} more" if len(old) > 3 else ""
        detail = f"Exports of customers' data are older than {days} days: {', '.join(old[:3])}{more}."
        yield Check(
            connection.name, "old exports", WARN, detail, f"Delete them from {folder} once the merchant has them."
        )
