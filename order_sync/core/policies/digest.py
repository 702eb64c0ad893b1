"""The message of the day: when it is due, and what it says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from order_sync.core.model.notice import Notice
from order_sync.core.model.purchase_order import Mode
from order_sync.core.model.sync_record import State, SyncRecord
from order_sync.core.policies.causes import Cause
from order_sync.core.policies.cost import cost_of
from order_sync.core.policies.redaction import one_line
from order_sync.core.policies.report import bought_at, pieces_bought

DIGEST = "#digest"
"""The notice that remembers the last one."""
DAY = timedelta(days=1)


def is_due(at: time | None, last: Notice | None, now: datetime) -> bool:
    """Whether the digest of today (UTC) is to be sent: once a day, late after a restart, at first only from now on."""
    if at is None or last is None:
        return False
    today = datetime.combine(now.astimezone(UTC).date(), at, tzinfo=UTC)
    return (last.told_at or last.since) < today <= now


def digest_of(
    changed: Iterable[SyncRecord], causes: Iterable[Cause], *, since: datetime, until: datetime
) -> tuple[str, str]:
    """Title and body: what was bought and shipped in between (live), what is held now, the oldest task.

    Args:
        changed: records changed since ``since``, read one at a time.
    """
    counts: Counter[str] = Counter()
    cost: Counter[str] = Counter()
    spent: dict[str, Decimal] = {}
    for record in changed:
        if record.key.mode is not Mode.LIVE:
            continue
        at = bought_at(record)
        if at is not None and since <= at < until:
            counts["bought"] += 1
            counts["pieces"] += pieces_bought(record)
            known = cost_of(record)
            cost["unknown"] += known is None
            if known is not None:
                spent[known.total.currency] = spent.get(known.total.currency, Decimal()) + known.total.amount
        moved = record.reason_since
        if record.state in (State.SHIPPED, State.COMPLETED) and moved is not None and since <= moved < until:
            counts[str(record.state)] += 1
    return f"Order Sync: the day until {until:%Y-%m-%d %H:%M} UTC", "\n".join(
        _lines(counts, spent, cost, causes, until)
    )


def _lines(
    counts: Counter[str], spent: dict[str, Decimal], cost: Counter[str], causes: Iterable[Cause], until: datetime
) -> list[str]:
    money = ", ".join(f"{amount:.2f} {currency}" for currency, amount in sorted(spent.items()))
    unknown = f", the cost of {cost['unknown']} is not known" if cost["unknown"] else ""
    lines = [
        f"Bought: {counts['bought']} orders, {counts['pieces']} pieces{f', {money}' if money else ''}{unknown}.",
        f"Shipped: {counts['shipped']}; completed: {counts['completed']}.",
    ]
    standing = sorted(causes, key=lambda cause: (cause.connection, cause.what, -cause.count))
    if not standing:
        return [*lines, "Nothing needs a person."]
    lines.append("Needs a person:")
    lines += [f"- {c.connection or 'all'}: {c.count} {c.what}, {c.code} {c.detail}".rstrip() for c in standing[:20]]
    if len(standing) > 20:
        lines.append(f"- and {len(standing) - 20} other causes")
    dated = [cause for cause in standing if cause.since is not None]
    if dated:
        oldest = min(dated, key=lambda cause: cause.since or until)
        who = one_line(oldest.names[0]) if oldest.names else oldest.connection or oldest.detail
        lines.append(f"The oldest: {who} since {oldest.since:%Y-%m-%d %H:%M} UTC ({oldest.code}).")
    return lines
